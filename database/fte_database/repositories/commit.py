"""Commit: a decision becomes true in one transaction, or nothing of it does."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from fte_agent.domain.messages import Channel
from fte_agent.domain.turns import Decision, Outcome
from fte_agent.ports import Claim
from fte_agent.reply.formatting import numbered
from fte_database.pool import Connection
from fte_database.repositories import events
from fte_database.sql import QUERIES

ENOUGH_SUPERSEDED = 2
ENOUGH_WAITING = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class CommitPolicy:
    """Constants of a commit: where its events go, when a person must have replied, and on which channels
    a delivery may be sent again."""

    topic_prefix: str
    escalation_sla: timedelta
    resendable: tuple[Channel, ...]


async def commit(
    connection: Connection, claim: Claim, decision: Decision, *, revision: str, policy: CommitPolicy
) -> bool:
    """Compare, set and write everything that follows; False when the claim was superseded."""
    conversation = claim.conversation_id
    closed = await connection.fetchrow(
        QUERIES["close_burst"],
        conversation,
        claim.epoch,
        claim.answered_through_seq,
        claim.to_seq,
        decision.text is not None,
        decision.escalation is not None,
        ENOUGH_SUPERSEDED,
        ENOUGH_WAITING,
    )
    if closed is None:
        await connection.execute(QUERIES["count_superseded"], conversation, claim.epoch, claim.answered_through_seq)
        await connection.execute(QUERIES["end_run"], conversation, claim.epoch, "superseded", None)
        return False
    run = await _finish_run(connection, claim, decision, revision)
    if decision.escalation is not None:
        await connection.execute(QUERIES["cancel_replies"], conversation, policy.resendable)
    if decision.text is not None:
        await _reply(connection, claim, decision, run, seq=closed["last_seq"], text=decision.text)
    await connection.execute(
        QUERIES["update_ticket"],
        claim.context.ticket_id,
        decision.category,
        decision.priority,
        _ticket_status(decision),
    )
    await _tell(connection, claim, decision, revision, policy)
    return True


async def _finish_run(connection: Connection, claim: Claim, decision: Decision, revision: str) -> UUID:
    audit = {
        "outcome": decision.outcome,
        "author": decision.author,
        "category": decision.category,
        "priority": decision.priority,
        "escalation": asdict(decision.escalation) if decision.escalation else None,
        "citations": [asdict(citation) for citation in decision.citations],
        "tool_calls": [asdict(call) for call in decision.tool_calls],
    }
    run: UUID = await connection.fetchval(
        QUERIES["finish_run"],
        claim.conversation_id,
        claim.epoch,
        "escalated" if decision.escalation else "committed",
        revision,
        decision.model,
        decision.prompt_version,
        decision.usage.input_tokens,
        decision.usage.output_tokens,
        decision.model_ms,
        decision.total_ms,
        decision.top_score,
        audit,
    )
    return run


async def _reply(connection: Connection, claim: Claim, decision: Decision, run: UUID, *, seq: int, text: str) -> None:
    channel = claim.context.channel
    message = await connection.fetchval(
        QUERIES["insert_reply"],
        claim.conversation_id,
        seq,
        channel,
        decision.author,
        text,
        run,
        claim.epoch,
        decision.total_ms,
        decision.usage.total,
        [asdict(call) for call in decision.tool_calls],
        [asdict(citation) for citation in decision.citations],
        {"outcome": decision.outcome, "model": decision.model, "prompt_version": decision.prompt_version},
    )
    for number, part in enumerate(numbered(decision.parts), start=1):
        delivery = await connection.fetchval(
            QUERIES["insert_delivery"], claim.conversation_id, message, seq, number, channel, part, claim.to_seq
        )
        if delivery is None:
            raise AssertionError("a conversation without a customer's message was answered")


def _ticket_status(decision: Decision) -> str | None:
    if decision.escalation is not None:
        return "escalated"
    return None if decision.outcome is Outcome.SILENCE else "waiting"


async def _tell(connection: Connection, claim: Claim, decision: Decision, revision: str, policy: CommitPolicy) -> None:
    key = str(claim.conversation_id)
    if decision.escalation is not None:
        opened = await connection.fetchrow(
            QUERIES["open_escalation"],
            claim.context.ticket_id,
            claim.conversation_id,
            decision.escalation.reason,
            decision.escalation.trigger,
            decision.escalation.summary,
            asdict(decision.escalation.brief) if decision.escalation.brief else {},
            policy.escalation_sla,
        )
        if opened is not None:
            event = events.escalation_opened(claim, decision.escalation, opened["id"], opened["sla_due_at"])
            await connection.execute(QUERIES["insert_outbox"], f"{policy.topic_prefix}.escalations", key, event)
    event = events.turn_committed(claim, decision, revision)
    await connection.execute(QUERIES["insert_outbox"], f"{policy.topic_prefix}.metrics", key, event)
