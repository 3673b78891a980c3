"""Messages, their senders and the conversation they belong to."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Channel(StrEnum):
    """Kind of channel a message travels on; the values are those of the database."""

    EMAIL = "email"
    WHATSAPP = "whatsapp"
    WEB_FORM = "web_form"


class Author(StrEnum):
    """Who wrote a message. ``SYSTEM`` is an approved template sent without judgement of the model."""

    CUSTOMER = "customer"
    AI = "ai"
    HUMAN = "human"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An address of a customer: ``kind`` as in ``customer_identifiers.kind``, ``value`` as received.

    ``verified`` is true only if the channel proved it (a signature, DMARC); what a form says is a claim.
    """

    kind: str
    value: str
    verified: bool = False

    @property
    def normalised(self) -> str:
        """The value under which two spellings of one address meet."""
        return self.value.strip().casefold()


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One customer message as a channel adapter publishes it and ingest stores it.

    ``source`` and ``dedupe_key`` identify it for ever: the same pair is the same message.
    ``channel_name`` is the SupportChannel's name. ``thread_key`` says which conversation of that
    channel it continues. ``ticket_id`` is set where the intake already promised one to the customer.
    Times are timezone-aware.
    """

    source: str
    dedupe_key: str
    channel: Channel
    channel_name: str
    thread_key: str
    sender: Identifier
    body: str
    occurred_at: datetime
    subject: str = ""
    display_name: str = ""
    category: str = "other"
    priority: str = "medium"
    ticket_id: UUID | None = None
    status_token_sha256: str | None = None
    automated: bool = False
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of a conversation as the store gives it back; ``seq`` counts from 1 without gaps."""

    seq: int
    author: Author
    body: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Ingested:
    """Outcome of storing one `InboundMessage`; ``duplicate`` means it was there already."""

    conversation_id: UUID
    ticket_id: UUID
    seq: int
    duplicate: bool
