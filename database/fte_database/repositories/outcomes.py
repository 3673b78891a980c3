"""What became of a claimed delivery, and what follows from it; each within the caller's transaction.

Locks are taken in the order provider's id, conversation, delivery: as in a commit and in a take-over, so that none
waits for another for ever, and none sees who handles the conversation change halfway.
"""

from datetime import timedelta
from uuid import UUID

from fte_agent.channels import TRAITS, Unconfirmed
from fte_agent.domain.delivery import Delivery, Failure
from fte_agent.domain.turns import Reason
from fte_database.pool import Connection
from fte_database.repositories.handover import HandoverPolicy, hand_over
from fte_database.sql import QUERIES, bound

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=5)
ENOUGH_LOOKUPS = 2
UNCONFIRMED = Failure("Unconfirmed", "the provider does not know it after two looks", retryable=False)


async def retry(connection: Connection, delivery: Delivery, failure: Failure) -> bool:
    """It was not taken: due again after what the provider asks for, else after a back-off."""
    await connection.execute(QUERIES["lock_handler"], delivery.conversation_id)
    done = await connection.fetchval(
        *bound(
            "retry_delivery",
            delivery=delivery.id,
            epoch=delivery.epoch,
            code=failure.code,
            error=failure.error,
            delay=None if failure.retry_after is None else timedelta(seconds=failure.retry_after),
            first=FIRST_BACKOFF,
            longest=LONGEST_BACKOFF,
        )
    )
    if done is not None:
        await connection.execute(QUERIES["cancel_unwanted"], delivery.id)
    return done is not None


async def fail(connection: Connection, delivery: Delivery, failure: Failure, policy: HandoverPolicy) -> bool:
    """It will never be taken: a person has the conversation."""
    await connection.execute(QUERIES["lock_handler"], delivery.conversation_id)
    facts = {"delivery": delivery.id, "epoch": delivery.epoch, "code": failure.code, "error": failure.error}
    done = await connection.fetchval(*bound("fail_delivery", **facts))
    if done is not None:
        await give_up(connection, delivery.id, delivery.conversation_id, failure.code, policy)
    return done is not None


async def suspend(connection: Connection, delivery: Delivery, failure: Failure, margin: timedelta) -> bool:
    """Nobody knows whether it was taken: looked up ``margin`` after its lease, and not sent meanwhile."""
    facts = {"delivery": delivery.id, "epoch": delivery.epoch, "code": failure.code, "error": failure.error}
    return await connection.fetchval(*bound("suspend_delivery", **facts, margin=margin)) is not None


async def absent(connection: Connection, delivery: Delivery, pause: timedelta, policy: HandoverPolicy) -> bool:
    """Its provider does not know it: looked up once more after ``pause``, then sent again or given to a person."""
    await connection.execute(QUERIES["lock_handler"], delivery.conversation_id)
    lookups = await connection.fetchval(QUERIES["count_lookup"], delivery.id, delivery.epoch, pause)
    if lookups is None or lookups < ENOUGH_LOOKUPS:
        return lookups is not None
    if TRAITS[delivery.channel].unconfirmed is Unconfirmed.LOOK_UP_THEN_HAND_OVER:
        await connection.execute(QUERIES["abandon_delivery"], delivery.id, UNCONFIRMED.code, UNCONFIRMED.error)
        await give_up(connection, delivery.id, delivery.conversation_id, UNCONFIRMED.code, policy)
    else:
        await connection.execute(QUERIES["resend_delivery"], delivery.id)
        await connection.execute(QUERIES["cancel_unwanted"], delivery.id)
    return True


async def reopen(
    connection: Connection,
    delivery: UUID,
    conversation: UUID,
    epoch: int | None = None,
    lease: timedelta = timedelta(),
) -> bool:
    """Free text is not taken any more: due again, as a template; ``epoch`` None whoever has claimed it.

    ``lease`` is how long it was claimed for, where it was refused while it was being sent.
    """
    if await connection.fetchval(QUERIES["is_copy"], delivery):  # its window is not its conversation's
        return await connection.fetchval(QUERIES["fail_refused_copy"], delivery, epoch) is not None
    await connection.execute(QUERIES["lock_handler"], conversation)
    handed_over = await connection.fetchval(QUERIES["handed_over_at"], delivery, lease)
    done = await connection.fetchval(QUERIES["reopen_delivery"], delivery, epoch)
    if done is not None:
        await connection.execute(QUERIES["close_reply_window"], conversation, handed_over)
        await connection.execute(QUERIES["cancel_unwanted"], delivery)
        await _strike_found(connection, delivery, conversation)
    return done is not None


async def give_up(
    connection: Connection,
    delivery: UUID,
    conversation: UUID,
    code: str | None,
    policy: HandoverPolicy,
    *,
    reason: str = "",
) -> None:
    """A part cannot reach its customer: neither can the rest of its message, and a person has the conversation.

    ``reason`` is a clause on why, where that is known. Of a copy nothing follows: the customer finds the reply where
    they asked.
    """
    await connection.execute(QUERIES["cancel_parts"], delivery)
    if await connection.fetchval(QUERIES["is_copy"], delivery):
        return
    await hand_over(connection, conversation, Reason.DELIVERY, undelivered(code, reason), policy)
    await _strike_found(connection, delivery, conversation)


def undelivered(code: str | None, reason: str = "") -> str:
    """What the person reads."""
    return f"A reply could not be delivered ({code or 'no code was given'}){': ' if reason else ''}{reason}."


async def _strike_found(connection: Connection, delivery: UUID, conversation: UUID) -> None:
    """What was found at its provider after it was given up did not arrive: nobody is told that it did."""
    note = await connection.fetchval(QUERIES["found_note"], delivery)
    await connection.execute(QUERIES["strike_found"], conversation, note)
