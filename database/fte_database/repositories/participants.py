"""Who takes part in a conversation of a channel where anybody can write into a thread: docs/adr/0042."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from fte_agent.domain.addresses import fold, plain
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_agent.text.cleaning import storable
from fte_database.pool import Connection
from fte_database.sql import QUERIES

MAX_PARTICIPANTS = 100
"""Of a conversation, besides those who wrote in it."""


def as_compared(address: str) -> str:
    """An address as the database holds it for comparing."""
    return storable(fold(address.strip()))


def admits(parties: Iterable[str], sender: Identifier, *, proven: bool) -> bool:
    """Whether ``sender`` takes part: an address that was ``proven`` once has to be proven by the message itself.

    What stands behind a plus is of the same person if the address is proven, which is their domain's word.
    """
    address, known = as_compared(sender.value), frozenset(parties)
    if address in known:
        return sender.verified or not proven
    return sender.verified and plain(address) in map(plain, known)


def concerns(parties: Iterable[str], addresses: Iterable[str]) -> bool:
    """Whether one of ``addresses`` takes part, with or without something behind a plus."""
    return not {plain(each) for each in parties}.isdisjoint(plain(as_compared(each)) for each in addresses)


def answerable(message: InboundMessage, parties: frozenset[str]) -> InboundMessage:
    """``message`` with its answer going to its sender, where a claimed address wants it sent to somebody else.

    ``parties`` took part before it; where nobody did, an answer discloses nothing of anybody.
    """
    target = message.target
    known = {*parties, as_compared(message.sender.value)}
    if message.sender.verified or not parties or as_compared(target.address) in known:
        return message
    return replace(message, reply_target=replace(target, address=message.sender.value))


async def take_part(
    connection: Connection, message: InboundMessage, conversation: UUID, parties: frozenset[str]
) -> None:
    """Whom ``message``, now in ``conversation``, was written to may write there, too.

    A claimed address brings nobody in, except into what it opens.
    """
    if message.sender.verified or not parties:
        await add(connection, conversation, message.participants)


async def add(connection: Connection, conversation: UUID, addresses: Iterable[str]) -> None:
    """These take part from now on, as far as there is room."""
    if listed := [as_compared(each) for each in addresses]:
        await connection.execute(QUERIES["add_participants"], conversation, listed, MAX_PARTICIPANTS)
