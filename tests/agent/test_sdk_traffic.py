"""Turns through the real SDK whose traffic is recorded and played again: the same requests, the same decisions."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from doubles.openai.double import KEY, OpenAIDouble
from doubles.openai.misbehaviour import Rule
from endpoint_world import QUESTION, SENT, an_endpoint, ports_of
from sdk_doubles import COMPANY

from fte_agent.domain.turns import Decision, TurnContext
from fte_agent.errors import ModelFailed, ModelFault
from fte_agent.evaluation.plan import Play, playing
from fte_agent.evaluation.traffic import Exchange, Recorder, Replayer
from fte_agent.sdk.endpoint import Api, Endpoint, open_model
from fte_agent.sdk.traffic import NoAnswer, Traffic
from fte_agent.testing import FixedSearch, a_context
from fte_agent.turn.decide import run_turn

APIS = pytest.mark.parametrize("api", list(Api))
PLAY = Play("ticket", 1)


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


async def decided(endpoint: Endpoint, traffic: Traffic, context: TurnContext | None = None, **ports: Any) -> Decision:
    playing.set(str(PLAY))
    context = context or a_context(QUESTION, subject="Export")
    async with open_model(endpoint, company=COMPANY, traffic=traffic) as model:
        decision = await run_turn(context, replace(ports_of(model), **ports))
    return replace(decision, tool_calls=(), model_ms=0, total_ms=0)


async def recorded(
    double: OpenAIDouble, api: Api = Api.RESPONSES, context: TurnContext | None = None, **ports: Any
) -> tuple[Decision, list[Exchange]]:
    recorder = Recorder([KEY])
    decision = await decided(an_endpoint(double, api), recorder, context, **ports)
    return decision, list(recorder.take(PLAY))


@APIS
async def test_a_recorded_turn_is_decided_the_same_without_its_endpoint_and_key(double: OpenAIDouble, api: Api) -> None:
    decision, exchanges = await recorded(double, api, search=FixedSearch())
    assert len(exchanges) == 2
    asked = len(double.journal.requests())
    endpoint = an_endpoint(double, api, api_key="none", base_url="http://elsewhere.example/v1")
    assert await decided(endpoint, Replayer({str(PLAY): exchanges}), search=FixedSearch()) == decision
    assert len(double.journal.requests()) == asked


@APIS
async def test_the_same_ticket_makes_the_same_requests_at_any_time(double: OpenAIDouble, api: Api) -> None:
    context = a_context(QUESTION, subject="Export")
    later = [replace(message, occurred_at=message.occurred_at + timedelta(days=400)) for message in context.burst]
    runs = [await recorded(double, api, each) for each in (context, replace(context, burst=tuple(later)))]
    digests = [[asked for asked, _ in exchanges] for _, exchanges in runs]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 2, "the second holds the call that the model made first, and its name for it"


_ONCE = """
import asyncio, sys
from doubles.openai.double import OpenAIDouble
from test_sdk_traffic import recorded
async def main():
    async with OpenAIDouble() as double:
        print(*[asked for asked, _ in (await recorded(double))[1]])
asyncio.run(main())
"""


async def test_the_same_ticket_makes_the_same_requests_in_another_process(double: OpenAIDouble) -> None:
    folders = [*filter(None, sys.path), str(Path(__file__).parent)]
    program = f"import sys; sys.path[:0] = {folders!r}\n{_ONCE}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, env={"PYTHONHASHSEED": "1"}
    )
    told, _ = await process.communicate()
    assert told.decode().split() == [asked for asked, _ in (await recorded(double))[1]]


async def test_another_question_is_another_request(double: OpenAIDouble) -> None:
    one, other = [(await recorded(double, context=a_context(text)))[1] for text in (QUESTION, "And how do I import?")]
    assert one[0][0] != other[0][0]


async def test_a_request_that_is_not_recorded_fails_at_once_and_names_nobody(double: OpenAIDouble) -> None:
    replayer = Replayer({})
    with pytest.raises(ModelFailed) as raised:
        await decided(an_endpoint(double), replayer)
    assert raised.value.reason is ModelFault.UNUSABLE
    assert replayer.missing == {str(PLAY)}
    assert double.journal.requests() == []


@APIS
@pytest.mark.parametrize(
    "rule",
    [
        Rule(status=429, retry_after="0"),
        Rule(status=500),
        Rule(cut="reset"),
    ],
    ids=lambda rule: str(rule.status or rule.cut),
)
async def test_a_request_made_once_more_is_replayed_once_more(double: OpenAIDouble, api: Api, rule: Rule) -> None:
    double.script.add(rule)
    double.mind.plan(SENT)
    decision, exchanges = await recorded(double, api)
    assert len(exchanges) == 2
    replayer = Replayer({str(PLAY): exchanges})
    assert await decided(an_endpoint(double, api), replayer) == decision
    assert replayer.missing == set()


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule(status=401, times=None), ModelFault.CREDENTIALS),
        (Rule(body="<html>", content_type="text/html", times=None), ModelFault.UNUSABLE),
        (Rule(padding=2_000_000, times=None), ModelFault.UNUSABLE),
        (Rule(cut="close", times=None), ModelFault.UNAVAILABLE),
    ],
    ids=["key", "page", "long", "closed"],
)
async def test_a_failure_is_replayed_as_the_same_failure(double: OpenAIDouble, rule: Rule, reason: ModelFault) -> None:
    double.script.add(rule)
    recorder = Recorder([KEY])
    with pytest.raises(ModelFailed) as raised:
        await decided(an_endpoint(double, retries=0), recorder)
    assert raised.value.reason is reason
    with pytest.raises(ModelFailed) as raised:
        await decided(an_endpoint(double, retries=0), Replayer({str(PLAY): recorder.take(PLAY)}))
    assert raised.value.reason is reason


async def test_no_answer_in_time_is_kept_as_such(double: OpenAIDouble) -> None:
    double.script.add(Rule(cut="hang", times=None))
    recorder = Recorder([KEY])
    with pytest.raises(ModelFailed):
        await decided(an_endpoint(double, retries=0, request_timeout_seconds=0.3), recorder)
    assert [answer.fault for _, answer in recorder.take(PLAY)] == [NoAnswer.TIMEOUT]


async def test_a_recording_of_an_endpoint_that_repeats_the_key_is_without_it(double: OpenAIDouble) -> None:
    double.script.add(Rule(status=401, echo=True, times=None))
    recorder = Recorder([KEY])
    with pytest.raises(ModelFailed):
        await decided(an_endpoint(double), recorder)
    kept = repr(recorder.take(PLAY))
    assert "[key]" in kept
    assert KEY not in kept
