"""The sample tickets played through a store and the employee's own turn, as records that can be compared.

A record says what the store told the turn and what the turn decided. `digest` makes the golden file's line of it:
`hack/record-decisions` writes that file, `tests/test_transition.py` compares with it.
"""

import hashlib
import json
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded, as a worker does

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_agent.composition import ChosenModel, build_turn_ports, offline_model
from fte_agent.domain.behaviour import Behaviour
from fte_agent.domain.knowledge import EmbeddedSection
from fte_agent.domain.messages import Author, Identifier, InboundMessage
from fte_agent.domain.turns import Decision, Outcome, ToolCall, TurnContext
from fte_agent.evaluation.suite import SuiteTicket, parse_suite
from fte_agent.identity.told import history_text
from fte_agent.knowledge.embedding import embedded
from fte_agent.knowledge.memory import InMemoryKnowledge
from fte_agent.offline.embedder import shared_embedder
from fte_agent.ports import Claim, CustomerStore, KnowledgeBase, KnowledgeWriter, TicketStore
from fte_agent.reply.formatting import numbered
from fte_agent.testing import START
from fte_agent.turn.decide import TurnPorts, run_turn
from fte_agent.turn.tools import SEARCH_KNOWLEDGE_BASE
from fte_prototype.clock import SystemClock
from fte_prototype.knowledge import CONTEXT, DOCUMENTS, RULES, read_rules, read_sections
from fte_prototype.sandbox import COMPANY
from fte_prototype.store import InMemoryCustomerStore, InMemoryTicketStore

GOLDEN = Path(__file__).resolve().parent / "data/sample-decisions.json"
SNAPSHOT = "dossier"
WORKER = "transition"
REVISION = "transition"
RE_RECORD = (
    "if the change is meant, run .venv/bin/python hack/record-decisions and read the diff of "
    "tests/data/sample-decisions.json"
)
REPLY_DIGITS = 12
CUSTOMERS = 12
"""The tickets come from as many people of each channel: whoever writes again has a past to be told of."""

ADDRESSES = {
    EMAIL: ("gmail", "support@northwind.example", "email", "person{}@example.com", True),
    WHATSAPP: ("twilio", "+4930901820", "phone", "+491705550{:03}", True),
    WEB_FORM: ("web_form", "website", "email", "person{}@example.com", False),
}
"""Source and name of a channel, the sender's kind and address, and whether the channel proves them."""


class Unplayable(AssertionError):
    """A store did not do what a ticket needs; the message names ticket and step."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A store, and an employee that works on it."""

    tickets: TicketStore
    ports: TurnPorts


@dataclass(frozen=True, slots=True)
class Played:
    """What a store told the turn of one ticket and what the turn decided; values that JSON would keep.

    ``told`` is the context but for identifiers and times, ``account`` the customer's past without its dates.
    """

    outcome: str
    reason: str | None = None
    trigger: str | None = None
    tools: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    request: str = ""
    evidence: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    account: str = ""


def samples() -> tuple[SuiteTicket, ...]:
    """The repository's sample tickets."""
    return parse_suite((CONTEXT / "sample-tickets.json").read_text(encoding="utf-8")).tickets


async def learned() -> list[EmbeddedSection]:
    """The product's documents embedded; takes some seconds, the first time in a process."""
    return await embedded(read_sections(DOCUMENTS), shared_embedder())


async def teach(knowledge: KnowledgeWriter, sections: list[EmbeddedSection]) -> None:
    """Write the snapshot that `hire` answers from."""
    embedder = shared_embedder()
    await knowledge.write_snapshot(SNAPSHOT, embedder.identity, embedder.dimensions, sections)


async def hire(tickets: TicketStore, customers: CustomerStore, knowledge: KnowledgeBase) -> Bench:
    """The Offline employee of the dossier, on these stores."""
    behaviour = Behaviour(REVISION, COMPANY, "Offline", "offline", SNAPSHOT)
    rules = read_rules(RULES)
    chosen = ChosenModel(offline_model())
    ports = await build_turn_ports(
        behaviour, rules, chosen, knowledge=knowledge, customers=customers, clock=SystemClock()
    )
    return Bench(tickets, ports)


async def in_memory(sections: list[EmbeddedSection]) -> Bench:
    """The prototype's stores."""
    knowledge, tickets = InMemoryKnowledge(), InMemoryTicketStore()
    await teach(knowledge, sections)
    return await hire(tickets, InMemoryCustomerStore(tickets), knowledge)


async def play_all(tickets: Iterable[SuiteTicket], bench: Bench) -> dict[str, Played]:
    """The records of ``tickets``, by id, each played after the other."""
    return {ticket.id: await play(ticket, number, bench) for number, ticket in enumerate(tickets)}


async def play(ticket: SuiteTicket, number: int, bench: Bench) -> Played:
    """Say again what was said, then let the employee take its turn; raises `Unplayable`."""
    for seq, said in enumerate(ticket.history):
        message = _message(ticket, number, f"history {seq}", said.text)
        if said.author is Author.CUSTOMER:
            await bench.tickets.ingest(message)
        else:
            before = Decision(outcome=Outcome.ANSWER, author=said.author, parts=(said.text,))
            await _commit(bench.tickets, await _claim(bench.tickets, ticket), before, ticket)
    for seq, text in enumerate(ticket.messages):
        await bench.tickets.ingest(_message(ticket, number, f"burst {seq}", text))
    if ticket.automated:
        return await _unanswered(ticket, number, bench.tickets)
    claim = await _claim(bench.tickets, ticket)
    account = history_text(await bench.ports.customers.past(claim.context))
    decision = await run_turn(claim.context, bench.ports)
    await _commit(bench.tickets, claim, decision, ticket)
    return replace(_decided(decision), told=_told(claim.context), account=_undated(account))


