"""The SDK adapter: what a model is told, what becomes of what it says, and how its failures are named."""

import json
import traceback

import httpx
import openai
import pytest
from agents.exceptions import ModelBehaviorError
from agents.testing import ModelStep, ScriptedModel
from sdk_doubles import COMPLETION, PREAMBLE, decide, lines, over_http, send

from fte_agent.domain.turns import Outcome, Usage
from fte_agent.errors import ModelFailed
from fte_agent.ports import NOTHING_KNOWN
from fte_agent.prompts.loader import load_prompt
from fte_agent.testing import FixedSearch, a_passage


async def test_a_model_s_name_prompt_and_tokens_are_kept():
    model = ScriptedModel([ModelStep([send()], raw_usage={"input_tokens": 900, "output_tokens": 40})])
    decision = await decide(model)
    assert decision.outcome is Outcome.ANSWER
    assert (decision.model, decision.prompt_version) == ("gpt-4o", load_prompt().version)
    assert decision.usage == Usage(900, 40)


async def test_the_model_is_told_rules_question_and_passages():
    model = ScriptedModel([[send()]])
    await decide(model)
    (call,) = model.calls
    items = list(call.input)
    outputs = [i["output"] for i in items if i.get("type") == "function_call_output"]
    assert outputs[1] == NOTHING_KNOWN
    assert json.loads(outputs[2])["passages"][0]["sentences"] == {"a.1": "Choose Export."}
    assert json.loads(items[0]["content"])["messages_to_answer"] == [{"author": "customer", "text": "How do I export?"}]
    assert sorted(tool.name for tool in call.tools) == sorted([*PREAMBLE, "escalate_to_human", "send_response"])
    assert "NEVER" in (call.system_instructions or "")
    assert "Acme" in (call.system_instructions or "")


async def test_a_refused_reply_is_repaired_in_a_second_run():
    model = ScriptedModel([[send()], [send("2", sentences=["b.1"])]])
    found = [a_passage("\n".join(["- Choose Export."] * 2000)), a_passage("Choose Export.", uri="docs/short.md")]
    decision = await decide(model, found=FixedSearch(found))
    assert lines(decision) == [("send_response", "refused"), ("send_response", "ok")]
    assert "too_long" in list(model.calls[1].input)[-1]["content"]


def status_error(kind, status):
    response = httpx.Response(status, request=httpx.Request("POST", "http://127.0.0.1"))
    return kind("secret key sk-1", response=response, body=None)


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (status_error(openai.RateLimitError, 429), True),
        (status_error(openai.InternalServerError, 503), True),
        (status_error(openai.AuthenticationError, 401), True),
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


async def test_a_chat_completions_endpoint():
    usage = {"usage": {"prompt_tokens": 700, "completion_tokens": 30, "total_tokens": 730}}
    decision, journal = await over_http(200, "application/json", json.dumps(COMPLETION | usage))
    assert (decision.outcome, decision.usage) == (Outcome.ANSWER, Usage(700, 30))
    (sent,) = journal
    assert [m["role"] for m in sent["messages"]][:2] == ["system", "user"]
    assert [m["tool_call_id"] for m in sent["messages"] if m["role"] == "tool"] == [f"preamble_{n}" for n in (1, 2, 3)]


async def test_an_endpoint_without_quota_is_tried_again_later():
    with pytest.raises(ModelFailed) as caught:
        await over_http(429, "application/json", '{"error": {"message": "quota"}}')
    assert caught.value.retryable
