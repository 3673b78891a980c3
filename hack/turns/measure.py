"""One Offline turn and what it is compared with, measured by both clocks."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from fte_agent.composition import ChosenModel, build_turn_ports, offline_model
from fte_agent.domain.behaviour import Behaviour
from fte_agent.domain.knowledge import Passage, Section
from fte_agent.domain.turns import Decision, Outcome, TurnContext
from fte_agent.evaluation.play import NoCustomers, context_of
from fte_agent.evaluation.record import Latency
from fte_agent.evaluation.stopwatch import Stopwatch
from fte_agent.evaluation.suite import SuiteTicket
from fte_agent.gate.checks import ReplyMode, violations
from fte_agent.gate.evidence import evidence_for
from fte_agent.offline.embedder import OfflineEmbedder, shared_embedder
from fte_agent.turn.decide import TurnPorts, run_turn
from fte_agent.turn.policy import customer_words
from fte_agent.turn.tools import SEND_RESPONSE
from fte_prototype.clock import SystemClock
from fte_prototype.knowledge import RULES, learn, read_rules
from fte_prototype.sandbox import COMPANY

CALLS = 21
"""Of the gate on each reply."""


class CpuClock(SystemClock):
    """CPU seconds of the process in the place of the seconds that went by."""

    def monotonic(self) -> float:
        return time.process_time()


@dataclass(frozen=True, slots=True)
class Measured:
    """One turn: its stages by both clocks, its words embedded alone, and calls of the gate on its reply, if any.

    All in ms; ``bare`` and ``gate`` are CPU time.
    """

    wall: Latency
    cpu: Latency
    bare: float
    gate: dict[ReplyMode, list[float]]


async def hire(sections: list[Section]) -> tuple[TurnPorts, OfflineEmbedder]:
    """An employee whose embedder remembers the sections and nothing else."""
    shared_embedder.cache_clear()
    embedder = shared_embedder()
    knowledge, snapshot = await learn(sections, embedder)
    behaviour = Behaviour("bench", COMPANY, "Offline", "offline", snapshot)
    rules, chosen, clock = read_rules(RULES), ChosenModel(offline_model()), SystemClock()
    ports = await build_turn_ports(behaviour, rules, chosen, knowledge=knowledge, customers=NoCustomers(), clock=clock)
    return ports, embedder


async def measured_round(
    warming: Sequence[SuiteTicket], tickets: Sequence[SuiteTicket], sections: list[Section]
) -> list[Measured]:
    """Warm a new employee with some tickets and measure it on others."""
    ports, embedder = await hire(sections)
    for ticket in warming:
        await run_turn(context_of(ticket, ports.clock.now()), ports)
    return [await measure(context_of(ticket, ports.clock.now()), ports, embedder, sections) for ticket in tickets]


async def measure(
    context: TurnContext, ports: TurnPorts, embedder: OfflineEmbedder, sections: Sequence[Section]
) -> Measured:
    """One turn, and what it is compared with."""
    wall, cpu = Stopwatch(ports.clock), Stopwatch(CpuClock())
    timed = cpu.timed(wall.timed(ports))
    with wall.running("total"), cpu.running("total"):
        decision = await run_turn(context, timed)
    unknown = f"{customer_words(context)} "  # the same tokens; only the memory takes it for another text
    started = time.process_time()
    await embedder.vectors([unknown])
    bare = (time.process_time() - started) * 1000
    return Measured(wall.latency(), cpu.latency(), bare, gate(decision, context, sections))


def gate(decision: Decision, context: TurnContext, sections: Sequence[Section]) -> dict[ReplyMode, list[float]]:
    """What each call of the gate on the reply takes, by mode; nothing for a turn without a reply."""
    if decision.outcome is not Outcome.ANSWER:
        return {}
    sent = next(call.arguments for call in decision.tool_calls if (call.name, call.status) == (SEND_RESPONSE, "ok"))
    message, citations = str(sent["message"]), [citation.uri for citation in decision.citations]
    passages = {section.uri: Passage(section, 1.0) for section in sections}
    taken: dict[ReplyMode, list[float]] = {mode: [] for mode in ReplyMode}
    for mode, calls in taken.items():
        evidence = evidence_for(context, COMPANY, mode, ())(passages)
        for _ in range(CALLS):
            started = time.thread_time()
            violations(message, citations, evidence)
            calls.append((time.thread_time() - started) * 1000)
    return taken
