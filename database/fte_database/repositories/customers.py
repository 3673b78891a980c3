"""What may be told of a customer's past: `fte_agent.ports.CustomerStore` on PostgreSQL."""

import asyncpg

from fte_agent.domain.identity import EarlierTicket, Past
from fte_agent.domain.turns import TurnContext
from fte_agent.ports import CustomerStore
from fte_database.pool import Database
from fte_database.sql import bound

EARLIER_TICKETS = 5
EXCERPT_CHARS = 300
"""How much of a question or an answer is told."""

LOOKED_AT = 1000
"""Conversations of each record of a customer that are looked at, the newest; of what is older nothing is told."""


class PostgresCustomerStore(CustomerStore):
    """History through proven conversations only; docs/adr/0049.

    Who writes from an address that somebody merely claims gets the same as one without a past, by the same statement,
    so an answer does not even tell whether the customer exists.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def past(self, context: TurnContext) -> Past:
        """Tickets of other conversations, newest first, and how many of them may not be told."""
        facts = {"most": EARLIER_TICKETS, "chars": EXCERPT_CHARS, "far": LOOKED_AT}
        async with self._database.connection() as connection:
            rows = await connection.fetch(*bound("past", conversation=context.conversation_id, **facts))
        if not rows or not rows[0]["here"]:
            return Past()
        return Past(tuple(_earlier(row) for row in rows if row["number"] is not None), rows[0]["untold"])


def _earlier(row: asyncpg.Record) -> EarlierTicket:
    return EarlierTicket(
        number=row["number"],
        channel=row["channel"],
        subject=row["subject"],
        status=row["status"],
        opened_at=row["created_at"],
        question=row["question"],
        answer=row["answer"],
    )
