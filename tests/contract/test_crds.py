"""crds/ against the models that read what the API server lets through: field for field, both ways."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from custom_resources import EXAMPLES, Object, raw_channel, raw_fte, schema, specs
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel

from fte_operator.api.base import parse
from fte_operator.api.quantity import PATTERN
from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel
from fte_operator.errors import InvalidSpec

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"digitalftes": (DigitalFTE, raw_fte), "supportchannels": (SupportChannel, raw_channel)}
CONSTRAINTS = (
    *("enum", "pattern", "says", "minLength", "maxLength", "minimum", "maximum"),
    *("minItems", "maxItems", "maxProperties"),
)
SIZE_LIMIT = 100_000  # bytes; client-side apply stores a CRD in an annotation of 262,144


def shape(part: Object) -> Object:
    """What a text must look like, and the words for it."""
    return {key: part[key] for key in ("pattern", "says")}


def published(part: Object, path: str = "spec") -> dict[str, Object]:
    """Constraints of every field of a CRD's schema, by path."""
    if part.get("x-kubernetes-int-or-string"):
        return {path: {"type": "string", "default": part.get("default")} | shape(part)}
    own = {"type": part["type"], "default": part.get("default"), "required": sorted(part.get("required", []))}
    own |= {key: part[key] for key in CONSTRAINTS if key in part}
    fields = {path: own}
    for name, member in part.get("properties", {}).items():
        fields |= published(member, f"{path}.{name}")
    if "additionalProperties" in part:
        fields |= published(part["additionalProperties"], f"{path}.*")
    return fields | (published(part["items"], f"{path}[]") if "items" in part else {})


def parsed(part: Object, definitions: Object, path: str = "spec") -> dict[str, Object]:
    """The same of a model's JSON schema."""
    part = _resolved(part, definitions)
    own = {"type": part["type"], "default": _given(part.get("default")), "required": sorted(part.get("required", []))}
    own |= {key: part[key] for key in CONSTRAINTS if key in part}
    if "const" in part:
        own["enum"] = [part["const"]]
    if part.get("pattern") == PATTERN:
        return {path: {key: own[key] for key in ("type", "default")} | shape(own)}
    fields = {path: own}
    for name, member in part.get("properties", {}).items():
        fields |= parsed(member, definitions, f"{path}.{name}")
    if isinstance(part.get("additionalProperties"), dict):
        fields |= parsed(part["additionalProperties"], definitions, f"{path}.*")
    return fields | (parsed(part["items"], definitions, f"{path}[]") if "items" in part else {})


def _resolved(part: Object, definitions: Object) -> Object:
    """Without references, and without the null by which a model says "absent"."""
    part = dict(part)
    for option in part.pop("anyOf", ()):
        if option != {"type": "null"}:
            part |= option
    if "$ref" in part:
        part |= definitions[part.pop("$ref").rpartition("/")[2]]
    return part


def _given(default: Any) -> Any:
    """A default without what it leaves absent or empty; None if that is all of it."""
    if isinstance(default, dict):
        return {name: kept for name, value in default.items() if (kept := _given(value)) is not None} or None
    return default if default not in ([], None) else None


def defaulted(part: Object, value: Any) -> Any:
    """`value` as the API server stores it."""
    if isinstance(value, dict):
        members = part.get("properties", {})
        filled = {name: copy.deepcopy(m["default"]) for name, m in members.items() if "default" in m} | value
        return {name: defaulted(_member(part, name), member) for name, member in filled.items()}
    if isinstance(value, list):
        return [defaulted(part["items"], item) for item in value]
    return str(value) if part.get("x-kubernetes-int-or-string") else value


def _member(part: Object, name: str) -> Object:
    """The schema of an object's member, or of a map's value."""
    found: Object = part.get("additionalProperties") or part["properties"][name]
    return found


def stored(model: BaseModel) -> Any:
    """A model as YAML has it, without what is absent or empty."""
    return _given(model.model_dump(mode="json", by_alias=True, exclude_none=True)) or {}


@pytest.mark.parametrize("plural", KINDS)
def test_what_a_reference_names_can_be_an_object_s_name(plural: str) -> None:
    """The operator reads it by a path: see tests/operator/cluster/test_paths.py."""
    names = {path: each for path, each in published(schema(plural)).items() if path.endswith("Ref.name")}
    assert names
    for path, each in names.items():
        assert re.search(each["pattern"], "db.example-1"), path
        assert not re.search(each["pattern"], "../../victim/secrets/crown"), path


