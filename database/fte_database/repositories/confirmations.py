"""What a customer proves by writing the code that was sent to an address of theirs; docs/adr/0049.

Locks are taken in the order identifiers, merges, customers: before those of threads, by whoever writes a code.
"""

import hmac
from dataclasses import dataclass, replace
from uuid import UUID

import asyncpg

from fte_agent.channels import EMAIL_IDENTIFIER
from fte_agent.domain.identity import Claimed, Confirmation
from fte_agent.domain.messages import InboundMessage
from fte_agent.identity.codes import code_in
from fte_agent.text.cleaning import storable
from fte_database.pool import Connection
from fte_database.repositories import claims, merges
from fte_database.repositories.copies import CopyPolicy
from fte_database.repositories.threads import Writer
from fte_database.sql import QUERIES, bound

CONFIRMATION = "confirmation"
"""Key of a message's metadata: what came of the code in it, or what a form's visitor wants, `ASKED` or `GIVEN`."""

ASKED, GIVEN = "asked", "code"
CODE = "code"
"""Who proved an identifier by a code, in ``verified_by``."""

MOST_ATTEMPTS = 5

Locked = frozenset[tuple[str, str]]
"""Identifiers, each as kind and normalised value, that are locked besides the sender's."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message before it is stored: ``code`` is the one in it, None where it holds none that counts."""

    message: InboundMessage
    code: str | None


def is_wish(message: InboundMessage) -> bool:
    """Whether it is no word to us, but a form's visitor who wants to confirm their address."""
    return message.metadata.get(CONFIRMATION) in {ASKED, GIVEN}


def listen(message: InboundMessage) -> Heard:
    """``message`` as it is stored, and the code in it; a word from a form's page is stored without text or answer."""
    if is_wish(message):
        code = code_in(message.body) if message.metadata[CONFIRMATION] == GIVEN else None
        return Heard(replace(message, body="", automated=True), code)
    plain = {name: value for name, value in message.metadata.items() if name != CONFIRMATION}
    code = None if message.automated else code_in(message.body)
    return Heard(replace(message, metadata=plain), code)


async def lock(connection: Connection, heard: Heard) -> Locked:
    """The lock of the sender's identifier, as for any message; with a code, those of all that it may prove, too."""
    sender = heard.message.sender
    own = (sender.kind, storable(sender.normalised))
    claimed = [] if heard.code is None else await connection.fetch(QUERIES["claimed_by"], *own)
    if not claimed:
        await connection.execute(QUERIES["lock_identifier"], *own)
        return frozenset()
    named = {(row["kind"], row["value_norm"]) for row in claimed}
    kinds, values = zip(*sorted({own, *named}), strict=True)
    await connection.execute(QUERIES["lock_identifiers"], list(kinds), list(values))
    await connection.execute(QUERIES["lock_merges"])
    await connection.execute(QUERIES["lock_roots"], list(kinds), list(values))
    return frozenset(named)


async def hear(
    connection: Connection, heard: Heard, conversation: UUID, writer: Writer, locked: Locked
) -> InboundMessage:
    """The message with what came of its code, under the lock of its conversation."""
    message = await _by_token(connection, heard.message, conversation, writer)
    result = None
    if heard.code is not None:
        result = await _result(connection, replace(heard, message=message), conversation, writer, locked)
    if result is None and message.metadata.get(CONFIRMATION) == GIVEN:
        result = Confirmation.EXPIRED
    if result is None:
        return message
    if result is Confirmation.CONFIRMED:
        message = await _by_token(connection, message, conversation, writer)
    return replace(message, metadata=message.metadata | {CONFIRMATION: result})


async def ask(
    connection: Connection,
    message: InboundMessage,
    conversation: UUID,
    writer: Writer,
    *,
    stored: UUID,
    policy: CopyPolicy | None,
) -> None:
    """Send a code to the address of a form's visitor who asks for one, unless they have confirmed it."""
    if message.metadata.get(CONFIRMATION) == ASKED and not message.sender.verified:
        await claims.open_claim(
            connection,
            conversation,
            writer.identifier,
            Claimed(message.sender.kind, message.sender.value),
            message=stored,
            channel=message.channel,
            policy=policy,
        )


