"""Replies on their way out, and what a provider says of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fte_agent.domain.messages import Author, Channel, ReplyTarget


@dataclass(frozen=True, slots=True)
class Delivery:
    """One part of one reply, claimed for sending. ``epoch`` fences the claim like a conversation's.

    ``channel_name`` is the SupportChannel's, whose sender alone may send it. ``window_until`` is when the time for
    free text ends (None: never). ``first_sent_at`` is when it was first handed to a provider, for looking it up.
    ``customer_name`` is as in the conversation, perhaps empty.
    """

    id: UUID
    conversation_id: UUID
    message_id: UUID
    part: int
    channel: Channel
    channel_name: str
    author: Author
    target: ReplyTarget
    body: str
    epoch: int
    first_sent_at: datetime
    window_until: datetime | None = None
    customer_name: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider's acceptance: its own id, or None where the channel has none.

    ``placeholder``: an approved template went out that invites the customer to write, since free text may not be
    sent; the part itself still waits for that.
    """

    provider_id: str | None = None
    placeholder: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a part could not be sent: a stable ``code``, a text for staff, and whether to try again.

    ``retry_after`` is in seconds, as the provider asks for it.
    """

    code: str
    error: str
    retryable: bool
    retry_after: float | None = None


class DeliveryState(StrEnum):
    """What a provider may report, by rising rank: a later report of a lower rank changes nothing."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """What a provider reports of the message ``provider_id``, in any order and perhaps before we know the id.

    ``window_closed``: it failed because the time for free text was over.
    """

    channel: Channel
    channel_name: str
    provider_id: str
    state: DeliveryState
    reported: str
    error_code: str | None = None
    window_closed: bool = False


@dataclass(frozen=True, slots=True)
class NonDelivery:
    """A report that a part of a reply did not reach somebody: a claim, which anybody may write.

    It names the part by its id (``delivery``) or by that of the message which carried it (``message_id``), as text,
    and the recipient by ``addresses``: several where one was put in another's place on the way. ``code`` is such as
    ``5.1.1`` (RFC 3463) and ``reason`` a clause in our words, each empty where it gives none; ``permanent`` says that
    no other message would arrive either.
    """

    channel: Channel
    channel_name: str
    addresses: tuple[str, ...]
    delivery: str = ""
    message_id: str = ""
    code: str = ""
    reason: str = ""
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class OutsideReply:
    """A message to a customer that the business sent by other means than ours: a person has taken over.

    ``thread_key`` names the conversation as inbound messages do; ``external_id`` is the provider's id.
    """

    channel: Channel
    channel_name: str
    thread_key: str
    external_id: str
    body: str
    occurred_at: datetime
