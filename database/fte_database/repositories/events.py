"""Payloads of what the employee tells others: identifiers and numbers, no words of a customer."""

from datetime import datetime
from uuid import UUID

from fte_agent.domain.turns import Decision, Escalation
from fte_agent.ports import Claim

VERSION = 1


def escalation_opened(claim: Claim, escalation: Escalation, escalation_id: UUID, due: datetime) -> dict[str, object]:
    """A conversation went to a person; ``sla_due_at`` is when the first human reply is due."""
    return {
        **_head("escalation.opened", claim),
        "escalation_id": str(escalation_id),
        "reason": escalation.reason,
        "trigger": escalation.trigger,
        "sla_due_at": due.isoformat(),
    }


def turn_committed(claim: Claim, decision: Decision, revision: str) -> dict[str, object]:
    """A burst was answered. Times in ms; tokens are None where the model reported none."""
    return {
        **_head("turn.committed", claim),
        "epoch": claim.epoch,
        "outcome": decision.outcome,
        "reason": decision.escalation.reason if decision.escalation else None,
        "revision": revision,
        "model": decision.model,
        "total_ms": decision.total_ms,
        "model_ms": decision.model_ms,
        "input_tokens": decision.usage.input_tokens,
        "output_tokens": decision.usage.output_tokens,
        "top_score": decision.top_score,
    }


def _head(kind: str, claim: Claim) -> dict[str, object]:
    return {
        "v": VERSION,
        "type": kind,
        "conversation_id": str(claim.conversation_id),
        "ticket_id": str(claim.context.ticket_id),
        "channel": claim.context.channel,
        "channel_name": claim.context.channel_name,
    }
