"""What providers report of deliveries: in any order, more than once, and before we know the id ourselves."""

from uuid import UUID

from fte_agent.domain.delivery import Delivery, DeliveryStatus, Sent
from fte_database.pool import Connection
from fte_database.repositories.handover import HandoverPolicy
from fte_database.repositories.outcomes import give_up, reopen
from fte_database.sql import QUERIES, bound


async def accept(connection: Connection, delivery: Delivery, sent: Sent, policy: HandoverPolicy) -> bool:
    """The provider has it, or its template; then what was reported of that id so far counts."""
    if sent.provider_id is not None:
        await connection.execute(QUERIES["lock_provider_id"], delivery.channel, sent.provider_id)
    await connection.execute(QUERIES["lock_handler"], delivery.conversation_id)
    statement = QUERIES["announce_delivery"] if sent.placeholder else QUERIES["accept_delivery"]
    if await connection.fetchval(statement, delivery.id, delivery.epoch, sent.provider_id) is None:
        return False
    await (_announced if sent.placeholder else advance)(connection, delivery.id, policy)
    return True


async def apply(connection: Connection, status: DeliveryStatus, policy: HandoverPolicy) -> bool:
    """Store a report, then let it count; False while nothing has that id."""
    await connection.execute(QUERIES["lock_provider_id"], status.channel, status.provider_id)
    raw = {"reported": status.reported, "window_closed": status.window_closed, "channel_name": status.channel_name}
    await connection.execute(
        *bound(
            "insert_delivery_event",
            channel=status.channel,
            provider_id=status.provider_id,
            status=status.state,
            error_code=status.error_code,
            raw=raw,
        )
    )
    found = await connection.fetchrow(QUERIES["find_reported"], status.channel, status.provider_id)
    if found is None:
        return False
    await connection.execute(QUERIES["lock_handler"], found["conversation_id"])
    if not found["sent"]:
        await _announced(connection, found["id"], policy)
    elif await connection.fetchval(QUERIES["lock_reported"], found["id"], status.provider_id):
        await advance(connection, found["id"], policy)
    return True


async def advance(connection: Connection, delivery: UUID, policy: HandoverPolicy) -> None:
    """Bring it to the furthest state; one that failed now goes to a person, or is due as a template."""
    moved = await connection.fetchrow(QUERIES["advance_delivery"], delivery)
    if moved is None or not moved["failed"]:
        return
    if moved["window_closed"]:
        await reopen(connection, delivery, moved["conversation_id"])
    else:
        await give_up(connection, delivery, moved["conversation_id"], moved["error_code"], policy)


async def _announced(connection: Connection, delivery: UUID, policy: HandoverPolicy) -> None:
    """The customer never saw the template of a part that waits for their answer: a person has the conversation."""
    failed = await connection.fetchrow(QUERIES["fail_announced"], delivery)
    if failed is not None:
        await give_up(connection, delivery, failed["conversation_id"], failed["error_code"], policy)
