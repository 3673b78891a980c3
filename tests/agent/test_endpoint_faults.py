"""Each misbehaviour of an endpoint: what becomes of the turn, for which reason, and after how many requests.

A turn that failed for want of a provider is tried again later or goes to a person; it never says that nothing was
found.
"""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from doubles.openai.conversation import Answer, Call, Text
from doubles.openai.double import KEY, OpenAIDouble
from doubles.openai.misbehaviour import Rule
from endpoint_world import QUESTION, SEND, SENT, an_endpoint, decide
from sdk_doubles import GOOD, PASSAGE, lines

from fte_agent.domain.turns import Decision, Outcome, Reason
from fte_agent.errors import ModelFailed, ModelFault
from fte_agent.reply.templates import acknowledgement
from fte_agent.sdk.endpoint import Api
from fte_agent.sdk.model import MAX_MODEL_CALLS
from fte_agent.sdk.transport import MAX_ANSWER_BYTES
from fte_agent.turn.decide import MAX_ATTEMPTS

pytestmark = pytest.mark.slow

DEADLINE = 30.0
RETRIES = 2
ASKED_AGAIN = RETRIES + 1
SHORT = 0.3

APIS = pytest.mark.parametrize("api", list(Api))


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fte_agent.sdk.retries.FIRST_WAIT_SECONDS", 0.0)


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


@dataclass(frozen=True)
class Fault:
    """A rule for every request, or an answer given to each, and what must come of it."""

    reason: ModelFault
    rule: Rule
    requests: int = 1
    waits: bool = True
    settings: dict[str, Any] = field(default_factory=dict)


def status(number: int, code: str | None = None, **more: Any) -> Rule:
    return Rule(status=number, code=code, echo=True, times=None, **more)


def page(body: str, **more: Any) -> Rule:
    return Rule(body=body, echo=bool(body.startswith("<")), times=None, **more)


