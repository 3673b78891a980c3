"""Ingest: one inbound message into the CRM, once, whatever arrives beside it.

Locks are taken in the order event, channel, identifier, thread, conversation row; every writer that
needs several takes them in that order, so no two can wait for each other.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import Identifier, InboundMessage, Ingested
from fte_agent.text.cleaning import storable
from fte_database.pool import Connection
from fte_database.sql import QUERIES

BURST_LIMIT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """What ingest and turns need to know of one SupportChannel; times in seconds.

    ``max_chars`` bounds a reply; None means what its kind of channel has.
    """

    quiet_seconds: float = 0.0
    max_chars: int | None = None


async def ingest(connection: Connection, message: InboundMessage, policy: ChannelPolicy) -> Ingested:
    """Store ``message`` within the caller's transaction, or say what it became earlier."""
    payload = {"channel": message.channel, "channel_name": message.channel_name, "metadata": message.metadata}
    event = await connection.fetchval(QUERIES["insert_event"], message.source, message.dedupe_key, payload)
    if event is None:
        return await _duplicate(connection, message)
    channel_config = await _channel(connection, message, policy)
    identifier, customer = await _customer(connection, message)
    conversation = await _conversation(connection, message, channel_config, customer)
    seq = await _next_seq(connection, message, conversation, policy)
    message_id = await connection.fetchval(
        QUERIES["insert_inbound"],
        conversation,
        seq,
        message.channel,
        identifier,
        message.display_name or None,
        message.sender.verified,
        message.body,
        message.automated,
        message.metadata,
        message.occurred_at,
    )
    ticket = await _ticket(connection, message, conversation, customer)
    await connection.execute(QUERIES["finish_event"], event, message_id, ticket)
    return Ingested(conversation_id=conversation, ticket_id=ticket, seq=seq, duplicate=False)


async def _duplicate(connection: Connection, message: InboundMessage) -> Ingested:
    row = await connection.fetchrow(QUERIES["find_event"], message.source, message.dedupe_key)
    if row is None:
        raise AssertionError("an event that is neither dead nor processed was committed")
    return Ingested(conversation_id=row["conversation_id"], ticket_id=row["ticket_id"], seq=row["seq"], duplicate=True)


async def _channel(connection: Connection, message: InboundMessage, policy: ChannelPolicy) -> UUID:
    max_chars = policy.max_chars or TRAITS[message.channel].style.max_chars
    facts = (message.channel, message.channel_name, max_chars)
    known: UUID | None = await connection.fetchval(QUERIES["find_channel"], *facts)
    return known or await connection.fetchval(QUERIES["upsert_channel"], *facts)


async def _customer(connection: Connection, message: InboundMessage) -> tuple[int, UUID]:
    sender = message.sender
    normalised = storable(sender.normalised)
    await connection.execute(QUERIES["lock_identifier"], sender.kind, normalised)
    row = await connection.fetchrow(QUERIES["find_identifier"], sender.kind, normalised)
    if row is None:
        customer = await connection.fetchval(QUERIES["insert_customer"], message.display_name or None)
        identifier = await connection.fetchval(
            QUERIES["insert_identifier"], customer, sender.kind, normalised, sender.value, message.channel
        )
        verified = False
    else:
        identifier, customer, verified = row["id"], row["customer_id"], row["verified"]
    if sender.verified and not verified:
        await _verify(connection, identifier, customer, sender, message.channel)
    return identifier, customer


async def _verify(connection: Connection, identifier: int, customer: UUID, sender: Identifier, channel: str) -> None:
    await connection.execute(QUERIES["verify_identifier"], identifier, channel)
    if sender.kind == "email":
        await connection.execute(QUERIES["set_verified_email"], customer, storable(sender.normalised))


async def _conversation(connection: Connection, message: InboundMessage, channel_config: UUID, customer: UUID) -> UUID:
    # A promised ticket is a conversation of its own, whatever the thread says: one open ticket each.
    thread = str(message.ticket_id) if message.ticket_id else message.thread_key
    await connection.execute(QUERIES["lock_thread"], channel_config, thread)
    live: UUID | None = await connection.fetchval(QUERIES["lock_conversation"], channel_config, thread)
    return live or await connection.fetchval(
        QUERIES["insert_conversation"], customer, channel_config, message.channel, thread, message.subject
    )


async def _next_seq(connection: Connection, message: InboundMessage, conversation: UUID, policy: ChannelPolicy) -> int:
    if message.automated:
        automated: int = await connection.fetchval(QUERIES["append_automated"], conversation)
        return automated
    quiet = timedelta(seconds=policy.quiet_seconds)
    seq: int = await connection.fetchval(QUERIES["append_inbound"], conversation, quiet, max(quiet, BURST_LIMIT))
    return seq


async def _ticket(connection: Connection, message: InboundMessage, conversation: UUID, customer: UUID) -> UUID:
    known: UUID | None = await connection.fetchval(QUERIES["reopen_ticket"], conversation)
    return known or await connection.fetchval(
        QUERIES["insert_ticket"],
        message.ticket_id,
        customer,
        conversation,
        message.channel,
        message.category,
        message.priority,
        message.status_token_sha256,
    )
