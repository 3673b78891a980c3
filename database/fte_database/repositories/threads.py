"""Which conversation a message belongs to where anybody can write into a thread: docs/adr/0042.

A reply token, ids and the provider's thread say which conversations are meant; a message belongs to the first of them
in which its sender takes part. Else it opens one of its own, which names the one that was meant and holds nothing of
it. Locks are taken in the order threads, all at once, then the conversation's row.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fte_agent.domain.messages import InboundMessage
from fte_database.pool import Connection
from fte_database.repositories.participants import add, admits, as_compared
from fte_database.sql import QUERIES, bound

INGEST = "ingest"

_TOKEN = re.compile(r"[0-9a-f]{32}")
_DELIVERY = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)
"""An id of ours, as far as the provider left it: its message carries that delivery."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote a message; ``proven`` says that a message before it proved the address."""

    identifier: int
    customer: UUID
    proven: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message belongs; ``parties`` took part there before it, nobody where it opens the conversation."""

    conversation: UUID
    parties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A conversation that was meant; ``mine`` says that nobody but the sender wrote in it, and never with a proof."""

    id: UUID
    thread_key: str
    parties: frozenset[str]
    mine: bool


async def place(connection: Connection, message: InboundMessage, channel_config: UUID, writer: Writer) -> Place:
    """The conversation of ``message``, locked; a new one where none that was meant admits its sender."""
    own = _own_key(message)
    threads = [message.thread_key, own]

    async def meant() -> list[Candidate]:
        return await candidates(
            connection,
            channel_config,
            threads,
            ids=ids_of(message.in_reply_to, message.references),
            token=message.reply_token,
            identifier=writer.identifier,
        )

    def admitted(each: Candidate) -> bool:
        alone = each.thread_key == own and each.mine
        return alone or admits(each.parties, message.sender, proven=writer.proven)

    keys = {*threads, *(each.thread_key for each in await meant() if admitted(each))}
    await connection.execute(QUERIES["lock_threads"], channel_config, list(keys))
    found = await meant()  # again, since who held the locks may have added to them
    chosen = next((each for each in found if each.thread_key in keys and admitted(each)), None)
    if chosen is not None:
        return await _continued(connection, message, channel_config, writer, chosen)
    taken = {each.thread_key for each in found}
    free = next(key for key in (*threads, _own_key(message, message.dedupe_key)) if key not in taken)
    conversation = await opened(connection, message, channel_config, writer.customer, free)
    await connection.execute(QUERIES["join_thread"], channel_config, message.thread_key, conversation)
    if found:
        await _link(connection, message, conversation, found[0].id)
    return Place(conversation)


async def candidates(
    connection: Connection,
    channel_config: UUID,
    threads: Sequence[str],
    *,
    ids: Sequence[str],
    token: str = "",
    identifier: int | None = None,
) -> list[Candidate]:
    """The conversations that are meant, the likeliest first; the first of ``threads`` is the provider's."""
    rows = await connection.fetch(
        *bound(
            "find_meant",
            channel_config=channel_config,
            ids=list(ids),
            parts=[UUID(ours[1]) if (ours := _DELIVERY.match(each)) else None for each in ids],
            token=UUID(token) if _TOKEN.fullmatch(token) else None,
            thread=threads[0],
            threads=list(threads),
            identifier=identifier,
        )
    )
    return [Candidate(row["id"], row["thread_key"], frozenset(row["parties"]), row["mine"]) for row in rows]


def ids_of(in_reply_to: str, references: Sequence[str]) -> list[str]:
    """The ids of what a message continues, the likeliest first: what it answers, then the newest before that."""
    return list(dict.fromkeys(filter(None, (in_reply_to, *reversed(references)))))


async def opened(
    connection: Connection, message: InboundMessage, channel_config: UUID, customer: UUID, thread: str
) -> UUID:
    """A new conversation, the next generation of ``thread``."""
    conversation: UUID = await connection.fetchval(
        *bound(
            "insert_conversation",
            customer=customer,
            channel_config=channel_config,
            channel=message.channel,
            thread=thread,
            subject=message.subject,
        )
    )
    return conversation


async def _continued(
    connection: Connection, message: InboundMessage, channel_config: UUID, writer: Writer, chosen: Candidate
) -> Place:
    """The chosen conversation, or where that is finished the next of its thread, with the same people.

    What a program says opens nothing.
    """
    thread, ended_too = chosen.thread_key, message.automated
    live: UUID | None = await connection.fetchval(QUERIES["lock_conversation"], channel_config, thread, ended_too)
    if live is None:
        live = await opened(connection, message, channel_config, writer.customer, thread)
        await add(connection, live, chosen.parties)
    await connection.execute(QUERIES["join_thread"], channel_config, message.thread_key, live)
    return Place(live, chosen.parties)


async def _link(connection: Connection, message: InboundMessage, conversation: UUID, meant: UUID) -> None:
    await connection.execute(QUERIES["link_conversation"], conversation, meant)
    detail = {"channel_name": message.channel_name, "linked_to": str(meant)}
    await connection.execute(QUERIES["insert_audit"], INGEST, "thread_split", str(conversation), detail)


def _own_key(message: InboundMessage, *more: str) -> str:
    """The thread of a sender who takes no part in the provider's; who claims an address has not that of its owner."""
    proof = "proven" if message.sender.verified else "claimed"
    facts = (message.thread_key, as_compared(message.sender.value), proof, *more)
    return f"split:{hashlib.sha256(chr(0).join(facts).encode(errors='replace')).hexdigest()}"
