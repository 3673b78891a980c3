"""What OpenAI refuses of tools: names, and in strict mode most of JSON Schema.

https://developers.openai.com/api/docs/guides/structured-outputs#supported-schemas. ``default`` is refused by older
models and other hosts of the same ones; a schema without it is taken everywhere.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from doubles.openai.refusals import Refused, invalid, missing, wrong_type

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
FORBIDDEN = (
    "default",
    "allOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "unevaluatedProperties",
    "uniqueItems",
    "contains",
    "prefixItems",
)


def check_tools(tools: Any, functions: Sequence[tuple[Any, str]], *, strict_by_default: bool) -> None:
    """Refuse tools that are none. ``functions``: each tool's function and where its parameters stand."""
    if not isinstance(tools, list):
        raise wrong_type("tools", "an array")
    names: set[str] = set()
    for function, place in functions:
        if not isinstance(function, Mapping) or "name" not in function:
            raise missing(f"{place.rpartition('.')[0]}.name")
        name = function["name"]
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise invalid("Invalid tool name: expected ^[a-zA-Z0-9_-]+$ of at most 64 characters.", place)
        if name in names:
            raise invalid(f"Tool names must be unique: {name}.", "tools")
        names.add(name)
        strict = function.get("strict")
        if strict_by_default if strict is None else strict:
            _check_root(name, function.get("parameters"), place)


def _check_root(name: str, schema: Any, place: str) -> None:
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        raise _bad(name, "schema must be a JSON Schema of 'type: \"object\"'", place)
    _check(name, schema, (), place)


def _check(name: str, schema: Any, context: tuple[str, ...], place: str) -> None:
    if not isinstance(schema, Mapping):
        raise _bad(name, f"In context={context}, schema must be an object", place)
    for keyword in FORBIDDEN:
        if keyword in schema:
            raise _bad(name, f"In context={context}, '{keyword}' is not permitted", place)
    if schema.get("type") == "object":
        _check_object(name, schema, context, place)
    for group in ("properties", "$defs"):
        for key, inner in schema.get(group, {}).items():
            _check(name, inner, (*context, group, key), place)
    if "items" in schema:
        _check(name, schema["items"], (*context, "items"), place)
    for number, inner in enumerate(schema.get("anyOf", ())):
        _check(name, inner, (*context, "anyOf", str(number)), place)


def _check_object(name: str, schema: Mapping[str, Any], context: tuple[str, ...], place: str) -> None:
    if schema.get("additionalProperties") is not False:
        wanted = "'additionalProperties' is required to be supplied and to be false"
        raise _bad(name, f"In context={context}, {wanted}", place)
    if lacking := sorted(set(schema.get("properties", {})) - set(schema.get("required", ()))):
        wanted = "'required' is required to be supplied and to be an array including every key in properties"
        raise _bad(name, f"In context={context}, {wanted}. Missing '{lacking[0]}'", place)


def _bad(name: str, why: str, place: str) -> Refused:
    return invalid(f"Invalid schema for function '{name}': {why}.", place, "invalid_function_parameters")
