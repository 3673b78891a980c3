"""The traps of the SDK, each once: what it does by itself, and what must come of it."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import agents
import pytest
from agents import Agent, Runner, TracingProcessor
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from agents.tracing import get_trace_provider, set_trace_processors
from sdk_doubles import COMPANY, COMPLETION, PASSAGE, PREAMBLE, decide, escalate, lines, over_http, search, send

from fte_agent.domain.turns import Outcome, Reason, Usage
from fte_agent.errors import ModelFailed, ToolFailed
from fte_agent.ports import ModelRequest
from fte_agent.sdk.model import MAX_MODEL_CALLS, SdkModel
from fte_agent.testing import FixedSearch, a_context, a_passage
from fte_agent.turn.turn import MAX_CALLS

REFUND = "Your refund is on its way."
BAD_CALLS = [send(message=""), function_call("send_response", "{oops", call_id="1"), send(to="eve@evil.example")]


@pytest.mark.parametrize("bad", BAD_CALLS, ids=["empty", "malformed", "with a recipient"])
async def test_an_invalid_closing_call_does_not_end_the_run(bad):
    decision = await decide(ScriptedModel([[bad], [send("2")]]))
    assert lines(decision) == [("send_response", "invalid"), ("send_response", "ok")]


async def test_three_closing_calls_in_one_answer_have_one_effect():
    decision = await decide(ScriptedModel([[send("1"), escalate("2"), send("3")]]))
    assert (decision.outcome, decision.escalation) == (Outcome.ANSWER, None)
    assert [status for _, status in lines(decision)] == ["ok", "refused", "refused"]
    assert decision.text == "Choose Export.\n\nAcme Support"


async def test_a_hundred_calls_in_one_answer_are_limited():
    found = FixedSearch([PASSAGE])
    decision = await decide(ScriptedModel([[search(str(n)) for n in range(100)]]), found=found)
    assert decision.escalation is not None
    assert len(decision.tool_calls) == MAX_CALLS + 2
    assert len(found.queries) == 4


async def test_plain_text_where_tools_are_required_reaches_nobody():
    model = ScriptedModel([[assistant_message(REFUND)]])
    decision = await decide(model)
    assert model.calls[0].model_settings.tool_choice == "required"
    assert (len(model.calls), lines(decision)) == (1, [("escalate_to_human", "ok"), ("send_response", "ok")])
    assert decision.escalation is not None
    assert decision.escalation.reason is Reason.FAILURE
    assert REFUND not in repr(decision)


@pytest.mark.parametrize("answer", [[assistant_message(REFUND), send()], [send(), assistant_message(REFUND)]])
async def test_the_final_output_is_ignored(answer):
    decision = await decide(ScriptedModel([answer]))
    assert (decision.outcome, decision.text) == (Outcome.ANSWER, "Choose Export.\n\nAcme Support")


async def test_usage_nobody_reported_is_unknown_and_not_zero():
    assert (await decide(ScriptedModel([[send()]]))).usage == Usage(None, None)
    known = ModelStep([search()], raw_usage={"input_tokens": 5, "output_tokens": 5})
    assert (await decide(ScriptedModel([known, [send("2")]]))).usage == Usage(None, None)
    decision, _ = await over_http(200, "application/json", json.dumps(COMPLETION))
    assert decision.usage == Usage(None, None)


async def test_preloaded_calls_make_one_model_call_the_normal_case():
    model = ScriptedModel([[send()]])
    assert (await decide(model)).outcome is Outcome.ANSWER
    (call,) = model.calls
    assert [item["name"] for item in call.input if item.get("type") == "function_call"] == PREAMBLE
    assert [i["call_id"] for i in call.input if i.get("type") == "function_call_output"] == [
        i["call_id"] for i in call.input if i.get("type") == "function_call"
    ]


async def test_an_unknown_tool_is_an_error_the_model_sees():
    model = ScriptedModel([[function_call("rm_rf", {"path": "/"}, call_id="1")], [send("2")]])
    assert lines(await decide(model)) == [("send_response", "ok")]
    told = list(model.calls[1].input)[-1]
    assert (told["type"], told["call_id"]) == ("function_call_output", "1")


async def test_a_page_instead_of_an_answer_is_tried_again_later():
    with pytest.raises(ModelFailed, match="AttributeError") as caught:
        await over_http(200, "text/html", "<html>Please log in</html>")
    assert caught.value.retryable


@pytest.mark.parametrize("raw", ['{"message": "\\ud800"}', "[" * 15_000], ids=["half a pair", "nested deep"])
async def test_arguments_on_which_the_sdk_breaks_count_as_an_attempt(raw):
    with pytest.raises(ModelFailed) as caught:
        await decide(ScriptedModel([[function_call("send_response", raw, call_id="1")]]))
    assert not caught.value.retryable  # or the same answer would be paid for again and again
    decision = await decide(
        ScriptedModel([[function_call("send_response", raw, call_id="1")]]), context=a_context("How?", attempt=5)
    )
    assert (decision.outcome, decision.escalation is not None) == (Outcome.ESCALATE, True)


async def test_a_fault_in_building_the_input_counts_as_an_attempt(monkeypatch):
    def broken(*_: Any) -> Any:
        raise ValueError("ours")

    monkeypatch.setattr("fte_agent.sdk.model.input_items", broken)
    model = ScriptedModel([[send()]])
    with pytest.raises(ValueError, match="ours"):
        await decide(model)
    decision = await decide(model, context=a_context("How?", attempt=5))
    assert (decision.outcome, len(model.calls)) == (Outcome.ESCALATE, 0)


class Recorder(TracingProcessor):
    """Counts what is traced."""

    def __init__(self) -> None:
        self.seen = 0

    def on_trace_start(self, trace: Any) -> None:
        self.seen += 1

    def on_trace_end(self, trace: Any) -> None:
        self.seen += 1

    def on_span_start(self, span: Any) -> None:
        self.seen += 1

    def on_span_end(self, span: Any) -> None:
        self.seen += 1

    def shutdown(self) -> None:
        """Nothing is held."""

    def force_flush(self) -> None:
        """Nothing is held."""


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Takes the place of whoever gets traces, in a process where nothing else turns tracing off."""
    provider = get_trace_provider()
    monkeypatch.setattr(provider, "_disabled", False, raising=False)
    monkeypatch.delenv("OPENAI_AGENTS_DISABLE_TRACING", raising=False)
    before = provider._multi_processor._processors
    recorder = Recorder()
    set_trace_processors([recorder])
    yield recorder
    set_trace_processors(list(before))


