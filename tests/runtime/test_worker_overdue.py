"""Singleton overdue: a burst past its deadline is with a person, once."""

import asyncio
from datetime import timedelta

from runtime_doubles import FakeTickets, a_claim

from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Decision, Escalation, Outcome, Reason, Trigger
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.overdue import Overdue


class FakeOverdue:
    def __init__(self, *claims):
        self.claims, self.ages = list(claims), []

    async def claim_overdue(self, worker, age):
        self.ages.append(age)
        return self.claims.pop(0) if self.claims else None


def handed_over(context, reason):
    escalation = Escalation(reason, Trigger.FAILURE, "late")
    return Decision(Outcome.ESCALATE, Author.SYSTEM, ("A person will.",), escalation=escalation)


def overdue(store, tickets, told):
    return Overdue(
        worker="w",
        overdue=store,
        tickets=tickets,
        escalate=handed_over,
        revision="r1",
        deadline=timedelta(minutes=10),
        committed=(told,),
        metrics=WorkerMetrics(),
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
