"""Ingest: one inbound message into the tables, once (``queries/ingest.sql``)."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from fte_agent.domain.messages import Author, Channel, Identifier, InboundMessage, Ingested
from fte_agent.text.cleaning import storable
from fte_prototype.crm.tables import Conversation, Tables, Ticket
from fte_prototype.crm.views import MessageView
from fte_prototype.errors import Rejected

BURST_LIMIT = timedelta(seconds=10)
KINDS = ("email", "phone", "wa_bsuid", "web_session", "external")


def ingest(tables: Tables, message: InboundMessage, now: datetime, quiet: timedelta) -> Ingested:
    """Store ``message``, or say what it became earlier; raises `Rejected` before anything is written."""
    message = _storable(message)
    event = (message.source, message.dedupe_key)
    if known := tables.events.get(event):
        return replace(known, duplicate=True)
    # A promised ticket is a conversation of its own, whatever the thread says: one open ticket each.
    key = str(message.ticket_id) if message.ticket_id else message.thread_key
    thread = (message.channel, message.channel_name, key)
    _refuse(tables, message, tables.threads.get(thread))
    conversation = _conversation(tables, message, thread, now)
    _append(conversation, message, now, quiet)
    ticket = _ticket(tables, message, conversation.id, now)
    if message.automated and conversation.last_seq == 1 and message.ticket_id is None:  # nobody waits for anything
        conversation.status, ticket.status = "resolved", "closed"
    done = Ingested(conversation.id, ticket.id, conversation.last_seq, duplicate=False)
    tables.events[event] = done
    return done


def _storable(message: InboundMessage) -> InboundMessage:
    sender = message.sender
    return replace(
        message,
        source=storable(message.source),
        dedupe_key=storable(message.dedupe_key),
        channel_name=storable(message.channel_name),
        thread_key=storable(message.thread_key),
        sender=Identifier(sender.kind, storable(sender.value), sender.verified),
        body=storable(message.body),
        subject=storable(message.subject),
        display_name=storable(message.display_name),
        metadata={storable(key): storable(value) for key, value in message.metadata.items()},
    )


def _refuse(tables: Tables, message: InboundMessage, conversation: UUID | None) -> None:
    if message.sender.kind not in KINDS:
        raise Rejected(f"the sender's kind is none of {', '.join(KINDS)}")
    promised = tables.tickets.get(message.ticket_id) if message.ticket_id else None
    if promised is not None and promised.conversation_id != conversation:
        raise Rejected("the promised ticket belongs to another conversation; promise a new one")


def _conversation(
    tables: Tables, message: InboundMessage, thread: tuple[Channel, str, str], now: datetime
) -> Conversation:
    customer = tables.customers.setdefault((message.sender.kind, message.sender.normalised), uuid4())
    if thread not in tables.threads:
        new = Conversation(uuid4(), customer, message.channel, message.channel_name, message.subject, started_at=now)
        tables.conversations[new.id] = new
        tables.threads[thread] = new.id
    return tables.conversations[tables.threads[thread]]


def _append(conversation: Conversation, message: InboundMessage, now: datetime, quiet: timedelta) -> None:
    """The message gets the next seq. What no person wrote starts no turn; anything else is due when its burst
    was quiet, at the latest ten seconds after it began, and never before a back-off in force."""
    conversation.last_seq += 1
    if not message.automated:
        since = conversation.unanswered_since or now
        due = min(now + quiet, max(since + max(quiet, BURST_LIMIT), now))
        conversation.last_inbound_seq = conversation.last_seq
        conversation.unanswered_since = since
        conversation.due_at = due if conversation.due_at is None else max(conversation.due_at, due)
        if conversation.status in ("waiting_customer", "resolved"):
            conversation.status = "open"
    conversation.messages.append(
        MessageView(
            seq=conversation.last_seq,
            direction="inbound",
            author=Author.CUSTOMER,
            body=message.body,
            occurred_at=message.occurred_at,
            created_at=now,
            automated=message.automated,
            sender_name=message.display_name,
            sender_verified=message.sender.verified,
            metadata=message.metadata,
        )
    )


def _ticket(tables: Tables, message: InboundMessage, conversation: UUID, now: datetime) -> Ticket:
    known = tables.ticket_of(conversation)
    if known is not None:
        if known.status in ("waiting", "closed") and not message.automated:
            known.status = "open"
        return known
    new = Ticket(
        id=message.ticket_id or uuid4(),
        number=len(tables.tickets) + 1,
        conversation_id=conversation,
        category=message.category,
        priority=message.priority,
        created_at=now,
    )
    tables.tickets[new.id] = new
    return new