async def test_nothing_is_traced(recorder):
    await decide(ScriptedModel([[search()], [send("2")]], emit_traces=True))
    assert recorder.seen == 0
    await Runner.run(Agent("control", model=ScriptedModel([[assistant_message("hi")]], emit_traces=True)), "hello")
    assert recorder.seen > 0


async def test_our_words_reach_the_model_and_not_an_error_s():
    wrong = function_call("search_knowledge_base", {"query": "", "max_results": "sk-1"}, call_id="1")
    model = ScriptedModel([[wrong], [send("2")]])
    await decide(model)
    told = list(model.calls[1].input)[-1]["output"]
    assert told == "Invalid arguments: query: too_short; max_results: int_type"


class Dropped(Exception):
    retryable = True


async def test_after_a_failed_tool_the_model_is_told_nothing_more():
    found = FixedSearch([PASSAGE])

    def break_the_search(_):
        found.error = Dropped("postgresql://secret@db")
        return [search()]

    model = ScriptedModel([ModelStep.respond(break_the_search), [send("2")]])
    with pytest.raises(ToolFailed):
        await decide(model, found=found)
    assert len(model.calls) == 1


@dataclass
class Watched:
    """A `ToolPort` that notices calls at the same time, and may raise."""

    error: Exception | None = None
    running: int = 0
    most: int = 0
    names: list[str] = field(default_factory=list)
    open: bool = True

    async def invoke(self, name: str, raw_json: str) -> str:
        self.names.append(name)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        if self.error is not None:
            raise self.error
        return "fine"


