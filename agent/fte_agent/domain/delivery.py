"""Replies on their way out."""

from dataclasses import dataclass
from uuid import UUID

from fte_agent.domain.messages import Author, Channel


@dataclass(frozen=True, slots=True)
class Delivery:
    """One part of one reply, claimed for sending. ``epoch`` fences the claim like a conversation's."""

    id: UUID
    conversation_id: UUID
    message_id: UUID
    part: int
    channel: Channel
    author: Author
    recipient: str
    body: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider's acceptance: its own id, or None where the channel has none."""

    provider_id: str | None = None
