"""What the employee tells others: identifiers and numbers, no words of a customer.

The classes are the events' one definition: docs/contracts/events.yaml is derived from them.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from fte_agent.domain.messages import Channel
from fte_agent.domain.turns import Decision, Outcome, Reason, Trigger
from fte_agent.ports import Claim


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says: its version, and the conversation, ticket and SupportChannel that it speaks of."""

    v: Literal[1] = 1
    conversation_id: UUID
    ticket_id: UUID
    channel: Channel
    channel_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationOpened(Event):
    """A conversation went to a person; ``sla_due_at`` is when the first human reply is due."""

    type: Literal["escalation.opened"] = "escalation.opened"
    escalation_id: UUID
    reason: Reason
    trigger: Trigger
    sla_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationWithdrawn(Event):
    """Nobody needs to look any more: the late reply that it told of has left, or is not to be sent."""

    type: Literal["escalation.withdrawn"] = "escalation.withdrawn"
    escalation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTakenOver(Event):
    """A person answered by other means than ours."""

    type: Literal["conversation.taken_over"] = "conversation.taken_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCommitted(Event):
    """A burst was answered. Times in ms; of tokens there is no number where the model reported none."""

    type: Literal["turn.committed"] = "turn.committed"
    epoch: int
    outcome: Outcome
    reason: Reason | None
    revision: str
    model: str
    total_ms: int
    model_ms: int
    input_tokens: int | None
    output_tokens: int | None
    top_score: float | None


ESCALATIONS = (EscalationOpened, EscalationWithdrawn, ConversationTakenOver)
"""What is told on topic ``escalations``."""

METRICS = (TurnCommitted,)
"""What is told on topic ``metrics``."""


def escalation_opened(
    subject: Subject, reason: Reason, trigger: Trigger, escalation_id: UUID, due: datetime
) -> dict[str, object]:
    """The payload of `EscalationOpened`."""
    return _payload(
        EscalationOpened(**_of(subject), escalation_id=escalation_id, reason=reason, trigger=trigger, sla_due_at=due)
    )


def escalation_withdrawn(subject: Subject, escalation_id: UUID) -> dict[str, object]:
    """The payload of `EscalationWithdrawn`."""
    return _payload(EscalationWithdrawn(**_of(subject), escalation_id=escalation_id))


def conversation_taken_over(subject: Subject) -> dict[str, object]:
    """The payload of `ConversationTakenOver`."""
    return _payload(ConversationTakenOver(**_of(subject)))


def turn_committed(claim: Claim, decision: Decision, revision: str) -> dict[str, object]:
    """The payload of `TurnCommitted`."""
    return _payload(
        TurnCommitted(
            **_of(Subject.of(claim)),
            epoch=claim.epoch,
            outcome=decision.outcome,
            reason=decision.escalation.reason if decision.escalation else None,
            revision=revision,
            model=decision.model,
            total_ms=decision.total_ms,
            model_ms=decision.model_ms,
            input_tokens=decision.usage.input_tokens,
            output_tokens=decision.usage.output_tokens,
            top_score=decision.top_score,
        )
    )


def _of(subject: Subject) -> dict[str, Any]:
    return {field.name: getattr(subject, field.name) for field in fields(subject)}


def _payload(event: Event) -> dict[str, object]:
    """As JSON values; times as RFC 3339."""
    return {field.name: _plain(getattr(event, field.name)) for field in fields(event)}


def _plain(value: object) -> object:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat()
    return value
