"""The tools' schemas as endpoints take them."""

import pytest
from doubles.openai.schemas import check_tools
from pydantic import Field

from fte_agent.domain.turns import Usage
from fte_agent.sdk.model import _function_tool, usage_of
from fte_agent.sdk.schemas import strict_schema
from fte_agent.turn.tools import ToolInput, Wording, spec_for


class Inner(ToolInput):
    default: str = "x"


class Named(ToolInput):
    """Fields called like keywords."""

    default: int = 3
    properties: Inner = Field(default_factory=Inner)


@pytest.mark.parametrize("wording", Wording)
def test_every_tool_is_strict_without_a_default(wording: Wording):
    offered = [_function_tool(*tool) for tool in spec_for(wording).items()]
    tools = [{"name": tool.name, "parameters": tool.params_json_schema} for tool in offered]
    check_tools(tools, [(tool, tool["name"]) for tool in tools], strict_by_default=True)


def test_a_field_may_be_called_like_a_keyword():
    schema = strict_schema(Named)
    assert set(schema["properties"]) == {"default", "properties"}
    assert "default" not in schema["properties"]["default"]
    assert list(schema["$defs"]["Inner"]["properties"]) == ["default"]
    assert "default" not in schema["$defs"]["Inner"]["properties"]["default"]


def test_the_cost_of_answers_that_were_not_kept_is_unknown():
    assert usage_of([]) == Usage(None, None)
