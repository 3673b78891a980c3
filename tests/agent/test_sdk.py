"""The SDK adapter: each trap of the SDK that the turn must survive, on scripted and loopback models."""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import openai
import pytest
from agents import OpenAIChatCompletionsModel
from agents.exceptions import ModelBehaviorError
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call

from fte_agent.decide import TurnPorts, run_turn
from fte_agent.domain.behaviour import Company
from fte_agent.domain.turns import Outcome, Reason, Usage
from fte_agent.errors import ModelFailed
from fte_agent.prompts.loader import load_prompt
from fte_agent.sdk.model import SdkModel
from fte_agent.testing import FixedClock, FixedHistory, FixedSearch, WordClassifier, a_context, a_passage
from fte_agent.turn import MAX_CALLS

COMPANY = Company("Acme")
PASSAGE = a_passage("Open Settings. Choose Export.")
GOOD = {"message": "Choose Export.", "citations": [PASSAGE.section.uri]}
PREAMBLE = ["create_ticket", "get_customer_history", "search_knowledge_base"]


def send(call_id="1", **changes):
    return function_call("send_response", GOOD | changes, call_id=call_id)


def search(call_id="1"):
    return function_call("search_knowledge_base", {"query": "x", "max_results": 3}, call_id=call_id)


async def decide(model, **settings):
    ports = TurnPorts(
        company=COMPANY,
        customers=FixedHistory("Nothing before."),
        search=FixedSearch([PASSAGE]),
        model=SdkModel(model, name="gpt-4o", company=COMPANY, **settings),
        classifier=WordClassifier(),
        clock=FixedClock(step=0.001),
    )
    return await run_turn(a_context("How do I export?", subject="Export"), ports)


def lines(decision):
    return [(call.name, call.status) for call in decision.tool_calls[3:]]


async def test_one_model_call_is_the_normal_case():
    model = ScriptedModel([ModelStep([send()], raw_usage={"input_tokens": 900, "output_tokens": 40})])
    decision = await decide(model)
    assert decision.outcome is Outcome.ANSWER
    assert len(model.calls) == 1
    assert decision.usage == Usage(900, 40)
    assert decision.prompt_version == load_prompt().version


async def test_the_model_is_told_the_preamble_as_calls_already_made():
    model = ScriptedModel([[send()]])
    await decide(model)
    (call,) = model.calls
    items = list(call.input)
    assert [i["name"] for i in items if i.get("type") == "function_call"] == PREAMBLE
    outputs = [i["output"] for i in items if i.get("type") == "function_call_output"]
    assert outputs[1] == "Nothing before."
    assert json.loads(outputs[2])["passages"][0]["content"] == PASSAGE.section.content
    assert json.loads(items[0]["content"])["messages_to_answer"] == [{"author": "customer", "text": "How do I export?"}]
    assert sorted(tool.name for tool in call.tools) == sorted([*PREAMBLE, "escalate_to_human", "send_response"])
    assert "NEVER" in (call.system_instructions or "")
    assert "Acme" in (call.system_instructions or "")


@pytest.mark.parametrize("bad", [send(message=""), function_call("send_response", "{oops", call_id="1")])
async def test_an_invalid_closing_call_does_not_end_the_run(bad):
    decision = await decide(ScriptedModel([[bad], [send("2")]]))
    assert lines(decision) == [("send_response", "invalid"), ("send_response", "ok")]


async def test_three_closing_calls_in_one_answer_have_one_effect():
    escalate = function_call("escalate_to_human", {"reason": "legal", "summary": "x"}, call_id="2")
    decision = await decide(ScriptedModel([[send("1"), escalate, send("3")]]))
    assert (decision.outcome, decision.escalation) == (Outcome.ANSWER, None)
    assert [status for _, status in lines(decision)] == ["ok", "refused", "refused"]


async def test_a_hundred_calls_in_one_answer_are_limited():
    decision = await decide(ScriptedModel([[search(str(n)) for n in range(100)]]))
    assert decision.escalation is not None
    assert len(decision.tool_calls) == MAX_CALLS + 2


async def test_plain_text_reaches_nobody():
    decision = await decide(ScriptedModel([[assistant_message("Your refund is on its way")]]))
    assert decision.escalation is not None
    assert decision.escalation.reason is Reason.FAILURE
    assert "refund" not in (decision.text or "")


async def test_an_unknown_tool_is_an_error_the_model_sees():
    model = ScriptedModel([[function_call("rm_rf", {}, call_id="1")], [send("2")]])
    assert (await decide(model)).outcome is Outcome.ANSWER


