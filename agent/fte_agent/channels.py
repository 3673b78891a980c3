"""What follows from a kind of channel: one table, read by whoever formats, stores, delivers or asks back.

A kind is a string, so that a plug-in brings its own: a row of `TRAITS` here, a parser in ``inbound``, a folder of
``fte_runtime.channels``, a row of the operator's table. Nothing else names one.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

EMAIL = "email"
WHATSAPP = "whatsapp"
WEB_FORM = "web_form"

EMAIL_IDENTIFIER = "email"
PHONE_IDENTIFIER = "phone"
WHATSAPP_USER_IDENTIFIER = "wa_bsuid"
"""A business-scoped user id, which stands in the place of a number where the customer has a username."""


class Frame(StrEnum):
    """What stands around a reply: a greeting and a signature, the company's name below it, or nothing."""

    LETTER = "letter"
    SIGNED = "signed"
    BARE = "bare"


class Unconfirmed(StrEnum):
    """What becomes of a part of which nobody knows whether the provider has it.

    ``RESEND``: sending it twice reaches nobody twice. The others ask the provider first; what it does not know
    after two looks is sent again, or goes to a person where a doubled message is worse than a late one.
    """

    RESEND = "resend"
    LOOK_UP_THEN_RESEND = "look_up_then_resend"
    LOOK_UP_THEN_HAND_OVER = "look_up_then_hand_over"


@dataclass(frozen=True, slots=True)
class Style:
    """How replies look: ``aim_chars`` is how long a good one is, ``max_chars`` the limit of a whole reply unless the
    channel's configuration sets another, ``max_words`` another of the same, ``part_chars`` that of one part, if it
    comes in parts. ``bold`` is a pattern's replacement for bold words, whose second group they are."""

    aim_chars: int
    max_chars: int
    frame: Frame
    part_chars: int | None = None
    bold: str = r"\2"
    max_words: int | None = None


@dataclass(frozen=True, slots=True)
class LoopGuard:
    """What ends an exchange with a program that does not say that it is one: ``replies`` that nobody judged to one
    sender within ``period``, whatever the conversation; and within it a text that was answered already."""

    replies: int
    period: timedelta


@dataclass(frozen=True, slots=True)
class Traits:
    """One kind of channel.

    ``identifier_kind`` is what its customers are usually known by, as in ``customer_identifiers.kind``.
    ``topic`` is the middle of ``channels.<topic>.inbound``. ``may_ask_again``: a first miss is asked back, because a
    question costs a moment there. ``quiet`` is how long a burst may settle unless configured. ``reply_window``
    is how long after a customer's message free text may be sent; None for ever. ``open_threads``: whoever knows a
    message's id can write into its thread, and one message may come in more than once. ``bounces``: a message to an
    address that is gone is taken all the same, and a report comes later, so nothing more is sent to one that was
    reported. ``loop_guard`` is None where no program answers another. ``copied_to`` is the kind of channel by which its
    replies also go, where one is bound: its customers may not come back to look. ``addressable``: any address of its
    ``identifier_kind`` can be written to, where there is a ``reply_window`` within that.
    """

    identifier_kind: str
    topic: str
    style: Style
    unconfirmed: Unconfirmed
    may_ask_again: bool = False
    quiet: timedelta = timedelta()
    reply_window: timedelta | None = None
    open_threads: bool = False
    bounces: bool = False
    loop_guard: LoopGuard | None = None
    copied_to: str | None = None
    addressable: bool = False

    @property
    def resendable(self) -> bool:
        """Whether a part may simply be sent again."""
        return self.unconfirmed is Unconfirmed.RESEND


WHATSAPP_PART_CHARS = 1600
"""Body limit of one WhatsApp message at Twilio: https://www.twilio.com/docs/api/errors/21617."""

TRAITS: dict[str, Traits] = {
    EMAIL: Traits(
        identifier_kind=EMAIL_IDENTIFIER,
        topic="email",
        style=Style(aim_chars=1800, max_chars=20_000, frame=Frame.LETTER, max_words=500),
        unconfirmed=Unconfirmed.LOOK_UP_THEN_RESEND,
        open_threads=True,
        bounces=True,
        addressable=True,
        loop_guard=LoopGuard(replies=10, period=timedelta(minutes=180)),
    ),
    WHATSAPP: Traits(
        identifier_kind=PHONE_IDENTIFIER,
        topic="whatsapp",
        style=Style(aim_chars=300, max_chars=4_800, part_chars=WHATSAPP_PART_CHARS, frame=Frame.BARE, bold=r"*\2*"),
        unconfirmed=Unconfirmed.LOOK_UP_THEN_HAND_OVER,
        may_ask_again=True,
        quiet=timedelta(seconds=2),
        reply_window=timedelta(hours=24),
        addressable=True,
    ),
    WEB_FORM: Traits(
        identifier_kind=EMAIL_IDENTIFIER,
        topic="webform",
        style=Style(aim_chars=1200, max_chars=4_000, frame=Frame.SIGNED, max_words=300),
        unconfirmed=Unconfirmed.RESEND,
        copied_to=EMAIL,
    ),
}


def kinds(unconfirmed: Unconfirmed) -> list[str]:
    """The kinds of channel whose unconfirmed parts are treated so."""
    return sorted(kind for kind, traits in TRAITS.items() if traits.unconfirmed is unconfirmed)


def bouncing() -> list[str]:
    """The kinds of channel whose messages may come back after they were taken."""
    return sorted(kind for kind, traits in TRAITS.items() if traits.bounces)