async def _claim(tickets: TicketStore, ticket: SuiteTicket) -> Claim:
    claim = await tickets.claim(WORKER)
    if claim is None:
        raise Unplayable(f"{ticket.id}: nothing is due although the customer wrote")
    return claim


async def _commit(tickets: TicketStore, claim: Claim, decision: Decision, ticket: SuiteTicket) -> None:
    if not await tickets.commit(claim, decision, revision=REVISION):
        raise Unplayable(f"{ticket.id}: the decision was superseded although nothing newer came in")


async def _unanswered(ticket: SuiteTicket, number: int, tickets: TicketStore) -> Played:
    """What becomes of a message that no person wrote: it is stored, and no turn comes of it."""
    stored = await tickets.ingest(_message(ticket, number, "burst 0", ""))
    waits = await tickets.unanswered([stored.conversation_id])
    if not stored.duplicate or waits or await tickets.claim(WORKER) is not None:
        raise Unplayable(f"{ticket.id}: an automatic message must be stored and never due")
    return Played(outcome=Outcome.SILENCE.value)


def _message(ticket: SuiteTicket, number: int, key: str, text: str) -> InboundMessage:
    source, name, kind, address, verified = ADDRESSES[ticket.channel]
    return InboundMessage(
        source=source,
        dedupe_key=f"{ticket.id} {key}",
        channel=ticket.channel,
        channel_name=name,
        thread_key=ticket.id,
        sender=Identifier(kind, address.format(number % CUSTOMERS), verified),
        body=text,
        subject=ticket.subject,
        display_name=ticket.customer_name,
        occurred_at=START,
        automated=ticket.automated,
    )


def _decided(decision: Decision) -> Played:
    escalation = decision.escalation
    brief = escalation.brief if escalation else None
    return Played(
        outcome=decision.outcome.value,
        reason=escalation.reason.value if escalation else None,
        trigger=escalation.trigger.value if escalation else None,
        tools=tuple(map(_line, decision.tool_calls)),
        searches=tuple(_arguments(call) for call in decision.tool_calls if call.name == SEARCH_KNOWLEDGE_BASE),
        citations=tuple(citation.uri for citation in decision.citations),
        parts=numbered(decision.parts),
        request=brief.request if brief else "",
        evidence=tuple(citation.uri for citation in brief.evidence) if brief else (),
        tried=brief.tried if brief else (),
    )


def _line(call: ToolCall) -> str:
    return call.name if call.status == "ok" else f"{call.name}:{call.status}"


def _arguments(call: ToolCall) -> str:
    return json.dumps(call.arguments, sort_keys=True, ensure_ascii=False)


def _told(context: TurnContext) -> tuple[str, ...]:
    said = [(part, m) for part in ("history", "burst") for m in getattr(context, part)]
    return (
        f"{context.channel} {context.channel_name} attempt {context.attempt} max {context.max_chars}",
        context.subject,
        context.customer_name,
        *(f"{part} {m.seq} {m.author.value}: {m.body}" for part, m in said),
    )


def _undated(account: str) -> str:
    """The lines of the past without their day, which is that of the run: ``- 2026-01-05, email, …``."""
    return "\n".join(line.partition(", ")[2] if line.startswith("- ") else line for line in account.splitlines())


def digest(played: Played) -> dict[str, Any]:
    """The golden line of a record: ``reply`` is the beginning of the SHA-256 of the whole text."""
    reply = "\n\n".join(played.parts)
    return {
        "outcome": played.outcome,
        "reason": played.reason,
        "tools": list(played.tools),
        "citations": list(played.citations),
        "reply": hashlib.sha256(reply.encode()).hexdigest()[:REPLY_DIGITS] if reply else "",
    }


def render(records: Mapping[str, Played]) -> str:
    """The golden file, one line a ticket."""
    lines = (f"{json.dumps(name)}: {json.dumps(digest(played))}" for name, played in records.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def golden() -> dict[str, dict[str, Any]]:
    """The recorded lines, by ticket."""
    lines: dict[str, dict[str, Any]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return lines


def off_golden(records: Mapping[str, Played], recorded: Mapping[str, dict[str, Any]], store: str) -> list[str]:
    """Where ``records`` of a store differ from the recorded lines, as sentences; a ticket on one side is one."""
    played = {name: digest(each) for name, each in records.items()}
    return _differences(recorded, "recorded", played, store)


def apart(one: Mapping[str, Played], other: Mapping[str, Played], names: tuple[str, str]) -> list[str]:
    """Where two stores' full records differ, as sentences."""
    left, right = ({name: _values(each) for name, each in side.items()} for side in (one, other))
    return _differences(left, names[0], right, names[1])


def _values(played: Played) -> dict[str, Any]:
    return {field.name: getattr(played, field.name) for field in fields(played)}


def _differences(
    one: Mapping[str, dict[str, Any]], name_one: str, other: Mapping[str, dict[str, Any]], name_other: str
) -> list[str]:
    missing = [f"{ticket}: only {name_one}" for ticket in one if ticket not in other]
    missing += [f"{ticket}: only {name_other}" for ticket in other if ticket not in one]
    return missing + [
        f"{ticket} {field}{_first_unlike(value, other[ticket].get(field), name_one, name_other)}"
        for ticket, values in one.items()
        if ticket in other
        for field, value in values.items()
        if value != other[ticket].get(field)
    ]


def _first_unlike(one: Any, other: Any, name_one: str, name_other: str) -> str:
    """Both values; of two tuples of one length the first items that differ."""
    place = ""
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        at = next(at for at, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1])
        place, one, other = f"[{at}]", one[at], other[at]
    return f"{place}: {name_one} {one!r}, {name_other} {other!r}"