async def _result(
    connection: Connection, heard: Heard, conversation: UUID, writer: Writer, locked: Locked
) -> Confirmation | None:
    """What came of the code in the conversation's claim; None where no claim of the writer's waits for one."""
    claim = await connection.fetchrow(QUERIES["find_claim"], conversation, writer.identifier)
    if claim is None or not _counts(claim, heard, locked):
        return None
    if claim["late"]:
        return await _ended(connection, claim, Confirmation.EXPIRED)
    if not hmac.compare_digest(claims.digest(claim["id"], heard.code or ""), claim["code_sha256"]):
        if await connection.fetchval(QUERIES["count_attempt"], claim["id"], MOST_ATTEMPTS) != "sent":
            await connection.execute(QUERIES["cancel_code"], claim["id"])
        return Confirmation.WRONG
    prove = _prove_own if claim["own"] else _prove_other
    return await prove(connection, heard.message, conversation, writer, claim)


def _counts(claim: asyncpg.Record, heard: Heard, locked: Locked) -> bool:
    """Whether ``claim`` waits for a code from who wrote this, or has waited for it in vain.

    In somebody's name anybody may write, which proves nothing of another address. A claim that was opened after the
    message came in knows no code of it: its identifier is not locked.
    """
    if claim["state"] == "expired":
        return True
    waits = claim["state"] == "sent" and (claim["kind"], claim["value_norm"]) in locked
    return waits and bool(claim["own"] or heard.message.sender.verified)


async def _prove_own(
    connection: Connection, message: InboundMessage, conversation: UUID, writer: Writer, claim: asyncpg.Record
) -> Confirmation:
    """The address is theirs who write; what came from it in a ticket whose token they have is, too."""
    if message.ticket_id is not None:
        await connection.execute(QUERIES["mark_proven"], conversation, writer.identifier)
    await _verify(connection, writer.identifier, writer.customer, claim)
    return await _ended(connection, claim, Confirmation.CONFIRMED)


async def _prove_other(
    connection: Connection, message: InboundMessage, conversation: UUID, writer: Writer, claim: asyncpg.Record
) -> Confirmation:
    """Another address is theirs, too: two records are one customer's, unless both have an address of their own."""
    if not await connection.fetchval(QUERIES["is_proven"], conversation):
        await _ended(connection, claim, Confirmation.WRONG, state="refused")
        return Confirmation.WRONG
    known = await connection.fetchrow(QUERIES["find_identifier"], claim["kind"], claim["value_norm"])
    if known is None:
        customer = await connection.fetchval(QUERIES["insert_customer"], None)
        facts = {"kind": claim["kind"], "normalised": claim["value_norm"], "value": claim["value_raw"]}
        identifier = await connection.fetchval(
            *bound("insert_identifier", customer=customer, channel=message.channel, **facts)
        )
    else:
        customer, identifier = known["customer_id"], known["id"]
    await _verify(connection, identifier, customer, claim)
    joined = await merges.join_proven(connection, writer.customer, customer, claim["id"])
    return await _ended(connection, claim, Confirmation.CONFIRMED if joined else Confirmation.CONFLICT)


async def _verify(connection: Connection, identifier: int, customer: UUID, claim: asyncpg.Record) -> None:
    await connection.execute(QUERIES["verify_identifier"], identifier, CODE)
    if claim["kind"] == EMAIL_IDENTIFIER:
        await connection.execute(QUERIES["set_verified_email"], customer, claim["value_norm"])


async def _ended(
    connection: Connection, claim: asyncpg.Record, result: Confirmation, *, state: str = ""
) -> Confirmation:
    await connection.fetchval(QUERIES["end_claim"], claim["id"], state or result)
    await connection.execute(QUERIES["cancel_code"], claim["id"])
    return result


async def _by_token(
    connection: Connection, message: InboundMessage, conversation: UUID, writer: Writer
) -> InboundMessage:
    """What is written in a ticket whose address was confirmed is its owner's, who alone has the ticket's token."""
    if message.ticket_id is None or message.sender.verified:
        return message
    if not await connection.fetchval(QUERIES["is_confirmed"], conversation, writer.identifier):
        return message
    return replace(message, sender=replace(message.sender, verified=True))
