"""The tools' inputs as JSON Schema that every endpoint takes in strict mode."""

from typing import Any

from fte_agent.turn.tools import ToolInput


def strict_schema(tool: type[ToolInput]) -> dict[str, Any]:
    """The schema of a tool's input without ``default``: in strict mode a model fills in every field anyway.

    Hosts of older models answer 400 to a default that is not null, and the SDK leaves those in
    (https://github.com/openai/openai-agents-python/issues/4390).
    """
    schema: dict[str, Any] = _without_default(tool.model_json_schema())
    return schema


def _without_default(schema: Any, *, names: bool = False) -> Any:
    """``names``: the keys are those of fields, one of which may be called like a keyword."""
    if isinstance(schema, list):
        return [_without_default(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_default(inner, names=key in ("properties", "$defs") and not names)
        for key, inner in schema.items()
        if names or key != "default"
    }
