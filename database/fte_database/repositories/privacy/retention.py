"""What is older than it may be goes, in batches: each is one transaction, so a run that ends early has done its part.

Ages are by the database's clock. The rules of each column are those of an erasure (`inventory`).
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fte_database.pool import Database
from fte_database.repositories.privacy.erasures import Erasure, ErasureStore
from fte_database.repositories.privacy.scope import LONG_SECONDS, Scope
from fte_database.repositories.privacy.texts import erase_texts
from fte_database.sql import QUERIES

ROWS = 1000
CONVERSATIONS = 50
"""Of one batch."""

RETENTION = "retention"
"""Who erases customers that were not heard of for long."""

_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Ages:
    """How long each kind of data is kept; None for ever.

    ``messages``: what was said in a conversation, since anything was said in it. ``raw_events``: what came beside
    messages, reports, what was told to others, claims to an address. ``runs``: what the employee considered and looked
    for. ``audit``: the audit log. ``customers``: everything of a customer, since they wrote.
    """

    messages: timedelta | None = None
    raw_events: timedelta | None = None
    runs: timedelta | None = None
    audit: timedelta | None = None
    customers: timedelta | None = None


class RetentionStore:
    """Lets go of what is too old."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._erasures = ErasureStore(database)

    async def retain(self, ages: Ages) -> Counter[str]:
        """Rows by table; of ``customers`` the records that were erased."""
        counts: Counter[str] = Counter()
        if ages.messages is not None:
            counts += await self._conversations(ages.messages)
        if ages.customers is not None:
            counts["customers"] += await self._customers(ages.customers)
        for table, statement, first, age in (
            ("inbound_events", QUERIES["retain_events"], 0, ages.raw_events),
            ("delivery_events", QUERIES["retain_reports"], 0, ages.raw_events),
            ("outbox", QUERIES["retain_outbox"], 0, ages.raw_events),
            ("identifier_claims", QUERIES["retain_claims"], _FIRST, ages.raw_events),
            ("agent_runs", QUERIES["retain_runs"], _FIRST, ages.runs),
            ("messages", QUERIES["retain_tool_calls"], _FIRST, ages.runs),
            ("audit_log", QUERIES["retain_audit"], 0, ages.audit),
        ):
            if age is not None:
                counts[table] += await self._rows(statement, first, age)
        return +counts

    async def _rows(self, statement: str, first: int | UUID, age: timedelta) -> int:
        total, last = 0, first
        while True:
            async with self._database.transaction() as connection:
                await connection.execute(QUERIES["allow_long_statements"], str(int(LONG_SECONDS * 1000)))
                batch = await connection.fetchrow(statement, last, age, ROWS, timeout=LONG_SECONDS)
            if batch is None or not batch["rows"]:
                return total
            total, last = total + batch["rows"], batch["last"]

    async def _conversations(self, age: timedelta) -> Counter[str]:
        counts: Counter[str] = Counter()

        async def erased(last: UUID) -> list[UUID]:
            async with self._database.transaction() as connection:
                await connection.execute(QUERIES["allow_long_statements"], str(int(LONG_SECONDS * 1000)))
                rows = await connection.fetch(
                    QUERIES["quiet_conversations"], last, age, CONVERSATIONS, timeout=LONG_SECONDS
                )
                found = [row["id"] for row in rows]
                messages = await connection.fetch(QUERIES["messages_of"], found, [], [], timeout=LONG_SECONDS)
                scope = Scope(own=tuple(found), messages=tuple(row["id"] for row in messages))
                counts.update(await erase_texts(connection, scope))
            return found

        await _each_batch(erased)
        return counts

    async def _customers(self, age: timedelta) -> int:
        total = 0

        async def erased(last: UUID) -> list[UUID]:
            nonlocal total
            async with self._database.transaction() as connection:
                await connection.execute(QUERIES["allow_long_statements"], str(int(LONG_SECONDS * 1000)))
                rows = await connection.fetch(
                    QUERIES["silent_customers"], last, age, CONVERSATIONS, timeout=LONG_SECONDS
                )
            for row in rows:
                done = await self._erasures.erase(row["id"], RETENTION)
                total += len(done.customers) if isinstance(done, Erasure) else 0
            return [row["id"] for row in rows]

        await _each_batch(erased)
        return total


async def _each_batch(step: Callable[[UUID], Awaitable[list[UUID]]]) -> None:
    last = _FIRST
    while done := await step(last):
        last = done[-1]
