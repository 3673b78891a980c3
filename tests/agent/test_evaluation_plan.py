"""Tickets played several times, several at a time, with what is known already and with a model that fails."""

import asyncio
import json

import pytest

from fte_agent.domain.behaviour import Company
from fte_agent.domain.turns import Outcome, Reason, Usage
from fte_agent.errors import ModelFailed, ModelFault
from fte_agent.evaluation.plan import ENOUGH, Patience, Plan, Play
from fte_agent.evaluation.play import NoCustomers, play
from fte_agent.evaluation.record import Ending, Played, Record
from fte_agent.evaluation.suite import SuiteTicket
from fte_agent.testing import FixedClock, FixedSearch, WordClassifier, a_passage
from fte_agent.turn.decide import TurnPorts

PASSAGE = a_passage("Choose Export.", uri="docs/help.md#export")
REPLY = {"message": "Choose Export.", "citations": [PASSAGE.section.uri]}
URIS = frozenset({PASSAGE.section.uri})
SILENT = Played(Ending(Outcome.SILENCE))


class Model:
    """Answers, or fails as it is told for the tickets named; counts who works at a time."""

    name, prompt_version = "double", "1"

    def __init__(self, **faults: list[ModelFault | None]) -> None:
        self.faults = faults
        self.asked: list[str] = []
        self.at_once = self.most = 0

    async def run(self, request, tools):
        subject = request.context.subject
        self.asked.append(subject)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        left = self.faults.get(subject)
        if left and (fault := left.pop(0)) is not None:
            raise ModelFailed("broken", retryable=True, reason=fault)
        await tools.invoke("send_response", json.dumps(REPLY))
        return Usage(10, 5)


def tickets(*names: str) -> list[SuiteTicket]:
    given = {"channel": "email", "messages": ["How?"], "outcome": "answer", "accepted_sections": ["help.md#export"]}
    return [SuiteTicket.model_validate_json(json.dumps(given | {"id": n, "subject": n})) for n in names]


async def played(model: Model, names: str, plan: Plan, *, without: bool = False) -> list[Record]:
    ports = TurnPorts(
        company=Company("Acme"),
        customers=NoCustomers(),
        search=FixedSearch([PASSAGE]),
        model=model,
        classifier=WordClassifier(),
        clock=FixedClock(),
    )
    hidden = (lambda uris: FixedSearch([])) if without else None
    return await play(tickets(*names), dict.fromkeys(names, URIS), ports, hidden, plan)


def patient(waits: list[float] | None = None) -> Patience:
    async def pause(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)

    return Patience(pause=pause)


async def test_every_ticket_is_played_as_often_as_the_plan_says_round_by_round():
    model, kept = Model(), []
    records = await played(model, "ab", Plan(repeats=3, keep=lambda which, _: kept.append(str(which))))
    assert model.asked == ["a", "b"] * 3
    assert kept == ["a/1", "b/1", "a/2", "b/2", "a/3", "b/3"]
    assert [[play.outcome for play in record.plays] for record in records] == [[Outcome.ANSWER] * 3] * 2


async def test_without_its_sections_a_ticket_is_played_in_the_first_round_alone():
    model, kept = Model(), {}
    await played(model, "a", Plan(repeats=2, keep=kept.__setitem__), without=True)
    assert [each.removed is None for each in kept.values()] == [False, True]
    assert model.asked == ["a"] * 4, "without its section the reply is refused, and repaired in vain"


@pytest.mark.parametrize("at_once", [1, 3])
async def test_so_many_turns_run_at_a_time_and_no_more(at_once):
    model = Model()
    await played(model, "abcdefg", Plan(concurrency=at_once))
    assert model.most == at_once
    assert sorted(model.asked) == list("abcdefg")


async def test_what_is_known_is_not_played_again():
    model = Model()
    known = {Play("a", 1): SILENT, Play("b", 2): SILENT}
    a, b = await played(model, "ab", Plan(repeats=2, known=known))
    assert model.asked == ["b", "a"]
    assert [play.outcome for play in a.plays] == [Outcome.SILENCE, Outcome.ANSWER]
    assert [play.outcome for play in b.plays] == [Outcome.ANSWER, Outcome.SILENCE]


async def test_a_ticket_counts_by_its_worst_play():
    (record,) = await played(Model(), "a", Plan(repeats=2, known={Play("a", 2): SILENT}))
    assert (record.ending.outcome, record.correct) == (Outcome.SILENCE, False)


async def test_a_fault_that_passes_is_waited_for():
    waits: list[float] = []
    model = Model(a=[ModelFault.RATE_LIMITED, ModelFault.TIMEOUT])
    (record,) = await played(model, "a", Plan(patience=patient(waits)))
    assert (record.ending.outcome, model.asked, waits) == (Outcome.ANSWER, ["a"] * 3, [5.0, 20.0])


async def test_a_ticket_that_no_patience_helps_is_overdue_at_an_unknown_cost_and_the_rest_is_played():
    a, b = await played(Model(a=[ModelFault.TIMEOUT] * 9), "ab", Plan(patience=patient()))
    assert (a.ending.outcome, a.ending.reason, a.ending.usage) == (Outcome.ESCALATE, Reason.OVERDUE, Usage())
    assert b.ending.outcome is Outcome.ANSWER


async def test_so_many_such_tickets_in_a_row_end_the_run():
    names = "abcdefg"[: ENOUGH + 1]
    model = Model(**{name: [ModelFault.UNAVAILABLE] * 9 for name in names})
    with pytest.raises(ModelFailed):
        await played(model, names, Plan(patience=patient()))
    assert set(model.asked) == set(names[:ENOUGH])


async def test_a_success_between_them_does_not():
    model = Model(**{name: [ModelFault.TIMEOUT] * 9 for name in "abde"})
    records = await played(model, "abcde", Plan(patience=patient()))
    assert [record.ending.reason for record in records].count(Reason.OVERDUE) == 4


@pytest.mark.parametrize("fault", [ModelFault.CREDENTIALS, ModelFault.QUOTA, ModelFault.MISCONFIGURED])
async def test_what_no_wait_mends_ends_the_run_at_once_and_keeps_what_was_played(fault):
    model, kept = Model(b=[fault]), []
    with pytest.raises(ModelFailed) as raised:
        await played(model, "abc", Plan(patience=patient(), keep=lambda which, _: kept.append(which.ticket)))
    assert raised.value.reason is fault
    assert (kept, model.asked) == (["a"], ["a", "b"])


async def test_without_patience_the_first_fault_ends_the_run():
    with pytest.raises(ModelFailed):
        await played(Model(a=[ModelFault.TIMEOUT]), "a", Plan())


async def test_whoever_watches_may_end_the_run_whatever_became_of_the_turn():
    class Enough(Exception):
        pass

    def watch(which: Play) -> None:
        raise Enough(str(which))

    for model in (Model(), Model(a=[ModelFault.TIMEOUT] * 9)):
        with pytest.raises(Enough, match="a/1"):
            await played(model, "a", Plan(patience=patient(), watch=watch))
