"""Port `Verifier` over the OpenAI Agents SDK: a second reading, in a call of its own that knows the sentences alone."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import agents
from agents import Agent, FunctionTool, ModelSettings, RunConfig, Runner
from agents.exceptions import MaxTurnsExceeded, ModelRefusalError
from agents.tool_context import ToolContext
from pydantic import Field, ValidationError

from fte_agent.domain.turns import Statement, Usage, Verification
from fte_agent.prompts.loader import load_verification
from fte_agent.sdk.errors import Unpaid, model_failed
from fte_agent.sdk.model import total_of
from fte_agent.sdk.schemas import strict_schema
from fte_agent.turn.tools import MAX_ARGUMENT_CHARS, MAX_SENTENCES, ToolInput

REPORT = "report_verdicts"
SECONDS = 10.0
"""For a whole verification: it stands within the run of the model whose reply it reads."""

_RUN_CONFIG = RunConfig(tracing_disabled=True, tool_not_found_behavior="return_error_to_model")


class _Verdict(ToolInput):
    number: Annotated[int, Field(ge=1, le=MAX_SENTENCES)]
    verdict: Literal["supported", "not_supported", "unsure"]


class VerdictsInput(ToolInput):
    """Report one verdict for every sentence, by its number."""

    verdicts: Annotated[tuple[_Verdict, ...], Field(min_length=1, max_length=2 * MAX_SENTENCES)]


@dataclass(slots=True)
class _Reading:
    """What was reported: None until it is, and of several reports the first."""

    reported: VerdictsInput | None = None
    calls: int = 0

    def holds(self, statements: Sequence[Statement]) -> bool:
        """Whether there is one report, with exactly one verdict for each sentence, all of them yes."""
        if self.reported is None or self.calls != 1:
            return False
        numbers = sorted(each.number for each in self.reported.verdicts)
        sure = all(each.verdict == "supported" for each in self.reported.verdicts)
        return sure and numbers == list(range(1, len(statements) + 1))


class SdkVerifier:
    """Asks a model of the SDK once. No answer, another answer than asked for, or an unsure one is a no."""

    def __init__(self, model: agents.Model, *, settings: ModelSettings, timeout_seconds: float = SECONDS) -> None:
        self._timeout = timeout_seconds
        self._agent = Agent[_Reading](
            name="verifier",
            instructions=load_verification(),
            tools=[_report()],
            model=model,
            model_settings=settings,
            tool_use_behavior="stop_on_first_tool",
        )

    async def verify(self, statements: Sequence[Statement]) -> Verification:
        """Whether a model surely finds every sentence supported.

        Raises:
            ModelFailed: the provider or the SDK failed, or time ran out.
            BudgetRefused: the request was not made for what it may cost.
        """
        reading = _Reading()
        try:
            async with asyncio.timeout(self._timeout):
                result = await Runner.run(
                    self._agent, _told(statements), context=reading, max_turns=1, run_config=_RUN_CONFIG
                )
        except MaxTurnsExceeded as error:
            return Verification(holds=False, usage=total_of(error.run_data.raw_responses if error.run_data else []))
        except ModelRefusalError:
            return Verification(holds=False, usage=Usage(None, None))
        except Unpaid as error:
            raise error.reason from None
        except Exception as error:  # noqa: BLE001 - raised again as ours, alone: its text may repeat the reply
            raise model_failed(error) from None
        return Verification(reading.holds(statements), total_of(result.raw_responses))


def _told(statements: Sequence[Statement]) -> str:
    """The whole reply and its sentences as data, each with what it rests on; JSON fences what others wrote."""
    listed = [
        {"number": number, "sentence": statement.text, "heading": statement.heading, "approved": statement.supports}
        for number, statement in enumerate(statements, start=1)
    ]
    reply = "\n".join(statement.text for statement in statements)
    return json.dumps({"reply": reply, "sentences": listed}, ensure_ascii=False)


def _report() -> FunctionTool:
    async def call(context: ToolContext[_Reading], arguments: str) -> str:
        reading = context.context
        reading.calls += 1
        try:
            given = VerdictsInput.model_validate_json(arguments[:MAX_ARGUMENT_CHARS])
        except ValidationError:
            return "Invalid arguments."
        reading.reported = reading.reported or given
        return "Reported."

    return FunctionTool(
        name=REPORT,
        description=VerdictsInput.__doc__ or REPORT,
        params_json_schema=strict_schema(VerdictsInput),
        on_invoke_tool=call,
        strict_json_schema=True,
    )