@pytest.mark.parametrize("plural", KINDS)
def test_schema_and_model_have_the_same_fields_constraints_and_defaults(plural: str) -> None:
    model_schema = KINDS[plural][0].model_fields["spec"].annotation.model_json_schema(by_alias=True)
    ours = parsed(model_schema, model_schema.get("$defs", {}))
    theirs = published(schema(plural)["properties"]["spec"])
    assert ours.keys() == theirs.keys()
    assert {path: (ours[path], theirs[path]) for path in ours if ours[path] != theirs[path]} == {}


@pytest.mark.parametrize("plural", KINDS)
@EXAMPLES
@given(data=st.data())
def test_what_the_schema_allows_is_read_as_it_is_stored(plural: str, data: st.DataObject) -> None:
    kind, raw = KINDS[plural]
    spec = data.draw(specs(plural))
    try:
        read = parse(kind, raw(**spec), strict=True)
    except InvalidSpec as error:  # the rules over several fields have tests of their own
        assume(not any(words in str(error) for words in ("must not exceed", "must be set with", "must not have")))
        raise
    assert stored(read.spec) == (_given(defaulted(schema(plural)["properties"]["spec"], raw(**spec)["spec"])) or {})


@pytest.mark.parametrize("plural", KINDS)
def test_an_unknown_field_is_ignored_from_the_server_and_refused_from_a_file(plural: str) -> None:
    kind, raw = KINDS[plural]
    newer = raw(inANewerRelease={"size": 3})
    parse(kind, newer)
    with pytest.raises(InvalidSpec, match=r"inANewerRelease"):
        parse(kind, newer, strict=True)


def _described(part: Object, path: str) -> list[str]:
    """Paths of fields without a description or bounds."""
    faults = [] if "description" in part or path.endswith("[]") or path == ".metadata" else [f"{path}: no description"]
    if part.get("type") == "string" and not {"maxLength", "enum", "format"} & part.keys() and path.count(".") > 1:
        faults.append(f"{path}: no maxLength")
    if part.get("type") == "array" and not {"maxItems", "x-kubernetes-list-type"} <= part.keys():
        faults.append(f"{path}: no maxItems or list type")
    for name, member in part.get("properties", {}).items():
        faults += _described(member, f"{path}.{name}")
    if "additionalProperties" in part:
        faults += [] if "maxProperties" in part else [f"{path}: no maxProperties"]
        faults += _described(part["additionalProperties"], f"{path}.*")
    return faults + (_described(part["items"], f"{path}[]") if "items" in part else [])


@pytest.mark.parametrize("plural", KINDS)
def test_no_pattern_is_shown_raw(plural: str) -> None:
    """The API server quotes one: a rule with a message says what to write."""
    text = (ROOT / "crds" / f"{plural}.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^\s*pattern:.*", text, re.MULTILINE) == []


@pytest.mark.parametrize("plural", KINDS)
def test_every_field_says_what_it_means_and_is_bounded(plural: str) -> None:
    assert _described(schema(plural), "") == []
    assert (ROOT / "crds" / f"{plural}.yaml").stat().st_size < SIZE_LIMIT


def _paths(part: Object, value: Any, path: str = "spec") -> set[str]:
    found = {path}
    if isinstance(value, dict):
        for name, member in value.items():
            below = "*" if "additionalProperties" in part else name
            found |= _paths(_member(part, name), member, f"{path}.{below}")
    for item in value if isinstance(value, list) else ():
        found |= _paths(part["items"], item, f"{path}[]")
    return found


@pytest.mark.parametrize("plural", KINDS)
def test_every_field_is_used_by_a_sample(plural: str) -> None:
    """The samples are applied with strict validation, so taking any field away breaks one of them."""
    kind = KINDS[plural][0].__name__
    documents = [
        document
        for path in (ROOT / "samples").rglob("*.yaml")
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]
    spec = schema(plural)["properties"]["spec"]
    used = {path for each in documents if each["kind"] == kind for path in _paths(spec, each["spec"])}
    assert published(spec).keys() == used