async def test_a_model_that_never_ends_is_stopped():
    model = ScriptedModel([[search(str(n))] for n in range(4)])
    decision = await decide(model)
    assert decision.escalation is not None
    assert len(model.calls) == 4


async def test_the_tools_stay_required_after_a_call():
    model = ScriptedModel([[search()], [send("2")]])
    await decide(model)
    assert [call.model_settings.tool_choice for call in model.calls] == ["required", "required"]
    assert [call.model_settings.parallel_tool_calls for call in model.calls] == [False, False]


async def test_a_refused_reply_is_repaired_in_a_second_run():
    model = ScriptedModel([[send(message="Pay 5 EUR.")], [send("2")]])
    decision = await decide(model)
    assert lines(decision) == [("send_response", "refused"), ("send_response", "ok")]
    assert "foreign_amount" in list(model.calls[1].input)[-1]["content"]


async def test_usage_nobody_reported_is_unknown_and_not_zero():
    assert (await decide(ScriptedModel([[send()]]))).usage == Usage(None, None)
    mixed = ScriptedModel([ModelStep([search()], raw_usage={"input_tokens": 5, "output_tokens": 5}), [send("2")]])
    assert (await decide(mixed)).usage == Usage(None, None)


async def test_time_is_limited():
    async def hang(_):
        await asyncio.Event().wait()

    with pytest.raises(ModelFailed) as caught:
        await decide(ScriptedModel([ModelStep.respond(hang)]), timeout_seconds=0.01)
    assert caught.value.retryable


def status_error(kind, status):
    response = httpx.Response(status, request=httpx.Request("POST", "http://127.0.0.1"))
    return kind("secret key sk-1", response=response, body=None)


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (status_error(openai.RateLimitError, 429), True),
        (status_error(openai.InternalServerError, 503), True),
        (status_error(openai.AuthenticationError, 401), False),
        (status_error(openai.BadRequestError, 400), False),
        (openai.APIConnectionError(request=httpx.Request("POST", "http://127.0.0.1")), True),
        (ModelBehaviorError("secret key sk-1"), True),
        (AttributeError("secret key sk-1"), True),
    ],
)
async def test_errors_are_translated_without_their_text(error, retryable):
    with pytest.raises(ModelFailed) as caught:
        await decide(ScriptedModel([ModelStep.raise_error(error)]))
    assert caught.value.retryable is retryable
    assert "secret" not in "".join(traceback.format_exception(caught.value))


COMPLETION = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "any",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "x",
                        "type": "function",
                        "function": {"name": "send_response", "arguments": json.dumps(GOOD)},
                    }
                ],
            },
        }
    ],
}


@asynccontextmanager
async def endpoint(status: int, content_type: str, body: str) -> AsyncIterator[tuple[str, list[dict[str, object]]]]:
    """An HTTP server that gives one answer to everything: its base URL, and the bodies it was sent."""
    journal: list[dict[str, object]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        journal.append(json.loads(await reader.readexactly(length)))
        raw = body.encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {len(raw)}\r\n"
            "connection: close\r\n\r\n".encode()
            + raw
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", journal


async def over_http(status, content_type, body):
    async with (
        endpoint(status, content_type, body) as (url, journal),
        openai.AsyncOpenAI(base_url=url, api_key="not-a-key", max_retries=0) as client,
    ):
        return await decide(OpenAIChatCompletionsModel("any", openai_client=client)), journal


async def test_a_chat_completions_endpoint():
    usage = {"usage": {"prompt_tokens": 700, "completion_tokens": 30, "total_tokens": 730}}
    decision, journal = await over_http(200, "application/json", json.dumps(COMPLETION | usage))
    assert (decision.outcome, decision.usage) == (Outcome.ANSWER, Usage(700, 30))
    (sent,) = journal
    assert [m["role"] for m in sent["messages"]][:2] == ["system", "user"]
    assert [m["tool_call_id"] for m in sent["messages"] if m["role"] == "tool"] == [f"preamble_{n}" for n in (1, 2, 3)]


async def test_an_endpoint_that_leaves_usage_out():
    decision, _ = await over_http(200, "application/json", json.dumps(COMPLETION))
    assert decision.usage == Usage(None, None)


async def test_a_page_instead_of_an_answer_is_a_failure():
    with pytest.raises(ModelFailed):
        await over_http(200, "text/html", "<html>Please log in</html>")


async def test_an_endpoint_without_quota_is_tried_again_later():
    with pytest.raises(ModelFailed) as caught:
        await over_http(429, "application/json", '{"error": {"message": "quota"}}')
    assert caught.value.retryable
