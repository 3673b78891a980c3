"""What may be told of a customer's past: `fte_agent.ports.CustomerStore` on PostgreSQL."""

from fte_agent.domain.turns import TurnContext
from fte_agent.ports import NOTHING_KNOWN, CustomerStore
from fte_database.pool import Database
from fte_database.sql import QUERIES

EARLIER_CONVERSATIONS = 5


class PostgresCustomerStore(CustomerStore):
    """History through verified identifiers only.

    An address that somebody merely claims gets the same words as one without a past, so an answer
    does not even tell whether the customer exists.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def history(self, context: TurnContext) -> str:
        """One line per earlier conversation, newest first, or a neutral sentence."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                QUERIES["earlier_conversations"], context.customer_id, context.conversation_id, EARLIER_CONVERSATIONS
            )
        if not rows:
            return NOTHING_KNOWN
        lines = [
            f"- {row['started_at']:%Y-%m-%d}, {row['channel']}, {row['status']}: {row['subject'] or 'no subject'}"
            for row in rows
        ]
        return "\n".join(["Earlier conversations with this customer, newest first:", *lines])
