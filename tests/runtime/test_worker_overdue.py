"""Singleton overdue: a burst past its deadline is with a person, once."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from runtime_doubles import FakeTickets, Unreachable, a_claim

from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Decision, Escalation, Outcome, Reason, Trigger
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.overdue import Overdue


class FakeOverdue:
    def __init__(self, *claims):
        self.claims, self.ages, self.untold = list(claims), [], 0

    async def claim_overdue(self, worker, age):
        self.ages.append(age)
        return self.claims.pop(0) if self.claims else None

    async def tell_person(self):
        self.untold -= 1
        return UUID(int=self.untold + 1) if self.untold >= 0 else None


def handed_over(context, reason):
    escalation = Escalation(reason, Trigger.FAILURE, "late")
    return Decision(Outcome.ESCALATE, Author.SYSTEM, ("A person will.",), escalation=escalation)


def overdue(store, tickets, told, *, escalate=handed_over, metrics=None):
    return Overdue(
        worker="w",
        overdue=store,
        tickets=tickets,
        escalate=escalate,
        revision="r1",
        deadline=timedelta(minutes=10),
        committed=(told,),
        metrics=metrics or WorkerMetrics(),
    )


async def test_every_overdue_burst_is_handed_over_with_its_reason_and_delivery_is_woken():
    claims, tickets, told = [a_claim(), a_claim()], FakeTickets(), asyncio.Event()
    store = FakeOverdue(*claims)
    await overdue(store, tickets, told).step()
    assert [claim for claim, _, _ in tickets.committed] == claims
    assert {decision.escalation.reason for _, decision, _ in tickets.committed} == {Reason.OVERDUE}
    assert set(store.ages) == {timedelta(minutes=10)}
    assert told.is_set()


async def test_a_burst_that_changed_meanwhile_is_left_to_its_next_claim():
    tickets, told = FakeTickets(superseded=True), asyncio.Event()
    await overdue(FakeOverdue(a_claim()), tickets, told).step()
    assert (tickets.committed, told.is_set()) == ([], False)


async def test_one_that_cannot_be_handed_over_keeps_no_other_waiting_and_is_counted(caplog):
    odd, other = a_claim(), a_claim()
    tickets, told, metrics = FakeTickets(), asyncio.Event(), WorkerMetrics()

    def escalate(context, reason):
        if context is odd.context:
            raise KeyError("sms")
        return handed_over(context, reason)

    store = FakeOverdue(odd, other)
    await overdue(store, tickets, told, escalate=escalate, metrics=metrics).step()
    assert [claim for claim, _, _ in tickets.committed] == [other]
    assert metrics.registry.get_sample_value("fte_role_errors_total", {"role": "overdue"}) == 1
    assert metrics.registry.get_sample_value("fte_overdue_handovers_total") == 1
    [said] = [record for record in caplog.records if record.exc_info]
    assert (said.message, said.conversation) == ("burst not handed over", str(odd.conversation_id))


async def test_a_store_that_is_away_ends_the_step():
    tickets, store = FakeTickets(errors={"commit": [Unreachable()]}), FakeOverdue(a_claim(), a_claim())
    with pytest.raises(Unreachable):
        await overdue(store, tickets, asyncio.Event()).step()
    assert len(store.claims) == 1


async def test_persons_are_told_of_all_that_was_written_to_them():
    store = FakeOverdue()
    store.untold = 3
    await overdue(store, FakeTickets(), asyncio.Event()).step()
    assert store.untold == -1
