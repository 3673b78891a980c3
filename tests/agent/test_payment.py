"""What each request to an endpoint is charged, whatever the endpoint does, and what becomes of a turn without money."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from doubles.openai.conversation import Answer, Call, Text
from doubles.openai.double import OpenAIDouble
from doubles.openai.misbehaviour import Rule
from endpoint_world import QUESTION, SENT, an_endpoint, decide
from ports import free_port
from sdk_doubles import GOOD

from fte_agent.domain.behaviour import Prices
from fte_agent.domain.budget import Grant, cost
from fte_agent.domain.turns import Decision, Outcome, Reason, Usage
from fte_agent.errors import BudgetRefused, ModelFailed
from fte_agent.reply.templates import acknowledgement
from fte_agent.sdk.endpoint import Api, open_client
from fte_agent.sdk.usage import usage_in, usage_of
from fte_agent.turn.purse import Purse, Tariff, paying

PRICES = Prices(input=2_500_000, cached=1_250_000, output=10_000_000)
FREE = Prices(0, 0, 0)
APIS = pytest.mark.parametrize("api", list(Api))
FOUND = Answer((Call("search_knowledge_base", {"query": "export"}),))
WRONG = Answer((Call("send_response", GOOD | {"message": "You get 40 % off."}),))


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fte_agent.sdk.retries.FIRST_WAIT_SECONDS", 0.0)


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


@dataclass
class Book:
    """A ledger that gives the answers it is told to, the last one for ever, and remembers what it was asked."""

    grants: list[Grant] = field(default_factory=lambda: [Grant.GRANTED])
    asked: list[tuple[int, int, int]] = field(default_factory=list)

    async def reserve(self, spent: int, under_way: int, ceiling: int) -> Grant:
        self.asked.append((spent, under_way, ceiling))
        return self.grants.pop(0) if len(self.grants) > 1 else self.grants[0]

    @property
    def ceilings(self) -> int:
        return sum(ceiling for *_, ceiling in self.asked)


async def played(double: OpenAIDouble, book: Book, api: Api = Api.RESPONSES, **changes: Any) -> tuple[Decision, Purse]:
    purse = Purse(book.reserve)
    attempt = changes.pop("attempt", 1)
    with paying(purse):
        return await decide(an_endpoint(double, api, **{"prices": PRICES} | changes), attempt=attempt), purse


async def failed(double: OpenAIDouble, book: Book, **changes: Any) -> Purse:
    purse = Purse(book.reserve)
    with paying(purse), pytest.raises(ModelFailed):
        await decide(an_endpoint(double, prices=PRICES, **changes))
    return purse


def told(double: OpenAIDouble) -> Usage:
    """What the double says that all its answers used."""
    total = Usage(0, 0)
    for answer in double.journal.of("answer"):
        total = total.plus(Usage(answer["input_tokens"], answer["output_tokens"], answer["cached_tokens"]))
    return total


@APIS
async def test_a_request_is_reserved_at_its_ceiling_and_charged_what_the_endpoint_says(
    double: OpenAIDouble, api: Api
) -> None:
    book = Book()
    double.mind.plan(SENT)
    decision, purse = await played(double, book, api)
    ((spent, under_way, ceiling),) = book.asked
    assert (spent, under_way, decision.outcome) == (0, 0, Outcome.ANSWER)
    charge = purse.charge()
    assert (charge.usage, charge.known, charge.reserved) == (told(double), True, True)
    assert charge.cost == charge.model == cost(PRICES, told(double))
    assert 0 < charge.model <= ceiling


@APIS
async def test_what_was_in_the_endpoint_s_cache_costs_less(double: OpenAIDouble, api: Api) -> None:
    book = Book()
    double.mind.plan(SENT, SENT)
    await played(double, book, api)
    decision, purse = await played(double, book, api)
    (_, answer) = double.journal.of("answer")
    used = Usage(answer["input_tokens"], answer["output_tokens"], answer["cached_tokens"])
    assert answer["cached_tokens"] > 0
    assert decision.usage == used
    assert (
        purse.charge().model == cost(PRICES, used) < (cost(PRICES, Usage(used.input_tokens, used.output_tokens)) or 0)
    )


async def test_each_request_of_a_turn_is_reserved_beside_what_the_earlier_ones_have_cost(double: OpenAIDouble) -> None:
    book = Book()
    double.mind.plan(FOUND, WRONG, SENT)
    decision, purse = await played(double, book)
    assert decision.outcome is Outcome.ANSWER
    spent = [asked[0] for asked in book.asked]
    assert len(spent) == 3 and spent == sorted(set(spent))
    assert purse.charge().usage == told(double)
    assert purse.charge().model >= spent[-1]


@APIS
async def test_an_answer_without_usage_is_charged_at_its_ceiling_and_stays_unknown(
    double: OpenAIDouble, api: Api
) -> None:
    book = Book()
    double.script.add(Rule(usage=False))
    double.mind.plan(SENT)
    _, purse = await played(double, book, api)
    charge = purse.charge()
    assert (charge.model, charge.known, charge.cost) == (book.ceilings, False, None)
    assert charge.usage.total is None


async def test_one_unknown_request_among_known_ones_is_charged_alone_at_its_ceiling(double: OpenAIDouble) -> None:
    book = Book()
    double.script.add(Rule(usage=False))
    double.mind.plan(FOUND, SENT)
    _, purse = await played(double, book)
    (_, second) = double.journal.of("answer")
    known = cost(PRICES, Usage(second["input_tokens"], second["output_tokens"], second["cached_tokens"]))
    assert purse.charge().model == book.asked[0][2] + (known or 0)


REFUSED = {
    "a wrong key": Rule(status=401, times=None),
    "too many requests": Rule(status=429, times=None),
    "an error of its own": Rule(status=500, times=None),
    "away": Rule(status=503, times=None),
    "an error with status 200": Rule(error="server_error", times=None),
    "a redirect": Rule(status=307, location="/v1/elsewhere", times=None),
}
UNKNOWN = {
    "no answer": Rule(cut="hang", times=None),
    "a reset": Rule(cut="reset", times=None),
    "half an answer": Rule(cut="half", times=None),
    "a page with status 200": Rule(body="<html></html>", times=None),
    "an empty body": Rule(body="", times=None),
    "a proxy that gave up": Rule(status=504, times=None),
    "too slow for itself": Rule(status=408, times=None),
}


@pytest.mark.parametrize("rule", REFUSED.values(), ids=REFUSED.keys())
async def test_what_the_endpoint_refuses_costs_nothing(double: OpenAIDouble, rule: Rule) -> None:
    book = Book()
    double.script.add(rule)
    charge = (await failed(double, book)).charge()
    assert book.asked
    assert (charge.model, charge.known, charge.usage) == (0, True, Usage(0, 0))


@pytest.mark.parametrize("rule", UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_a_request_of_which_nobody_knows_is_charged_at_its_ceiling(double: OpenAIDouble, rule: Rule) -> None:
    book = Book()
    double.script.add(rule)
    charge = (await failed(double, book, request_timeout_seconds=0.3)).charge()
    assert (charge.model, charge.known) == (book.ceilings, False)
    assert charge.usage.total is None


async def test_a_request_that_never_left_costs_nothing(double: OpenAIDouble) -> None:
    book = Book()
    purse = await failed(double, book, base_url=f"http://127.0.0.1:{free_port()}/v1")
    assert book.asked
    assert (purse.charge().model, purse.charge().known) == (0, True)


async def test_a_refusal_and_a_cut_answer_cost_what_they_used(double: OpenAIDouble) -> None:
    book = Book()
    double.mind.plan(Answer((Text("I cannot.", refusal=True),)))
    _, purse = await played(double, book)
    assert purse.charge().cost == cost(PRICES, told(double))
    double.mind.plan(Answer((Text("Half of"),), finish="length"))
    purse = await failed(double, Book(), retries=0)
    (*_, last) = double.journal.of("answer")
    used = Usage(last["input_tokens"], last["output_tokens"], last["cached_tokens"])
    assert purse.charge().cost == cost(PRICES, used)


@APIS
async def test_without_money_no_request_is_made_and_a_person_answers(double: OpenAIDouble, api: Api) -> None:
    decision, purse = await played(double, Book([Grant.SPENT]), api)
    assert double.journal.decisions() == []
    assert (decision.outcome, acknowledgement(Reason.BUDGET) in (decision.text or "")) == (
        Outcome.ACKNOWLEDGE_CAP,
        True,
    )
    assert decision.escalation is not None
    assert decision.escalation.reason is Reason.BUDGET
    assert (purse.charge().model, purse.charge().reserved, purse.charge().cost) == (0, False, 0)


async def test_money_that_ends_within_a_turn_ends_the_turn_honestly(double: OpenAIDouble) -> None:
    double.mind.plan(WRONG, SENT)
    decision, purse = await played(double, Book([Grant.GRANTED, Grant.SPENT]))
    assert double.journal.decisions() == ["answered"]
    assert (decision.outcome, acknowledgement(Reason.BUDGET) in (decision.text or "")) == (
        Outcome.ACKNOWLEDGE_CAP,
        True,
    )
    assert purse.charge().cost == cost(PRICES, told(double))


@pytest.mark.parametrize("attempt", [1, 5])
async def test_while_others_may_need_what_is_left_the_turn_waits(double: OpenAIDouble, attempt: int) -> None:
    with pytest.raises(BudgetRefused) as refused:
        await played(double, Book([Grant.BUSY]), attempt=attempt)
    assert refused.value.retryable
    assert double.journal.decisions() == []


async def test_whose_share_is_used_up_is_answered_by_a_person_who_reads_that(double: OpenAIDouble) -> None:
    decision, _ = await played(double, Book([Grant.SHARE]))
    assert (decision.outcome, double.journal.decisions()) == (Outcome.ACKNOWLEDGE_CAP, [])
    assert decision.escalation is not None
    assert (decision.escalation.reason, "share" in decision.escalation.summary) == (Reason.BUDGET, True)


class LedgerAway(Exception):
    retryable = True


@APIS
async def test_a_ledger_that_is_away_is_told_as_it_is_and_not_as_a_fault_of_the_endpoint(
    double: OpenAIDouble, api: Api
) -> None:
    async def reserve(*amounts: int) -> Grant:
        raise LedgerAway("gone")

    with paying(Purse(reserve)), pytest.raises(LedgerAway, match="gone"):
        await decide(an_endpoint(double, api, prices=PRICES), attempt=9)
    assert double.journal.decisions() == []


async def test_without_prices_nothing_is_reserved_and_the_cost_is_unknown(double: OpenAIDouble) -> None:
    book = Book([Grant.SPENT])
    double.mind.plan(SENT)
    decision, purse = await played(double, book, prices=None)
    assert (decision.outcome, book.asked) == (Outcome.ANSWER, [])
    assert (purse.charge().cost, purse.charge().reserved, purse.charge().usage) == (None, False, told(double))


async def test_a_model_that_costs_nothing_is_known_to(double: OpenAIDouble) -> None:
    double.mind.plan(SENT)
    _, purse = await played(double, Book(), prices=FREE)
    assert purse.charge().cost == 0


@pytest.mark.parametrize(
    ("tokens", "price", "charged", "known"),
    [(100, 20_000, 2, True), (None, 20_000, 80, False), (100, None, 0, False), (None, None, 0, False), (7, 0, 0, True)],
)
def test_what_embeds_is_charged_without_a_reservation_and_apart(
    tokens: int | None, price: int | None, charged: int, known: bool
) -> None:
    book = Book([Grant.SPENT])
    purse = Purse(book.reserve)
    purse.embedded(tokens, 4000, price)
    charge = purse.charge()
    assert (book.asked, charge.model, charge.embedding, charge.known) == ([], 0, charged, known)
    assert (charge.reserved, charge.usage) == (False, Usage(0, 0))


async def test_what_is_asked_beside_a_model_is_not_taken_for_a_request_to_one(double: OpenAIDouble) -> None:
    book = Book([Grant.SPENT])
    purse = Purse(book.reserve)
    endpoint = an_endpoint(double, prices=PRICES)
    with paying(purse):
        async with open_client(endpoint, lambda _: None) as client:
            await client.models.list()
            await client.embeddings.create(model="text-embedding-3-small", input=["x"], encoding_format="float")
    assert double.journal.decisions() == ["answered"] * 2
    assert (book.asked, purse.charge().cost) == ([], 0)


async def test_a_request_still_under_way_is_charged_at_its_ceiling() -> None:
    purse = Purse(Book().reserve)
    await purse.open(1000, Tariff(PRICES, 100))
    assert (purse.charge().model, purse.charge().known) == (3500, False)


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        ({"input_tokens": 5, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 3}}, Usage(5, 2, 3)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}, Usage(5, 2, 3)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": None}, Usage(5, 2)),
        ({"prompt_tokens": 5}, Usage(5, None)),
        ({"input_tokens": -1, "output_tokens": 2}, Usage(None, 2)),
        ({"input_tokens": True, "output_tokens": 2.5}, Usage()),
        ({"input_tokens": 10**18, "output_tokens": 2}, Usage(None, 2)),
        (None, Usage()),
        ([1], Usage()),
    ],
)
def test_usage_is_read_in_the_words_of_either_api(raw: object, usage: Usage) -> None:
    assert usage_of(raw) == usage


@pytest.mark.parametrize("body", [None, b"", b"[" * 100_000, b"null", b'{"usage": 3}', b"9" * 10_000])
def test_a_body_that_says_nothing_of_usage_is_unknown(body: bytes | None) -> None:
    assert usage_in(body) == Usage()


async def test_a_question_s_words_are_the_same_with_a_purse_and_without(double: OpenAIDouble) -> None:
    double.mind.plan(SENT, SENT)
    await played(double, Book())
    await decide(an_endpoint(double))
    one, other = double.journal.bodies("responses")
    assert one == other and QUESTION in str(one)
