"""Messages, their senders and the conversation they belong to."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID

from fte_agent.domain.addresses import fold

Channel: TypeAlias = str
"""Kind of channel a message travels on: a key of `fte_agent.channels.TRAITS`, and the value in the database."""

Category: TypeAlias = Literal["general", "technical", "billing", "bug_report", "feedback", "other"]
"""What a ticket is about, as the form offers it and ``create_ticket`` files it."""

Priority: TypeAlias = Literal["low", "medium", "high"]

CATEGORIES: tuple[str, ...] = get_args(Category)
PRIORITIES: tuple[str, ...] = get_args(Priority)


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
        return fold(self.value.strip())


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Where the answer to a message goes, and what ties it to that message.

    ``thread`` and ``parent_id`` are the provider's own ids of the thread and of the message answered, ``references``
    those of the messages before it, oldest first and with spaces between; ``written_to`` is which of our addresses the
    customer wrote to. Each is empty where a channel has none.
    """

    address: str
    subject: str = ""
    thread: str = ""
    parent_id: str = ""
    references: str = ""
    written_to: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something a customer sent that is not text. Its content is never fetched or shown to a model.

    ``kind`` is a MIME type, or ``location``; ``url`` is where a person finds it.
    """

    kind: str
    url: str = ""
    name: str = ""


class Preference(StrEnum):
    """A customer's word on whether they want to be written to at all."""

    STOP = "stop"
    START = "start"


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One customer message as a channel adapter publishes it and ingest stores it.

    ``source`` and ``dedupe_key`` identify it for ever: the same pair is the same message.
    ``channel_name`` is the SupportChannel's name. ``thread_key`` says which conversation of that
    channel it continues. ``ticket_id`` is set where the intake already promised one to the customer.
    ``external_id`` is the provider's id of the message, ``in_reply_to`` that of the message it quotes, ``references``
    those of the messages before it, oldest first; ``reply_token`` names a conversation, as an address of ours holds it.
    ``participants`` are the others that it was written to, none of them ours.
    ``reply_target`` None means the sender's address. ``preference`` is set where the whole message is such a word.
    ``excess`` says that more came in than the employee answers, so this one is a person's.
    ``handed_over`` is why a person has it though nothing is said to its sender, a value of `Reason`, or empty.
    ``extensions`` are fields of a newer release, kept as they came. Times are timezone-aware.
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
    excess: bool = False
    handed_over: str = ""
    external_id: str = ""
    in_reply_to: str = ""
    reply_target: ReplyTarget | None = None
    attachments: tuple[Attachment, ...] = ()
    preference: Preference | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    reply_token: str = ""
    participants: tuple[str, ...] = ()
    extensions: dict[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> ReplyTarget:
        """Where the answer goes."""
        return self.reply_target or ReplyTarget(self.sender.value, subject=self.subject)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of a conversation as the store gives it back; ``seq`` counts from 1 without gaps.

    ``attachments`` are the kinds of what came with it, see `Attachment`; ``citations`` the uris of the sections that a
    reply of ours rests on.
    """

    seq: int
    author: Author
    body: str
    occurred_at: datetime
    attachments: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ingested:
    """Outcome of storing one `InboundMessage`; ``duplicate`` means it was there already."""

    conversation_id: UUID
    ticket_id: UUID
    seq: int
    duplicate: bool
