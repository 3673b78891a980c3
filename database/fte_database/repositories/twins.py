"""One message that came in more than once: to two addresses of ours, or to one in two ways."""

from uuid import UUID

from fte_agent.domain.messages import InboundMessage, Ingested
from fte_database.pool import Connection
from fte_database.sql import QUERIES, bound


async def earlier(connection: Connection, message: InboundMessage, identifier: int, event: int) -> Ingested | None:
    """What an earlier copy of ``message`` became, and then ``event`` became the same; None for the first.

    A copy has the id, the sender with as much proof, and the text of the first. Without an id there are none: two
    messages of one text are two. Nor is one of an automated copy, such as a list's, which nobody answers. Under the
    lock of the sender's identifier, so that copies at once take turns.
    """
    if not message.external_id:
        return None
    row = await connection.fetchrow(
        *bound(
            "find_copy",
            external_id=message.external_id,
            channel=message.channel,
            identifier=identifier,
            verified=message.sender.verified,
            body=message.body,
            automated=message.automated,
        )
    )
    if row is None:
        return None
    message_id: UUID = row["id"]
    await connection.execute(QUERIES["finish_event"], event, message_id, row["ticket_id"])
    return Ingested(conversation_id=row["conversation_id"], ticket_id=row["ticket_id"], seq=row["seq"], duplicate=True)
