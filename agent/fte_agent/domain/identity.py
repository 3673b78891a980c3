"""Who writes, and how far that is known: docs/adr/0049."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Confirmation(StrEnum):
    """What came of a code that a customer wrote.

    ``CONFLICT``: it was right, but both customers have an address of their own, so a person decides.
    """

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    EXPIRED = "expired"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Claimed:
    """An address that a customer says is theirs: ``kind`` as in ``customer_identifiers.kind``, ``value`` as written."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class EarlierTicket:
    """One ticket of another conversation that may be told here.

    ``question`` is what the customer wrote last in it and ``answer`` what they were told last, shortened; empty where
    there is none.
    """

    number: int
    channel: str
    subject: str
    status: str
    opened_at: datetime
    question: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the store knows who writes in a conversation.

    ``proven``: the channel or a code proved who wrote every message of it. ``confirmation`` is what came of a code in
    the burst. ``awaited`` is the address, masked, to which a code is out, or empty. ``reachable`` are the kinds of
    identifier to which this employee can send a code; none where several people wrote the burst, as it is not known
    which of them named an address. ``claims_left``: whether another code may be sent.
    """

    proven: bool = False
    confirmation: Confirmation | None = None
    awaited: str = ""
    reachable: frozenset[str] = frozenset()
    claims_left: bool = True


@dataclass(frozen=True, slots=True)
class Past:
    """What may be told of a customer's other conversations: ``tickets``, newest first, and of the rest how many.

    ``untold`` counts only where the writer is proven: to others not even a number is told.
    """

    tickets: tuple[EarlierTicket, ...] = ()
    untold: int = 0
