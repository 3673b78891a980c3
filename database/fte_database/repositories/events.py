"""Payloads of what the employee tells others: identifiers and numbers, no words of a customer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from fte_agent.domain.messages import Channel
from fte_agent.domain.turns import Decision, Reason, Trigger
from fte_agent.ports import Claim

VERSION = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """The conversation that an event speaks of."""

    conversation_id: UUID
    ticket_id: UUID
    channel: Channel
    channel_name: str

    @classmethod
    def of(cls, claim: Claim) -> Self:
        """The claim's conversation."""
        context = claim.context
        return cls(claim.conversation_id, context.ticket_id, context.channel, context.channel_name)


def escalation_opened(
    subject: Subject, reason: Reason, trigger: Trigger, escalation_id: UUID, due: datetime
) -> dict[str, object]:
    """A conversation went to a person; ``sla_due_at`` is when the first human reply is due."""
    return {
        **_head("escalation.opened", subject),
        "escalation_id": str(escalation_id),
        "reason": reason,
        "trigger": trigger,
        "sla_due_at": due.isoformat(),
    }


def escalation_withdrawn(subject: Subject, escalation_id: UUID) -> dict[str, object]:
    """Nobody needs to look any more: the late reply that it told of has left, or is not to be sent."""
    return {**_head("escalation.withdrawn", subject), "escalation_id": str(escalation_id)}


def conversation_taken_over(subject: Subject) -> dict[str, object]:
    """A person answered by other means than ours."""
    return _head("conversation.taken_over", subject)


def turn_committed(claim: Claim, decision: Decision, revision: str) -> dict[str, object]:
    """A burst was answered. Times in ms; tokens are None where the model reported none."""
    return {
        **_head("turn.committed", Subject.of(claim)),
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


def _head(kind: str, subject: Subject) -> dict[str, object]:
    return {
        "v": VERSION,
        "type": kind,
        "conversation_id": str(subject.conversation_id),
        "ticket_id": str(subject.ticket_id),
        "channel": subject.channel,
        "channel_name": subject.channel_name,
    }
