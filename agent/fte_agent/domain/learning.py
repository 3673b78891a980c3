"""What a person answered after the employee had handed over: what the knowledge may learn from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fte_agent.domain.messages import Author, Channel


@dataclass(frozen=True, slots=True)
class Told:
    """One message of a conversation; ``at`` is when it was written."""

    author: Author
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HandedOver:
    """An escalation that a person has answered, with its conversation.

    ``request`` is the customer's, as the brief has it, empty where a hand-over has none. ``until`` is when the
    conversation was handed over the next time. ``told`` are its messages in their order, without those that programs
    wrote. ``people`` are the names, and ``addresses`` the addresses, of everybody who takes part.
    """

    id: UUID
    conversation_id: UUID
    reason: str
    channel: Channel
    subject: str
    request: str
    opened_at: datetime
    until: datetime | None
    told: tuple[Told, ...]
    people: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request that no approved section answered; ``answered`` says whether a person did since. ``people`` are the
    names of whoever takes part."""

    escalation_id: UUID
    request: str
    asked_at: datetime
    answered: bool
    people: tuple[str, ...] = ()
