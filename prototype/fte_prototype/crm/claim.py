"""Claim, renew and release: leases on conversations, fenced by their epoch (``queries/claim.sql``)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from fte_agent.channels import TRAITS
from fte_agent.domain.identity import Standing
from fte_agent.domain.messages import StoredMessage
from fte_agent.domain.turns import TurnContext
from fte_agent.ports import Claim
from fte_prototype.crm.tables import Conversation, Tables
from fte_prototype.crm.views import MessageView, RunView

HISTORY_MESSAGES = 20
FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(seconds=60)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
_MAX_DOUBLINGS = 16


def claim(
    tables: Tables,
    worker: str,
    now: datetime,
    lease: timedelta,
    *,
    choice: Collection[UUID] | None,
    overdue: timedelta,
    max_chars: int | None,
) -> Claim | None:
    """Lease the conversation that is due longest out of ``choice`` (None: any), and what its turn may know."""
    due = [
        (row.due_at, row)
        for row in tables.conversations.values()
        if row.waits
        and row.due_at is not None
        and row.due_at <= now - overdue
        and (row.lease_until is None or row.lease_until < now)
        and (choice is None or row.id in choice)
    ]
    if not due:
        return None
    row = min(due, key=lambda pair: pair[0])[1]
    row.epoch += 1
    row.attempts += 1
    row.lease_owner, row.lease_until = worker, now + lease
    for run in row.runs:
        row.end_run(run.epoch, "abandoned")
    row.runs.append(RunView(row.epoch, row.answered_through_seq + 1, row.last_inbound_seq, worker))
    return Claim(
        conversation_id=row.id,
        epoch=row.epoch,
        answered_through_seq=row.answered_through_seq,
        to_seq=row.last_inbound_seq,
        unanswered_since=row.unanswered_since or now,
        context=_context(tables, row, max_chars),
    )


def _context(tables: Tables, row: Conversation, max_chars: int | None) -> TurnContext:
    ticket = tables.ticket_of(row.id)
    if ticket is None:
        raise AssertionError("a conversation without ticket was claimed")
    written = [message for message in row.messages if not message.automated]
    inbound = [message for message in written if message.direction == "inbound"]
    answered = row.answered_through_seq
    burst = [message for message in inbound if answered < message.seq <= row.last_inbound_seq]
    history = [message for message in written if message.direction == "outbound" or message.seq <= answered]
    # The name is the one given in this very conversation, by what was received up to the burst's end.
    names = (m.sender_name for m in reversed(row.messages) if m.seq <= row.last_inbound_seq and m.sender_name)
    return TurnContext(
        conversation_id=row.id,
        ticket_id=ticket.id,
        customer_id=row.customer_id,
        channel=row.channel,
        channel_name=row.channel_name,
        subject=row.subject,
        customer_name=next(names, ""),
        burst=tuple(map(_stored, burst)),
        history=tuple(map(_stored, history[-HISTORY_MESSAGES:])),
        max_chars=max_chars or TRAITS[row.channel].style.max_chars,
        attempt=row.attempts,
        standing=Standing(proven=tables.is_proven(row.id)),
    )


def _stored(message: MessageView) -> StoredMessage:
    cited = tuple(citation.uri for citation in message.citations)
    return StoredMessage(message.seq, message.author, message.body, message.occurred_at, citations=cited)


def renew(tables: Tables, claim: Claim, now: datetime, lease: timedelta) -> bool:
    """Extend the lease; False when the claim was lost or a person took over."""
    row = tables.claimed(claim.conversation_id, claim.epoch)
    if row is None or row.handler != "ai":
        return False
    row.lease_until = now + lease
    return True


def release(tables: Tables, claim: Claim, now: datetime, error: str | None, *, counts: bool) -> None:
    """Give the claim back: without ``error`` the attempt is not counted, with one it waits longer each time.

    Not ``counts``: the error is not the turn's own, so it is no attempt either and waits 5 s to 5 min; without
    PostgreSQL's jitter, as one process has no herd.
    """
    row = tables.claimed(claim.conversation_id, claim.epoch)
    if row is not None:
        row.drop_lease()
        if error is not None and counts:
            row.due_at = now + min(FIRST_BACKOFF * 2 ** (min(row.attempts, _MAX_DOUBLINGS) - 1), LONGEST_BACKOFF)
        else:
            row.attempts = max(row.attempts - 1, 0)
            row.due_at = row.due_at if error is None else now + min(FIRST_WAIT * 2 ** _failures(row), LONGEST_WAIT)
    conversation = tables.conversation(claim.conversation_id)
    conversation.end_run(claim.epoch, "abandoned" if error is None else "failed", error)


def _failures(row: Conversation) -> int:
    """Failed runs of this burst so far."""
    failed = sum(run.status == "failed" and run.from_seq > row.answered_through_seq for run in row.runs)
    return min(failed, _MAX_DOUBLINGS)