def a_request() -> ModelRequest:
    return ModelRequest(a_context("How?"), "Nothing before.", "How?", (PASSAGE,))


async def test_calls_made_in_parallel_all_the_same_are_run_one_by_one():
    model, port = ScriptedModel([[search(str(n)) for n in range(5)], [assistant_message("done")]]), Watched()
    await SdkModel(model, name="any", company=COMPANY).run(a_request(), port)
    assert [call.model_settings.parallel_tool_calls for call in model.calls] == [False, False]
    assert (len(port.names), port.most) == (5, 1)


async def test_a_bug_behind_a_tool_is_told_to_nobody():
    model, port = ScriptedModel([[search()], [send("2")]]), Watched(RuntimeError("postgresql://secret@db"))
    with pytest.raises(ModelFailed) as caught:
        await SdkModel(model, name="any", company=COMPANY).run(a_request(), port)
    assert len(model.calls) == 1
    assert "secret" not in repr(caught.value)
    assert caught.value.__suppress_context__


async def test_a_model_that_never_ends_is_stopped():
    model = ScriptedModel([[search(str(n))] for n in range(MAX_MODEL_CALLS + 1)])
    decision = await decide(model)
    assert decision.escalation is not None
    assert len(model.calls) == MAX_MODEL_CALLS


async def test_the_tools_stay_required_after_a_call():
    model = ScriptedModel([[search()], [send("2")]])
    await decide(model)
    assert [call.model_settings.tool_choice for call in model.calls] == ["required", "required"]


class Hanging:
    """A search that never comes back."""

    async def search(self, query: str, max_results: int) -> list[Any]:
        if query == "x":
            await asyncio.Event().wait()
        return [PASSAGE]


async def hang(_: Any) -> list[Any]:
    await asyncio.Event().wait()
    return []


@pytest.mark.parametrize("step", [ModelStep.respond(hang), [search()]], ids=["model", "tool"])
async def test_the_time_of_a_whole_run_is_limited(step):
    with pytest.raises(ModelFailed, match="TimeoutError") as caught:
        await decide(ScriptedModel([step, [send("2")]]), found=Hanging(), timeout_seconds=0.01)
    assert caught.value.retryable


def stable(call: Any) -> bytes:
    """The part of a request that a provider can cache: instructions, then tools, in the order they are sent."""
    tools = [(tool.name, tool.description, tool.params_json_schema) for tool in call.tools]
    return json.dumps([call.system_instructions, tools]).encode()


async def test_instructions_and_tools_are_the_same_bytes_in_every_turn():
    one = a_context("How do I export?", subject="Export", max_chars=500)
    other = a_context("And invite?", history=["Hi"], attempt=4)
    models = [ScriptedModel([[send()]]), ScriptedModel([[send(), search("2")]])]
    await decide(models[0], context=one)
    await decide(models[1], context=other, found=FixedSearch([PASSAGE, a_passage("x", uri="docs/x")]))
    assert stable(models[0].calls[0]) == stable(models[1].calls[0])
    assert json.dumps(list(models[0].calls[0].input)) != json.dumps(list(models[1].calls[0].input))

    _, (first, second) = await over_http(200, "application/json", json.dumps(COMPLETION), one, other)
    assert first["messages"][0]["role"] == "system"
    for part in (lambda body: body["messages"][0], lambda body: body["tools"]):
        assert json.dumps(part(first)) == json.dumps(part(second))


def test_the_traps_are_those_of_this_version():
    assert agents.version.__version__.startswith("0.24."), "try the traps anew before you move on"
