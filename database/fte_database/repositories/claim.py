"""Claim, renew and release: leases on conversations, fenced by their epoch."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg

from fte_agent.channels import TRAITS
from fte_agent.domain.identity import Confirmation, Standing
from fte_agent.domain.messages import Author, Channel, StoredMessage
from fte_agent.domain.turns import TurnContext
from fte_agent.identity.addresses import masked
from fte_agent.ports import Claim
from fte_database.pool import Connection
from fte_database.repositories.claims import PER_CLAIMANT
from fte_database.sql import QUERIES, bound

HISTORY_MESSAGES = 20
FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(seconds=60)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)


async def claim(
    connection: Connection,
    worker: str,
    lease: timedelta,
    choice: Sequence[UUID] | None,
    overdue: timedelta,
    *,
    reachable: frozenset[str] = frozenset(),
) -> Claim | None:
    """Lease one due conversation out of ``choice`` (None: any) and read what its turn may know.

    ``reachable`` are the kinds of identifier to which a code can be sent.
    """
    row = await connection.fetchrow(
        *bound("claim_conversation", worker=worker, lease=lease, choice=choice, overdue=overdue, kinds=list(TRAITS))
    )
    return None if row is None else await _opened(connection, row, worker, reachable)


async def claim_overdue(
    connection: Connection, worker: str, lease: timedelta, age: timedelta, reachable: frozenset[str] = frozenset()
) -> Claim | None:
    """Lease the burst that has waited longest beyond ``age``, whoever has it now, unless such a claim has it."""
    row = await connection.fetchrow(QUERIES["claim_overdue_conversation"], lease, age, list(TRAITS))
    return None if row is None else await _opened(connection, row, worker, reachable)


async def _opened(connection: Connection, row: asyncpg.Record, worker: str, reachable: frozenset[str]) -> Claim:
    conversation, epoch = row["id"], row["epoch"]
    answered, to_seq = row["answered_through_seq"], row["last_inbound_seq"]
    await connection.execute(QUERIES["abandon_runs"], conversation, epoch)
    await connection.execute(
        *bound("start_run", conversation=conversation, epoch=epoch, from_seq=answered + 1, to_seq=to_seq, worker=worker)
    )
    return Claim(
        conversation_id=conversation,
        epoch=epoch,
        answered_through_seq=answered,
        to_seq=to_seq,
        unanswered_since=row["unanswered_since"],
        context=await _context(
            connection, conversation, answered, to_seq, attempt=row["attempts"], reachable=reachable
        ),
    )


async def _context(
    connection: Connection,
    conversation: UUID,
    answered: int,
    to_seq: int,
    *,
    attempt: int,
    reachable: frozenset[str],
) -> TurnContext:
    facts = await connection.fetchrow(QUERIES["turn_facts"], conversation, to_seq)
    if facts is None:
        raise AssertionError("a conversation without ticket was claimed")
    burst = await connection.fetch(QUERIES["turn_burst"], conversation, answered, to_seq)
    history = await connection.fetch(QUERIES["turn_history"], conversation, answered, HISTORY_MESSAGES)
    return TurnContext(
        conversation_id=conversation,
        ticket_id=facts["ticket_id"],
        customer_id=facts["customer_id"],
        channel=Channel(facts["channel"]),
        channel_name=facts["channel_name"],
        subject=facts["subject"],
        customer_name=facts["customer_name"],
        burst=tuple(_stored(row) for row in burst),
        history=tuple(_stored(row) for row in reversed(history)),
        max_chars=facts["max_chars"],
        attempt=attempt,
        budget_spent=any(row["excess"] for row in burst),
        opted_out=facts["opted_out"],
        standing=await _standing(connection, conversation, to_seq, burst, reachable),
    )


async def _standing(
    connection: Connection, conversation: UUID, to_seq: int, burst: Sequence[asyncpg.Record], reachable: frozenset[str]
) -> Standing:
    row = await connection.fetchrow(QUERIES["turn_standing"], conversation, to_seq)
    if row is None:
        raise AssertionError("a conversation that nobody wrote in was claimed")
    results = [Confirmation(each["confirmation"]) for each in burst if each["confirmation"]]
    several = len({each["writer"] for each in burst}) > 1  # the claimant is the last of them, whoever named the address
    return Standing(
        proven=row["proven"],
        confirmation=results[-1] if results else None,
        awaited=masked(row["kind"], row["value_raw"]) if row["kind"] else "",
        reachable=frozenset() if several else reachable,
        claims_left=row["claims"] < PER_CLAIMANT,
    )


def _stored(row: asyncpg.Record) -> StoredMessage:
    return StoredMessage(
        seq=row["seq"],
        author=Author(row["author"]),
        body=row["body"],
        occurred_at=row["occurred_at"],
        attachments=tuple(attachment["kind"] for attachment in row["attachments"]),
        citations=tuple(citation["uri"] for citation in row["citations"]),
    )


async def renew(connection: Connection, claim: Claim, lease: timedelta) -> bool:
    """Extend the lease; False when the claim was lost or a person took over."""
    held = await connection.fetchval(QUERIES["renew_lease"], claim.conversation_id, claim.epoch, lease)
    return held is not None


async def release(connection: Connection, claim: Claim, error: str | None, *, counts: bool) -> None:
    """Give the claim back: without ``error`` the attempt is not counted, with one it waits longer each time.

    Not ``counts``: the error is not the turn's own, so it is no attempt either and waits 5 s to 5 min.
    """
    lease = (claim.conversation_id, claim.epoch)
    if error is not None and not counts:
        await connection.fetchval(QUERIES["postpone_turn"], *lease, FIRST_WAIT, LONGEST_WAIT)
    else:
        backoff = None if error is None else FIRST_BACKOFF
        await connection.fetchval(QUERIES["release_lease"], *lease, backoff, LONGEST_BACKOFF)
    status = "abandoned" if error is None else "failed"
    await connection.execute(QUERIES["end_run"], *lease, status, error)
