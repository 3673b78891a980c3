"""Ingest: one inbound message into the CRM, once, whatever arrives beside it.

Locks are taken in the order event, channel, identifiers, merges and customers, threads, conversation row, codes; every
writer that needs several takes them in that order, so no two can wait for each other.
"""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from uuid import UUID

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import Identifier, InboundMessage, Ingested, Preference
from fte_agent.text.cleaning import storable
from fte_database.errors import Rejected
from fte_database.pool import Connection
from fte_database.repositories import bounces, confirmations, participants, threads, twins
from fte_database.repositories.copies import CopyPolicy
from fte_database.repositories.threads import Writer
from fte_database.sql import QUERIES, bound

BURST_LIMIT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """What ingest and turns need to know of one SupportChannel; times in seconds.

    ``max_chars`` bounds a reply; None means what its kind of channel has.
    """

    quiet_seconds: float = 0.0
    max_chars: int | None = None


async def ingest(
    connection: Connection, message: InboundMessage, policy: ChannelPolicy, copies: CopyPolicy | None = None
) -> Ingested:
    """Store ``message`` within the caller's transaction, or say what it became earlier.

    ``copies`` says who carries the code to a form's visitor who asks for one.
    """
    payload = {"channel": message.channel, "channel_name": message.channel_name, "metadata": message.metadata}
    if message.extensions:
        payload["extensions"] = message.extensions
    event = await connection.fetchval(QUERIES["insert_event"], message.source, message.dedupe_key, payload)
    if event is None:
        return await _duplicate(connection, message)
    channel_config = await _channel(connection, message, policy)
    said = confirmations.listen(message)
    message = said.message
    locked = await confirmations.lock(connection, said)
    writer = await _writer(connection, message)
    identifier, customer = writer.identifier, writer.customer
    if TRAITS[message.channel].open_threads:
        if known := await twins.earlier(connection, message, identifier, event):
            return known
        place = await threads.place(connection, message, channel_config, writer)
        message = participants.answerable(message, place.parties)
        await participants.take_part(connection, message, place.conversation, place.parties)
        conversation = place.conversation
    else:
        conversation = await _conversation(connection, message, channel_config, customer)
    message = await confirmations.hear(connection, replace(said, message=message), conversation, writer, locked)
    heard = await _heed(connection, message, identifier, conversation)
    silent = message.automated or not heard or message.preference is Preference.STOP
    seq = await _next_seq(connection, message, conversation, policy, silent=silent)
    if not heard:
        message = replace(message, preference=None)  # it is kept as what they said, and counts as nothing
    message_id = await _insert(connection, message, conversation, identifier, seq, silent=silent)
    ticket = await _ticket(connection, message, conversation, customer)
    if message.automated and seq == 1 and message.ticket_id is None:
        await connection.execute(QUERIES["close_unasked"], conversation)
    await connection.execute(QUERIES["finish_event"], event, message_id, ticket)
    await confirmations.ask(connection, message, conversation, writer, stored=message_id, policy=copies)
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


async def _writer(connection: Connection, message: InboundMessage) -> Writer:
    """Who wrote it, whose identifier is locked; a new one makes a customer."""
    sender = message.sender
    normalised = storable(sender.normalised)
    await bounces.heard(connection, message)
    row = await connection.fetchrow(QUERIES["find_identifier"], sender.kind, normalised)
    if row is None:
        customer = await connection.fetchval(QUERIES["insert_customer"], message.display_name or None)
        identifier = await connection.fetchval(
            *bound(
                "insert_identifier",
                customer=customer,
                kind=sender.kind,
                normalised=normalised,
                value=sender.value,
                channel=message.channel,
            )
        )
        verified = False
    else:
        identifier, customer, verified = row["id"], row["customer_id"], row["verified"]
    if sender.verified and not verified:
        await _verify(connection, identifier, customer, sender, message.channel)
    return Writer(identifier, customer, verified)


async def _verify(connection: Connection, identifier: int, customer: UUID, sender: Identifier, channel: str) -> None:
    await connection.execute(QUERIES["verify_identifier"], identifier, channel)
    if sender.kind == "email":
        await connection.execute(QUERIES["set_verified_email"], customer, storable(sender.normalised))