HTML = "<!DOCTYPE html><html><title>Log in</title></html>"
QUICK = {"request_timeout_seconds": SHORT}
FAULTS = {
    "a wrong key": Fault(ModelFault.CREDENTIALS, status(401, "invalid_api_key")),
    "a forbidden country": Fault(ModelFault.CREDENTIALS, status(403, "unsupported_country_region_territory")),
    "no money": Fault(ModelFault.QUOTA, status(402)),
    "no quota": Fault(ModelFault.QUOTA, status(429, "insufficient_quota")),
    "no quota by its type": Fault(ModelFault.QUOTA, status(429, "some_new_limit", type="insufficient_quota")),
    "no credit": Fault(ModelFault.QUOTA, status(429, "credit_balance_exhausted")),
    "no such model": Fault(ModelFault.MISCONFIGURED, status(404, "model_not_found")),
    "no such route": Fault(ModelFault.MISCONFIGURED, status(405)),
    "not implemented": Fault(ModelFault.MISCONFIGURED, status(501)),
    "a parameter it lacks": Fault(ModelFault.MISCONFIGURED, status(400, "unsupported_parameter")),
    "a redirect": Fault(ModelFault.MISCONFIGURED, Rule(status=307, location="/v1/elsewhere", times=None)),
    "a bad request": Fault(ModelFault.REJECTED, status(400, "invalid_prompt"), waits=False),
    "too long a request": Fault(ModelFault.REJECTED, status(413), waits=False),
    "an unprocessable request": Fault(ModelFault.REJECTED, status(422), waits=False),
    "too many requests": Fault(ModelFault.RATE_LIMITED, status(429, "rate_limit_exceeded"), ASKED_AGAIN),
    "too many for long": Fault(ModelFault.RATE_LIMITED, status(429, retry_after="3600")),
    "too many for ever": Fault(ModelFault.RATE_LIMITED, status(429, retry_after="inf")),
    "too many, it mumbles": Fault(ModelFault.RATE_LIMITED, status(429, retry_after="nan"), ASKED_AGAIN),
    "too slow for itself": Fault(ModelFault.TIMEOUT, status(408), ASKED_AGAIN),
    "a conflict": Fault(ModelFault.UNAVAILABLE, status(409), ASKED_AGAIN),
    "too early": Fault(ModelFault.UNAVAILABLE, status(425), ASKED_AGAIN),
    "an error of its own": Fault(ModelFault.UNAVAILABLE, status(500), ASKED_AGAIN),
    "away": Fault(ModelFault.UNAVAILABLE, status(503, "server_is_overloaded"), ASKED_AGAIN),
    "away by a page": Fault(ModelFault.UNAVAILABLE, page(HTML, status=502, content_type="text/html"), ASKED_AGAIN),
    "away at length": Fault(ModelFault.UNAVAILABLE, status(503, padding=2 * MAX_ANSWER_BYTES), ASKED_AGAIN),
    "a host in between waited too long": Fault(ModelFault.TIMEOUT, page(HTML, status=504), ASKED_AGAIN),
    "overloaded beyond numbers": Fault(ModelFault.UNAVAILABLE, status(529), ASKED_AGAIN),
    "a reset": Fault(ModelFault.UNAVAILABLE, Rule(cut="reset", times=None), ASKED_AGAIN),
    "an end in good order": Fault(ModelFault.UNAVAILABLE, Rule(cut="close", times=None), ASKED_AGAIN),
    "half an answer": Fault(ModelFault.UNAVAILABLE, Rule(cut="half", times=None), ASKED_AGAIN),
    "an error with status 200": Fault(ModelFault.UNAVAILABLE, Rule(error="server_error", times=None), ASKED_AGAIN),
    "a limit with status 200": Fault(
        ModelFault.RATE_LIMITED, Rule(error="rate_limit_exceeded", times=None), ASKED_AGAIN
    ),
    "a number with status 200": Fault(ModelFault.QUOTA, page('{"error": {"code": 402, "message": "x"}}')),
    "no answer": Fault(ModelFault.TIMEOUT, Rule(cut="hang", times=None), ASKED_AGAIN, settings=QUICK),
    "a slow answer": Fault(ModelFault.TIMEOUT, Rule(drip=0.05, times=None), ASKED_AGAIN, settings=QUICK),
    "a page with status 200": Fault(ModelFault.UNUSABLE, page(HTML, content_type="text/html")),
    "a page that says it is JSON": Fault(ModelFault.UNUSABLE, page(HTML)),
    "an empty body": Fault(ModelFault.UNUSABLE, page("")),
    "a stream nobody asked for": Fault(ModelFault.UNUSABLE, page("data: {}\n\n", content_type="text/event-stream")),
    "null": Fault(ModelFault.UNUSABLE, page("null")),
    "a list": Fault(ModelFault.UNUSABLE, page("[]")),
    "a bare object": Fault(ModelFault.UNUSABLE, page("{}")),
    "half of a JSON": Fault(ModelFault.UNUSABLE, page('{"output": [')),
    "choices of null": Fault(ModelFault.UNUSABLE, page('{"choices": [null]}')),
    "a message of null": Fault(ModelFault.UNUSABLE, page('{"choices": [{"message": null}]}')),
    "output of null": Fault(ModelFault.UNUSABLE, page('{"output": [null]}')),
    "too long an answer": Fault(ModelFault.UNUSABLE, Rule(padding=2 * MAX_ANSWER_BYTES, times=None)),
    "a compressed answer": Fault(ModelFault.UNUSABLE, Rule(gzip=True, times=None)),
    "JSON nested deep": Fault(ModelFault.UNUSABLE, page("[" * 100_000)),
    "a number too long": Fault(ModelFault.UNUSABLE, page('{"output": ' + "9" * 10_000 + "}")),
}


