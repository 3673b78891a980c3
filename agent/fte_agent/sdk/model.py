"""Port `Model` over the OpenAI Agents SDK."""

import asyncio
import inspect
import math

import agents
from agents import (
    Agent,
    FunctionTool,
    FunctionToolResult,
    ModelResponse,
    ModelSettings,
    RunConfig,
    RunContextWrapper,
    Runner,
    ToolExecutionConfig,
    ToolsToFinalOutputResult,
)
from agents.exceptions import MaxTurnsExceeded, ModelRefusalError
from agents.tool_context import ToolContext

from fte_agent.domain.behaviour import Company
from fte_agent.domain.turns import Usage
from fte_agent.gate.checks import ReplyMode
from fte_agent.ports import ModelRequest, ToolPort
from fte_agent.prompts.loader import load_prompt
from fte_agent.sdk.errors import Unpaid, model_failed
from fte_agent.sdk.messages import Preload, input_items
from fte_agent.sdk.retries import run_ends
from fte_agent.sdk.schemas import strict_schema
from fte_agent.sdk.usage import summed, usage_of
from fte_agent.turn.tools import ToolInput, spec_for, wording_in

MAX_MODEL_CALLS = 4
"""Answers of the model in one run; the normal case needs one."""

TIMEOUT_SECONDS = 20.0
"""For a whole run, below the worker's lease."""

_RUN_CONFIG = RunConfig(
    tracing_disabled=True,
    tool_execution=ToolExecutionConfig(max_function_tool_concurrency=1),
    tool_not_found_behavior="return_error_to_model",
    tool_name_collision_policy="error",
)
_SETTINGS = ModelSettings(tool_choice="required", parallel_tool_calls=False, preserve_raw_usage=True)


class SdkModel:
    """Runs a model of the SDK. What it returns as final output is ignored: the turn knows what happened."""

    def __init__(
        self,
        model: agents.Model,
        *,
        name: str,
        company: Company,
        mode: ReplyMode = ReplyMode.VERBATIM,
        timeout_seconds: float = TIMEOUT_SECONDS,
        settings: ModelSettings = _SETTINGS,
        preload: Preload = Preload.CALLS,
    ) -> None:
        prompt = load_prompt(mode)
        self.name = name
        self.prompt_version = prompt.version
        self._timeout = timeout_seconds
        self._preload = preload
        self._wording = wording_in(mode)
        self._agent = Agent[ToolPort](
            name="employee",
            instructions=prompt.for_company(company),
            tools=[_function_tool(*tool) for tool in spec_for(self._wording).items()],
            model=model,
            model_settings=settings,
            tool_use_behavior=_stop_when_closed,
            reset_tool_choice=False,
        )

    async def run(self, request: ModelRequest, tools: ToolPort) -> Usage:
        """Let the model work until the turn is closed, it stops calling tools, declines, or its calls are used up.

        Raises:
            ModelFailed: the provider or the SDK failed, or time ran out.
            BudgetRefused: a request was not made for what it may cost.
        """
        # Outside the try: a fault of ours, not of the model's, and trying for ever would not help.
        told = input_items(request, self._preload, self._wording)
        try:
            async with asyncio.timeout(self._timeout) as limit:
                run_ends.set(limit.when() or math.inf)
                result = await Runner.run(
                    self._agent, told, context=tools, max_turns=MAX_MODEL_CALLS, run_config=_RUN_CONFIG
                )
        except MaxTurnsExceeded as error:
            return total_of(error.run_data.raw_responses if error.run_data else [])
        except ModelRefusalError:  # the SDK does not keep the answer, so nor what it cost
            return Usage(None, None)
        except Unpaid as error:
            raise error.reason from None
        except Exception as error:  # noqa: BLE001 - raised again as ours, alone: its text may repeat the customer's
            raise model_failed(error) from None
        return total_of(result.raw_responses)


def _function_tool(name: str, takes: type[ToolInput]) -> FunctionTool:
    async def call(context: ToolContext[ToolPort], arguments: str) -> str:
        return await context.context.invoke(name, arguments)

    return FunctionTool(
        name=name,
        description=inspect.getdoc(takes) or name,
        params_json_schema=strict_schema(takes),
        on_invoke_tool=call,
        strict_json_schema=True,
    )


def _stop_when_closed(
    context: RunContextWrapper[ToolPort], results: list[FunctionToolResult]
) -> ToolsToFinalOutputResult:
    """Go on after an invalid call, which ``StopAtTools`` would not, and end once no call has an effect."""
    return ToolsToFinalOutputResult(is_final_output=not context.context.open, final_output="done")


def total_of(responses: list[ModelResponse]) -> Usage:
    """Tokens of all answers, from what the provider itself said; unknown if one said nothing, or none is kept."""
    return summed(usage_of(response.raw_usage) for response in responses)
