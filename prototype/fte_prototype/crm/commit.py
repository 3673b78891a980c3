"""Commit: a decision becomes true at once, or nothing of it does (``queries/commit.sql``)."""

from dataclasses import replace
from datetime import datetime, timedelta

from fte_agent.domain.turns import Decision, Escalation, Outcome
from fte_agent.ports import Claim
from fte_agent.text.cleaning import storable
from fte_prototype.crm.tables import Conversation, Tables
from fte_prototype.crm.views import EscalationView, MessageView

ENOUGH_SUPERSEDED = 2
ENOUGH_WAITING = timedelta(seconds=10)
ESCALATION_SLA = timedelta(hours=4)


def commit(tables: Tables, claim: Claim, decision: Decision, revision: str, now: datetime) -> bool:
    """Compare, set and write everything that follows; False when the claim was superseded."""
    row = tables.claimed(claim.conversation_id, claim.epoch)
    if row is None or row.handler != "ai" or row.answered_through_seq != claim.answered_through_seq:
        tables.conversation(claim.conversation_id).end_run(claim.epoch, "superseded")
        return False
    if not _may_close(row, claim, now):
        row.superseded += 1
        row.attempts = max(row.attempts - 1, 0)
        row.drop_lease()
        row.end_run(claim.epoch, "superseded")
        return False
    _close_burst(row, claim, decision)
    _finish_run(row, claim, decision, revision)
    if decision.text is not None:
        row.last_seq += 1
        row.messages.append(_reply(row.last_seq, decision, decision.text, now))
    _update_ticket(tables, claim, decision)
    if decision.escalation is not None:
        _open_escalation(tables, claim, decision.escalation, now)
    return True


def _may_close(row: Conversation, claim: Claim, now: datetime) -> bool:
    """Whether nothing newer came in, or the customer was put off often or long enough."""
    waited = row.unanswered_since is not None and row.unanswered_since <= now - ENOUGH_WAITING
    return row.last_inbound_seq == claim.to_seq or row.superseded >= ENOUGH_SUPERSEDED or waited


def _close_burst(row: Conversation, claim: Claim, decision: Decision) -> None:
    written = (m for m in row.messages if m.direction == "inbound" and not m.automated)
    newer = [message.created_at for message in written if message.seq > claim.to_seq]
    row.answered_through_seq = claim.to_seq
    row.attempts = row.superseded = 0
    row.drop_lease()
    row.due_at = row.due_at if newer else None
    row.unanswered_since = min(newer, default=None)
    if decision.escalation is not None:
        row.handler, row.status = "human", "waiting_human"
    elif newer:
        row.status = "open"
    elif decision.text is not None:
        row.status = "waiting_customer"


def _finish_run(row: Conversation, claim: Claim, decision: Decision, revision: str) -> None:
    row.end_run(claim.epoch, "escalated" if decision.escalation else "committed")
    row.runs = [
        replace(run, revision=revision, decision=decision) if run.epoch == claim.epoch else run for run in row.runs
    ]


def _reply(seq: int, decision: Decision, text: str, now: datetime) -> MessageView:
    return MessageView(
        seq=seq,
        direction="outbound",
        author=decision.author,
        body=storable(text),
        occurred_at=now,
        created_at=now,
        latency_ms=decision.total_ms,
        tokens_used=decision.usage.total,
        tool_calls=decision.tool_calls,
        citations=decision.citations,
        metadata={
            "outcome": decision.outcome.value,
            "model": decision.model,
            "prompt_version": decision.prompt_version,
        },
    )


def _update_ticket(tables: Tables, claim: Claim, decision: Decision) -> None:
    ticket = tables.tickets[claim.context.ticket_id]
    ticket.category = decision.category or ticket.category
    ticket.priority = decision.priority or ticket.priority
    if decision.escalation is not None:
        ticket.status = "escalated"
    elif decision.outcome is not Outcome.SILENCE:
        ticket.status = "waiting"


def _open_escalation(tables: Tables, claim: Claim, escalation: Escalation, now: datetime) -> None:
    """One open escalation per conversation: a second one changes nothing."""
    opened = EscalationView(
        ticket_id=claim.context.ticket_id,
        conversation_id=claim.conversation_id,
        reason=escalation.reason,
        trigger=escalation.trigger,
        summary=storable(escalation.summary),
        brief=escalation.brief,
        created_at=now,
        sla_due_at=now + ESCALATION_SLA,
    )
    tables.escalations.setdefault(claim.conversation_id, opened)