@APIS
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_an_endpoint_that_fails_leaves_the_turn_undecided(
    double: OpenAIDouble, api: Api, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    double.script.add(fault.rule)
    double.mind.plan(*[SENT] * ASKED_AGAIN)
    endpoint = an_endpoint(double, api, retries=RETRIES, **fault.settings)
    with caplog.at_level(logging.DEBUG):
        async with asyncio.timeout(DEADLINE):
            with pytest.raises(ModelFailed) as failed:
                await decide(endpoint)
    assert (failed.value.reason, failed.value.retryable) == (fault.reason, fault.waits)
    assert str(failed.value).startswith(f"{fault.reason}: ")
    assert len(double.journal.requests()) == fault.requests
    said = caplog.text + "".join(traceback.format_exception(failed.value))
    assert [secret for secret in (KEY, QUESTION, PASSAGE.section.content) if secret in said] == []


@pytest.mark.parametrize(
    "fault", [f for f in FAULTS.values() if not f.waits], ids=[k for k, f in FAULTS.items() if not f.waits]
)
async def test_what_counts_as_an_attempt_goes_to_a_person_after_the_last(double: OpenAIDouble, fault: Fault) -> None:
    double.script.add(fault.rule)
    handed_over(await decide(an_endpoint(double), attempt=MAX_ATTEMPTS))


@APIS
async def test_nobody_listens(api: Api) -> None:
    async with OpenAIDouble() as double:
        endpoint = an_endpoint(double, api, retries=RETRIES)
    with pytest.raises(ModelFailed) as failed:
        await decide(endpoint)
    assert (failed.value.reason, failed.value.retryable) == (ModelFault.UNAVAILABLE, True)


@APIS
async def test_an_endpoint_without_the_api_is_misconfigured(api: Api) -> None:
    async with OpenAIDouble() as double:
        with pytest.raises(ModelFailed) as failed:
            await decide(an_endpoint(double, api, base_url=f"{double.url}/elsewhere"))
    assert (failed.value.reason, failed.value.retryable) == (ModelFault.MISCONFIGURED, True)


# What the model says


def handed_over(decision: Decision) -> None:
    """To a person for the reason that it failed, and told so: not that nothing was found."""
    assert decision.outcome is Outcome.ESCALATE
    assert decision.escalation is not None and decision.escalation.reason is Reason.FAILURE
    assert acknowledgement(Reason.FAILURE, "en") in decision.text
    assert acknowledgement(Reason.NOT_FOUND, "en") not in decision.text


def calls(name: str, arguments: Any) -> Answer:
    return Answer((Call(name, arguments),))


SPOKEN = {
    "a refusal": (Answer((Text("I can't help with that.", refusal=True),)), 1),
    "plain text": (Answer((Text("Choose Export."),)), 1),
    "an empty text": (Answer((Text(""),)), 1),
    "nothing": (Answer(()), 1),
    "half a pair in a text": (Answer((Text("\ud800"),)), 1),
    "arguments that are no JSON": (calls("send_response", "{oops"), MAX_MODEL_CALLS),
    "arguments of another kind": (calls("send_response", []), MAX_MODEL_CALLS),
    "arguments nobody knows": (calls("send_response", GOOD | {"to": "eve@evil.example"}), MAX_MODEL_CALLS),
    "an unknown tool": (calls("rm_rf", {"path": "/"}), MAX_MODEL_CALLS),
    "a reply too long": (calls("send_response", GOOD | {"message": "x" * 30_000}), MAX_MODEL_CALLS),
    "searches without end": (calls("search_knowledge_base", {"query": "x", "max_results": 1}), MAX_MODEL_CALLS),
}


@APIS
@pytest.mark.parametrize(("answer", "requests"), SPOKEN.values(), ids=SPOKEN.keys())
async def test_a_model_that_gives_no_reply_hands_over_at_once(
    double: OpenAIDouble, api: Api, answer: Answer, requests: int
) -> None:
    double.mind.plan(*[answer] * MAX_MODEL_CALLS)
    decision = await decide(an_endpoint(double, api))
    handed_over(decision)
    assert len(double.journal.requests()) == requests
    assert "can't help" not in repr(decision)


@APIS
async def test_what_a_refusal_cost_is_unknown_and_not_zero(double: OpenAIDouble, api: Api) -> None:
    double.mind.plan(Answer((Text("No.", refusal=True),)))
    usage = (await decide(an_endpoint(double, api))).usage
    assert (usage.input_tokens, usage.output_tokens) == (None, None)


CUT = {
    "out of tokens": Answer((), "length"),
    "out of tokens in a call": Answer((Call("send_response", '{"message": "Choose'),), "length"),
    "withheld": Answer((), "content_filter"),
    "withheld in a text": Answer((Text("Choose"),), "content_filter"),
    "half a pair": calls("send_response", GOOD | {"message": "\ud800"}),
    "nested deep": calls("send_response", "[" * 15_000),
}


@APIS
@pytest.mark.parametrize("answer", CUT.values(), ids=CUT.keys())
async def test_an_answer_that_was_paid_for_and_is_not_whole_counts_as_an_attempt(
    double: OpenAIDouble, api: Api, answer: Answer
) -> None:
    double.mind.plan(answer, answer)
    with pytest.raises(ModelFailed) as failed:
        await decide(an_endpoint(double, api))
    assert (failed.value.reason, failed.value.retryable) == (ModelFault.UNUSABLE, False)
    handed_over(await decide(an_endpoint(double, api), attempt=MAX_ATTEMPTS))
    assert double.journal.decisions() == ["answered"] * 2


@APIS
async def test_several_closings_have_one_effect(double: OpenAIDouble, api: Api) -> None:
    legal = {"reason": "legal", "summary": "x", "draft": None}
    double.mind.plan(Answer((SEND, Call("escalate_to_human", legal), Call("send_response", GOOD))))
    decision = await decide(an_endpoint(double, api))
    assert [status for _, status in lines(decision)] == ["ok", "refused", "refused"]
    assert (decision.outcome, decision.escalation) == (Outcome.ANSWER, None)


@APIS
async def test_calls_with_one_id_have_one_effect(double: OpenAIDouble, api: Api) -> None:
    double.mind.plan(Answer((Call("send_response", GOOD, "call_1"), Call("send_response", GOOD, "call_1"))))
    assert (await decide(an_endpoint(double, api))).outcome is Outcome.ANSWER


@APIS
@pytest.mark.parametrize(
    "rule", [Rule(status=500, times=None), Rule(body="", times=None), Rule(status=401, times=None)]
)
async def test_an_endpoint_that_fails_after_a_miss_was_said_is_a_failure_and_no_miss(
    double: OpenAIDouble, api: Api, rule: Rule
) -> None:
    gone = {"reason": "not_found", "summary": "Nothing fits.", "draft": None}
    double.mind.plan(calls("escalate_to_human", gone))
    double.script.add(Rule(), rule)
    with pytest.raises(ModelFailed):
        await decide(an_endpoint(double, api, retries=0), attempt=MAX_ATTEMPTS)
    assert len(double.journal.requests()) == 2


@APIS
async def test_the_last_attempt_that_fails_after_a_miss_was_said_is_told_as_a_failure(
    double: OpenAIDouble, api: Api
) -> None:
    double.mind.plan(calls("escalate_to_human", {"reason": "not_found", "summary": "Nothing fits.", "draft": None}))
    double.script.add(Rule(), Rule(status=400))
    handed_over(await decide(an_endpoint(double, api), attempt=MAX_ATTEMPTS))
    assert len(double.journal.requests()) == 2


@APIS
@pytest.mark.parametrize("rule", [Rule(content_type="text/plain"), Rule(content_type="text/event-stream")])
async def test_a_right_answer_of_a_wrong_type_is_an_answer(double: OpenAIDouble, api: Api, rule: Rule) -> None:
    double.script.add(rule)
    double.mind.plan(SENT)
    assert (await decide(an_endpoint(double, api))).outcome is Outcome.ANSWER


async def test_no_choices_are_no_answer_and_no_output_is_a_model_that_says_nothing(double: OpenAIDouble) -> None:
    double.script.add(Rule(nothing=True, times=2))
    with pytest.raises(ModelFailed) as failed:
        await decide(an_endpoint(double, Api.CHAT_COMPLETIONS))
    assert (failed.value.reason, failed.value.retryable) == (ModelFault.UNUSABLE, True)
    handed_over(await decide(an_endpoint(double, Api.RESPONSES)))
    assert len(double.journal.requests()) == 2


def test_every_reason_has_a_fault() -> None:
    assert {fault.reason for fault in FAULTS.values()} == set(ModelFault)
    assert json.loads(json.dumps(list(ModelFault))) == [str(reason) for reason in ModelFault]
