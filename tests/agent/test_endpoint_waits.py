"""Further requests of one run: bounded in number and time, spread by chance, as the provider asks."""

import asyncio
import math
from collections.abc import AsyncIterator

import pytest
from doubles.openai.double import OpenAIDouble
from doubles.openai.misbehaviour import Rule
from endpoint_world import SENT, an_endpoint, decide

from fte_agent.domain.turns import Outcome
from fte_agent.errors import ModelFailed, ModelFault
from fte_agent.sdk.endpoint import Api
from fte_agent.sdk.retries import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, wait_seconds

pytestmark = pytest.mark.slow

DEADLINE = 30.0
APIS = pytest.mark.parametrize("api", list(Api))


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        double.mind.plan(SENT)
        yield double


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fte_agent.sdk.retries.FIRST_WAIT_SECONDS", 0.0)


def test_waits_double_up_to_the_longest_and_half_of_each_is_chance() -> None:
    for attempt in range(1, 12):
        full = min(FIRST_WAIT_SECONDS * 2 ** (attempt - 1), LONGEST_WAIT_SECONDS)
        waits = [wait_seconds(attempt, None) for _ in range(200)]
        assert all(wait is not None and full / 2 <= wait <= full for wait in waits)
        assert len(set(waits)) > 100


def test_a_provider_is_waited_for_as_it_asks_up_to_the_longest() -> None:
    for asked in (0.0, 1.0, LONGEST_WAIT_SECONDS):
        wait = wait_seconds(1, asked)
        assert wait is not None and asked < wait <= asked + FIRST_WAIT_SECONDS
    assert [wait_seconds(1, asked) for asked in (LONGEST_WAIT_SECONDS + 0.1, 3600.0, math.inf)] == [None] * 3
    assert wait_seconds(1, math.nan) is not None


@APIS
@pytest.mark.parametrize(
    "rule",
    [
        Rule(status=429, code="rate_limit_exceeded", retry_after="0.01"),
        Rule(status=503),
        Rule(cut="reset"),
        Rule(cut="half"),
        Rule(error="server_error"),
    ],
    ids=["limited", "away", "reset", "half", "failed"],
)
@pytest.mark.usefixtures("no_waits")
async def test_what_passes_is_asked_again_within_the_run(double: OpenAIDouble, api: Api, rule: Rule) -> None:
    double.script.add(rule)
    double.mind.plan(SENT)
    assert (await decide(an_endpoint(double, api))).outcome is Outcome.ANSWER
    assert len(double.journal.requests()) == 2


@APIS
@pytest.mark.usefixtures("no_waits")
async def test_an_answer_that_hangs_is_asked_for_again(double: OpenAIDouble, api: Api) -> None:
    double.script.add(Rule(cut="hang"))
    async with asyncio.timeout(DEADLINE):
        decision = await decide(an_endpoint(double, api, request_timeout_seconds=2.0))
    assert (decision.outcome, double.journal.decisions()) == (Outcome.ANSWER, ["hang", "answered"])


@APIS
@pytest.mark.parametrize("retries", [0, 1, 4])
@pytest.mark.usefixtures("no_waits")
async def test_further_requests_are_counted(double: OpenAIDouble, api: Api, retries: int) -> None:
    double.script.add(Rule(status=503, times=None))
    with pytest.raises(ModelFailed):
        await decide(an_endpoint(double, api, retries=retries))
    assert len(double.journal.requests()) == retries + 1


@APIS
async def test_a_run_ends_in_time_though_each_request_had_more(double: OpenAIDouble, api: Api) -> None:
    double.script.add(Rule(cut="hang", times=None))
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(ModelFailed) as failed:
            await decide(an_endpoint(double, api, request_timeout_seconds=600.0), seconds=0.5)
    assert (failed.value.reason, failed.value.retryable) == (ModelFault.TIMEOUT, True)


@APIS
async def test_a_wait_that_would_outlast_the_run_is_not_begun(double: OpenAIDouble, api: Api) -> None:
    double.script.add(Rule(status=429, retry_after="7", times=None))
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(ModelFailed) as failed:
        await decide(an_endpoint(double, api), seconds=6.0)
    assert loop.time() - started < 7
    assert (failed.value.reason, len(double.journal.requests())) == (ModelFault.RATE_LIMITED, 1)
