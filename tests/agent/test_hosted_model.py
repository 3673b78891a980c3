"""The model that a behaviour names: chosen in one place, asked as its document says, its key checked without a turn."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doubles.openai.conversation import Answer, Call
from doubles.openai.double import KEY, OpenAIDouble
from doubles.openai.journal import key_mark
from doubles.openai.misbehaviour import Rule
from endpoint_world import MODEL, QUESTION, ports_of
from ports import free_port
from sdk_doubles import COMPANY

from fte_agent.composition import ChosenModel, ModelAccess, build_model, build_turn_ports
from fte_agent.domain.behaviour import Behaviour, HostedModel, Policy, Prices, Verifier
from fte_agent.domain.budget import Grant, cost
from fte_agent.domain.turns import Decision, Outcome, Usage
from fte_agent.errors import ModelFailed, ModelFault, ToolFailed
from fte_agent.escalation.rules import parse_rules
from fte_agent.knowledge.memory import InMemoryKnowledge
from fte_agent.sdk.endpoint import Api, Capabilities
from fte_agent.sdk.hosted import endpoint_of
from fte_agent.sdk.messages import Preload
from fte_agent.testing import FixedClock, FixedHistory, FixedSearch, WordClassifier, a_context, a_passage
from fte_agent.turn.decide import run_turn
from fte_agent.turn.purse import Purse, paying
from fte_agent.turn.tools import Wording

OTHER = "gpt-4o-mini"
RULES = Path(__file__).resolve().parents[2] / "context" / "escalation-rules.md"


def a_behaviour(base_url: str = "https://models.example/v1", provider: str = "OpenAICompatible", **changes: Any):
    told = {
        "base_url": base_url,
        "api": "ChatCompletions",
        "max_output_tokens": 700,
        "store": False,
        "parallel_tool_calls": True,
        "tool_choice": True,
        "preload": "Calls",
    }
    return Behaviour("r", COMPANY, provider, MODEL, None, endpoint=HostedModel(**told | changes))


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


async def checked(double: OpenAIDouble, key: str = KEY, url: str | None = None) -> None:
    async with build_model(a_behaviour(url or double.base_url), ModelAccess(key, 15)) as chosen:
        assert chosen.check is not None
        await chosen.check()


async def refused(double: OpenAIDouble, **changes: Any) -> ModelFault:
    with pytest.raises(ModelFailed) as caught:
        await checked(double, **changes)
    return caught.value.reason


def test_a_behaviour_without_an_endpoint_is_offline_s_and_costs_no_sdk():
    script = (
        "import asyncio, sys; from fte_agent.composition import build_model;"
        "from fte_agent.domain.behaviour import Behaviour, Company\n"
        "async def main():\n"
        "    async with build_model(Behaviour('r', Company('N'), 'Offline', 'offline', None)) as chosen:\n"
        "        assert (chosen.model.name[:7], chosen.check, chosen.secrets) == ('offline', None, ()), chosen\n"
        "        assert not {'agents', 'openai'} & sys.modules.keys()\n"
        "asyncio.run(main())"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


async def test_a_hosted_model_without_a_key_is_refused():
    with pytest.raises(ValueError, match="needs a key"):
        async with build_model(a_behaviour()):
            pass


@pytest.mark.parametrize("api", ["Responses", "ChatCompletions"])
async def test_a_turn_is_played_by_the_endpoint_that_the_behaviour_names(double: OpenAIDouble, api: str):
    behaviour = a_behaviour(double.base_url, api=api, store=True, tool_choice=False)
    async with build_model(behaviour, ModelAccess(KEY, 15)) as chosen:
        decision = await run_turn(a_context(QUESTION, subject="Export"), ports_of(chosen.model))
    assert decision.model == MODEL
    (body, *_) = double.journal.bodies("responses" if api == "Responses" else "chat")
    assert (body["store"], body["parallel_tool_calls"]) == (False, False)
    assert "tool_choice" not in body
    assert 700 in (body.get("max_tokens"), body.get("max_output_tokens"))
    assert double.journal.keys() == {key_mark(KEY)}


@pytest.mark.parametrize(
    ("changes", "able"),
    [
        ({"store": True}, {"store": True}),
        ({"parallel_tool_calls": False}, {"parallel_tool_calls": False}),
        ({"tool_choice": False}, {"tool_choice": False}),
        ({"preload": "Message"}, {"preload": Preload.MESSAGE}),
        ({"provider": "OpenAI"}, {"prompt_cache_key": True, "max_completion_tokens": True}),
    ],
)
def test_every_word_of_the_behaviour_reaches_the_endpoint(changes: dict[str, Any], able: dict[str, Any]):
    behaviour = a_behaviour(**changes)
    assert behaviour.endpoint is not None
    made = endpoint_of(behaviour, behaviour.endpoint, api_key=KEY, request_timeout_seconds=7)
    assert made.capabilities == Capabilities(**{"store": False} | able)
    assert (made.base_url, made.model, made.api) == ("https://models.example/v1", MODEL, Api.CHAT_COMPLETIONS)
    assert (made.max_output_tokens, made.request_timeout_seconds) == (700, 7)


SAID = {"sentences": [{"text": "Settings hold the export.", "supports": ["a.1", "a.2"]}]}
VERDICT = Call("report_verdicts", {"verdicts": [{"number": 1, "verdict": "supported"}]})


async def grounded(double: OpenAIDouble, verdict: Call, policy: Policy, **hosted: Any) -> tuple[Decision, list[str]]:
    """The decision of an employee by ``policy``, and the models that were asked for it, in order."""
    double.mind.plan(Answer((Call("send_response", SAID),)), Answer((verdict,)), about="How")
    double.mind.plan(Answer((verdict,)), about="approved")
    behaviour = replace(a_behaviour(double.base_url, **hosted), policy=policy)
    async with build_model(behaviour, ModelAccess(KEY, 15)) as chosen:
        ports = await build_turn_ports(
            behaviour,
            parse_rules(RULES.read_text(encoding="utf-8")),
            chosen,
            knowledge=InMemoryKnowledge(),
            customers=FixedHistory(),
            clock=FixedClock(),
        )
        found = FixedSearch([a_passage("Open Settings. Choose Export.")])
        ports = replace(ports, search=found, classifier=WordClassifier())
        decision = await run_turn(a_context("How can I export?"), ports)
    return decision, [str(body["model"]) for body in double.journal.bodies("chat")]


async def test_grounded_is_reached_by_the_policy_and_read_by_its_verifier(double: OpenAIDouble):
    decision, asked = await grounded(double, VERDICT, Policy("Grounded", Verifier(OTHER)))
    assert (decision.outcome, asked) == (Outcome.ANSWER, [MODEL, OTHER])
    assert (decision.text or "").startswith("Settings hold the export.")


async def test_without_another_one_the_model_itself_reads_its_grounded_reply(double: OpenAIDouble):
    assert (await grounded(double, VERDICT, Policy("Grounded")))[1] == [MODEL, MODEL]


PRICES, CHEAP = Prices(2_500_000, 1_250_000, 10_000_000), Prices(150_000, 75_000, 600_000)


@pytest.mark.parametrize(("own", "price"), [(CHEAP, CHEAP), (None, PRICES)])
async def test_the_second_reading_is_charged_at_its_reader_s_own_price(
    double: OpenAIDouble, own: Prices | None, price: Prices
):
    ceilings: list[int] = []

    async def reserve(spent: int, under_way: int, ceiling: int) -> Grant:
        ceilings.append(ceiling)
        return Grant.GRANTED

    with paying(purse := Purse(reserve)):
        decision, asked = await grounded(double, VERDICT, Policy("Grounded", Verifier(OTHER, own)), prices=PRICES)
    assert (decision.outcome, asked) == (Outcome.ANSWER, [MODEL, OTHER])
    used = [
        Usage(answer["input_tokens"], answer["output_tokens"], answer["cached_tokens"])
        for answer in double.journal.of("answer")
    ]
    first, second = (cost(*each) or 0 for each in zip((PRICES, price), used, strict=True))
    assert (purse.charge().model, purse.charge().known) == (first + second, True)
    assert second <= ceilings[1] and (ceilings[1] < ceilings[0] / 10 or own is None)


async def test_a_ledger_that_is_away_between_a_reply_and_its_reading_is_no_verdict(double: OpenAIDouble):
    class LedgerAway(Exception):
        retryable = True

    async def reserve(spent: int, under_way: int, ceiling: int) -> Grant:
        if spent:
            raise LedgerAway
        return Grant.GRANTED

    with paying(Purse(reserve)), pytest.raises(ToolFailed, match="LedgerAway") as failed:
        await grounded(double, VERDICT, Policy("Grounded", Verifier(OTHER)), prices=PRICES)
    assert failed.value.retryable


async def test_a_reply_that_its_reader_is_unsure_of_is_not_sent(double: OpenAIDouble):
    unsure = Call("report_verdicts", {"verdicts": [{"number": 1, "verdict": "unsure"}]})
    decision, _ = await grounded(double, unsure, Policy("Grounded"))
    assert decision.outcome is not Outcome.ANSWER
    assert "Settings hold" not in (decision.text or "")


async def test_verbatim_is_read_by_nobody(double: OpenAIDouble):
    async with build_model(a_behaviour(double.base_url), ModelAccess(KEY, 15)) as chosen:
        assert (chosen.wording, chosen.verifier) == (Wording.CHOSEN, None)


async def test_the_key_may_stand_in_no_reply(double: OpenAIDouble):
    async with build_model(a_behaviour(double.base_url), ModelAccess(KEY, 15)) as chosen:
        assert KEY not in repr(chosen)
        ports = await build_turn_ports(
            a_behaviour(),
            parse_rules(RULES.read_text(encoding="utf-8")),
            chosen,
            knowledge=InMemoryKnowledge(),
            customers=FixedHistory(),
            clock=FixedClock(),
        )
    assert ports.secrets == (KEY,) and ports.model is chosen.model


async def test_a_good_key_passes_and_costs_nothing(double: OpenAIDouble):
    await checked(double)
    assert [request["operation"] for request in double.journal.requests()] == ["models"]
    assert double.journal.tokens() == (0, 0)


async def test_a_wrong_key_is_told_and_stands_in_no_error(double: OpenAIDouble):
    with pytest.raises(ModelFailed) as caught:
        await checked(double, key="wrong-key-1234")
    assert caught.value.reason is ModelFault.CREDENTIALS
    assert "1234" not in str(caught.value) and caught.value.__cause__ is None


async def test_an_endpoint_that_is_not_there_or_hangs_is_told(double: OpenAIDouble, monkeypatch: pytest.MonkeyPatch):
    assert await refused(double, url=f"http://127.0.0.1:{free_port()}/v1") is ModelFault.UNAVAILABLE
    double.script.add(Rule(on="models", status=503), Rule(on="models", cut="hang"))
    assert await refused(double) is ModelFault.UNAVAILABLE
    monkeypatch.setattr("fte_agent.sdk.check.CHECK_SECONDS", 0.05)
    assert await refused(double) is ModelFault.TIMEOUT


@pytest.mark.parametrize(
    "rule",
    [
        Rule(on="models", status=404),
        Rule(on="models", status=405),
        Rule(on="models", status=403, message="not for this key"),
        Rule(on="models", status=401, message="You have insufficient permissions. Missing scopes: api.model.read."),
        Rule(on="models", status=429),
        Rule(on="models", status=302, location="/elsewhere"),
        Rule(on="models", body="<html>", content_type="text/html"),
    ],
    ids=lambda rule: f"{rule.status or 'page'}",
)
async def test_an_endpoint_that_keeps_its_list_of_models_says_nothing(double: OpenAIDouble, rule: Rule):
    double.script.add(rule)
    await checked(double)
    assert double.script.unused == []


async def test_a_key_that_is_known_to_be_wrong_is_told_whatever_its_status(double: OpenAIDouble):
    for status in (400, 403):
        double.script.add(Rule(on="models", status=status, code="invalid_api_key"))
        assert await refused(double) is ModelFault.CREDENTIALS
    double.script.add(Rule(on="models", status=429, code="insufficient_quota"))
    assert await refused(double) is ModelFault.QUOTA


async def test_a_key_that_an_endpoint_repeats_reaches_nobody(double: OpenAIDouble):
    double.mind.plan(*[Answer((Call("escalate_to_human", {"reason": "human", "summary": KEY, "draft": KEY}),))] * 3)
    async with build_model(a_behaviour(double.base_url), ModelAccess(KEY, 15)) as chosen:
        ports = replace(ports_of(chosen.model), secrets=chosen.secrets)
        decision = await run_turn(a_context(QUESTION), ports)
    assert decision.outcome is Outcome.ESCALATE
    assert KEY not in repr(decision.escalation)


def test_a_chosen_model_shows_no_secret():
    assert "hush" not in repr(ChosenModel(None, secrets=("hush",))) + repr(ModelAccess("hush", 1))  # type: ignore[arg-type]