async def _conversation(connection: Connection, message: InboundMessage, channel_config: UUID, customer: UUID) -> UUID:
    # A promised ticket is a conversation of its own, whatever the thread says: one open ticket each. Its page is all
    # that the customer has, so what they write under it after it was resolved opens it again.
    promised = message.ticket_id is not None
    thread = str(message.ticket_id) if promised else message.thread_key
    await connection.execute(QUERIES["lock_thread"], channel_config, thread)
    ended_too = promised or message.automated  # what a program says opens nothing
    live: UUID | None = await connection.fetchval(QUERIES["lock_conversation"], channel_config, thread, ended_too)
    if live is None and confirmations.is_wish(message):
        raise Rejected("a confirmation is of a ticket that is not stored; ask for it once the ticket's page shows it")
    return live or await threads.opened(connection, message, channel_config, customer, thread)


async def _heed(connection: Connection, message: InboundMessage, identifier: int, conversation: UUID) -> bool:
    """What the customer says of being written to holds from now on, also for what is under way.

    False when they have said something else since; of two words of one time it is silence that holds.
    """
    if message.preference is None:
        return True
    stops = message.preference is Preference.STOP
    if await connection.fetchval(QUERIES["note_preference"], identifier, message.occurred_at, stops) is None:
        return False
    match message.preference:
        case Preference.STOP:
            await connection.execute(QUERIES["opt_out"], identifier)
            await connection.execute(QUERIES["cancel_for_recipient"], identifier)
            await connection.execute(QUERIES["drop_burst"], conversation, message.occurred_at)
        case Preference.START:
            if await connection.fetchval(QUERIES["opt_in"], identifier) is not None:
                await connection.execute(QUERIES["cancel_for_recipient"], identifier)  # said to nobody, and old by now
    return True


async def _insert(
    connection: Connection, message: InboundMessage, conversation: UUID, identifier: int, seq: int, *, silent: bool
) -> UUID:
    inserted: UUID = await connection.fetchval(
        *bound(
            "insert_inbound",
            conversation=conversation,
            seq=seq,
            channel=message.channel,
            identifier=identifier,
            name=message.display_name or None,
            verified=message.sender.verified,
            body=message.body,
            automated=silent,
            external_id=message.external_id or None,
            in_reply_to=message.in_reply_to or None,
            reply_target=asdict(message.target),
            attachments=[asdict(attachment) for attachment in message.attachments],
            metadata=_metadata(message),
            occurred_at=message.occurred_at,
        )
    )
    return inserted


def _metadata(message: InboundMessage) -> dict[str, object]:
    known = {"preference": message.preference, "excess": message.excess}
    return message.metadata | {name: value for name, value in known.items() if value}


async def _next_seq(
    connection: Connection, message: InboundMessage, conversation: UUID, policy: ChannelPolicy, *, silent: bool
) -> int:
    if silent:
        unanswered: int = await connection.fetchval(QUERIES["append_automated"], conversation)
        return unanswered
    quiet, window = timedelta(seconds=policy.quiet_seconds), TRAITS[message.channel].reply_window
    seq: int = await connection.fetchval(
        *bound(
            "append_inbound",
            conversation=conversation,
            quiet=quiet,
            longest=max(quiet, BURST_LIMIT),
            occurred_at=message.occurred_at,
            reply_window=window,
        )
    )
    if window is not None:
        await connection.execute(QUERIES["release_waiting"], conversation, message.occurred_at)
    return seq


async def _ticket(connection: Connection, message: InboundMessage, conversation: UUID, customer: UUID) -> UUID:
    known: UUID | None
    if message.automated:
        known = await connection.fetchval(QUERIES["newest_ticket"], conversation)
    else:
        known = await connection.fetchval(QUERIES["reopen_ticket"], conversation, message.ticket_id)
    return known or await connection.fetchval(
        *bound(
            "insert_ticket",
            ticket=message.ticket_id,
            customer=customer,
            conversation=conversation,
            channel=message.channel,
            category=message.category,
            priority=message.priority,
            token_sha256=message.status_token_sha256,
        )
    )
