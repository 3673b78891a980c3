"""What may be told of a customer's past: `fte_agent.ports.CustomerStore` on PostgreSQL."""

from fte_agent.domain.identity import EarlierTicket, Past
from fte_agent.domain.turns import TurnContext
from fte_agent.ports import CustomerStore
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

    async def past(self, context: TurnContext) -> Past:
        """The tickets of earlier conversations, newest first; nothing of anybody who has not proven who they are."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                QUERIES["earlier_conversations"], context.customer_id, context.conversation_id, EARLIER_CONVERSATIONS
            )
        return Past(
            tuple(
                EarlierTicket(row["number"], row["channel"], row["subject"], row["status"], row["started_at"])
                for row in rows
            )
        )
