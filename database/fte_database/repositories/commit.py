"""Commit: a decision becomes true in one transaction, or nothing of it does."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from fte_agent.domain.messages import Channel
from fte_agent.domain.turns import Decision, Outcome
from fte_agent.ports import Claim
from fte_agent.reply.formatting import numbered
from fte_agent.text.language import guess_language
from fte_database.pool import Connection
from fte_database.repositories import budget, claims, copies, events
from fte_database.repositories.copies import CopyPolicy
from fte_database.repositories.events import Subject
from fte_database.sql import QUERIES, bound

ENOUGH_SUPERSEDED = 2
ENOUGH_WAITING = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class CommitPolicy:
    """Constants of a commit: where its events go, when a person must have replied, on which channels a delivery may be
    sent again, and who carries copies of replies and codes."""

    topic_prefix: str
    escalation_sla: timedelta
    resendable: list[Channel]
    copies: CopyPolicy | None = None


async def commit(
    connection: Connection, claim: Claim, decision: Decision, *, revision: str, policy: CommitPolicy
) -> bool:
    """Compare, set and write everything that follows; False when the claim was superseded."""
    conversation = claim.conversation_id
    closed = await connection.fetchrow(
        *bound(
            "close_burst",
            conversation=conversation,
            epoch=claim.epoch,
            answered_through=claim.answered_through_seq,
            to_seq=claim.to_seq,
            replies=decision.text is not None,
            escalates=decision.escalation is not None,
            enough_superseded=ENOUGH_SUPERSEDED,
            enough_waiting=ENOUGH_WAITING,
        )
    )
    if closed is None:
        await connection.execute(QUERIES["count_superseded"], conversation, claim.epoch, claim.answered_through_seq)
        await connection.execute(QUERIES["end_run"], conversation, claim.epoch, "superseded", None)
        if decision.charge is not None:
            await budget.settle_undecided(connection, conversation, claim.epoch, decision.charge)
        return False
    run = await _finish_run(connection, claim, decision, revision)
    if decision.escalation is not None:
        await connection.execute(QUERIES["cancel_replies"], conversation, policy.resendable)
    if decision.text is not None:
        message = await _reply(connection, claim, decision, run, seq=closed["last_seq"], text=decision.text)
        if policy.copies is not None:
            await copies.add(connection, message, claim.context.channel, policy.copies)
        await _send_code(connection, claim, decision, message, policy.copies)
    await connection.execute(
        QUERIES["update_ticket"],
        claim.context.ticket_id,
        decision.category,
        decision.priority,
        _ticket_status(decision),
    )
    await _enqueue_events(connection, claim, decision, revision, policy)
    if decision.charge is not None:  # last: whoever settles waits for whoever does
        await budget.settle(connection, conversation, claim.epoch, decision.charge)
    return True


async def _send_code(
    connection: Connection, claim: Claim, decision: Decision, message: UUID, policy: CopyPolicy | None
) -> None:
    """Send a code to an address that the burst's last writer says is theirs, beside the reply that announces it."""
    if decision.claim is None:
        return
    claimant = await connection.fetchval(QUERIES["burst_writer"], claim.conversation_id, claim.to_seq)
    channel, language = claim.context.channel, guess_language(decision.text or "")
    where = (connection, claim.conversation_id, claimant, decision.claim)
    await claims.open_claim(*where, message=message, channel=channel, policy=policy, language=language)


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
        *bound(
            "finish_run",
            conversation=claim.conversation_id,
            epoch=claim.epoch,
            status="escalated" if decision.escalation else "committed",
            revision=revision,
            model=decision.model,
            prompt_version=decision.prompt_version,
            input_tokens=decision.usage.input_tokens,
            cached_tokens=decision.usage.cached_tokens,
            output_tokens=decision.usage.output_tokens,
            cost=_cost(decision),
            model_ms=decision.model_ms,
            total_ms=decision.total_ms,
            top_score=decision.top_score,
            decision=audit,
        )
    )
    return run


def _cost(decision: Decision) -> int | None:
    """Of a turn of which nobody keeps accounts, only that is known that no model worked on it."""
    if decision.charge is not None:
        return decision.charge.cost
    return 0 if decision.usage.total == 0 else None


async def _reply(connection: Connection, claim: Claim, decision: Decision, run: UUID, *, seq: int, text: str) -> UUID:
    channel = claim.context.channel
    message: UUID = await connection.fetchval(
        *bound(
            "insert_reply",
            conversation=claim.conversation_id,
            seq=seq,
            channel=channel,
            author=decision.author,
            body=text,
            run=run,
            epoch=claim.epoch,
            latency_ms=decision.total_ms,
            tokens=decision.usage.total,
            tool_calls=[asdict(call) for call in decision.tool_calls],
            citations=[asdict(citation) for citation in decision.citations],
            metadata={
                "outcome": decision.outcome,
                "model": decision.model,
                "prompt_version": decision.prompt_version,
            },
        )
    )
    for number, part in enumerate(numbered(decision.parts), start=1):
        delivery = await connection.fetchval(
            *bound(
                "insert_delivery",
                conversation=claim.conversation_id,
                message=message,
                seq=seq,
                part=number,
                channel=channel,
                body=part,
                to_seq=claim.to_seq,
            )
        )
        if delivery is None:
            raise AssertionError("a conversation without a customer's message was answered")
    return message


def _ticket_status(decision: Decision) -> str | None:
    if decision.escalation is not None:
        return "escalated"
    return None if decision.outcome is Outcome.SILENCE else "waiting"


async def _enqueue_events(
    connection: Connection, claim: Claim, decision: Decision, revision: str, policy: CommitPolicy
) -> None:
    key = str(claim.conversation_id)
    if decision.escalation is not None:
        await connection.execute(QUERIES["replace_advisory"], claim.conversation_id)
        opened = await connection.fetchrow(
            *bound(
                "open_escalation",
                ticket=claim.context.ticket_id,
                conversation=claim.conversation_id,
                reason=decision.escalation.reason,
                trigger=decision.escalation.trigger,
                summary=decision.escalation.summary,
                brief=asdict(decision.escalation.brief) if decision.escalation.brief else {},
                sla=policy.escalation_sla,
                advisory=False,
            )
        )
        if opened is not None:
            reason, trigger = decision.escalation.reason, decision.escalation.trigger
            event = events.escalation_opened(Subject.of(claim), reason, trigger, opened["id"], opened["sla_due_at"])
            await connection.execute(QUERIES["insert_outbox"], f"{policy.topic_prefix}.escalations", key, event)
    event = events.turn_committed(claim, decision, revision)
    await connection.execute(QUERIES["insert_outbox"], f"{policy.topic_prefix}.metrics", key, event)
