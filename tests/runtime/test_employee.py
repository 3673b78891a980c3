"""When the employee is not even asked."""

import dataclasses
from types import SimpleNamespace

from runtime_doubles import a_claim

from fte_agent.domain.behaviour import Company
from fte_agent.domain.turns import Decision, Outcome, Reason
from fte_agent.testing import FixedClock
from fte_agent.turn.decide import MAX_ATTEMPTS
from fte_runtime import employee
from fte_runtime.employee import TurnRunner

ANSWER = Decision(Outcome.SILENCE, "system", ())
PORTS = SimpleNamespace(company=Company("Example Ltd"), clock=FixedClock())


async def decided(attempt, monkeypatch):
    async def run_turn(context, ports):
        return ANSWER

    monkeypatch.setattr(employee, "run_turn", run_turn)
    return await TurnRunner("r1", PORTS).decide(a_claim(attempt=attempt).context)


async def test_the_last_attempt_is_a_turn(monkeypatch):
    assert await decided(MAX_ATTEMPTS, monkeypatch) is ANSWER


async def test_after_attempts_that_all_broke_off_a_person_has_it(monkeypatch):
    decision = await decided(MAX_ATTEMPTS + 1, monkeypatch)
    assert (decision.outcome, decision.escalation.reason) == (Outcome.ESCALATE, Reason.FAILURE)
    assert decision.parts


def test_a_hand_over_names_its_reason():
    runner = TurnRunner("r1", PORTS)
    context = dataclasses.replace(a_claim().context, customer_name="Ada")
    assert runner.escalate(context, Reason.OVERDUE).escalation.reason == Reason.OVERDUE
