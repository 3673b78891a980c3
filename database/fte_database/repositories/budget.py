"""The ledger of what is spent: reservations before, charges after, and totals that are their sums.

Each change takes the ledger's lock first, for the rest of its transaction; in a longer one it comes last.
"""

from datetime import date, timedelta
from uuid import UUID

from fte_agent.domain.budget import Caps, Grant, Spent, Totals, grant, refusing
from fte_agent.domain.turns import Charge
from fte_database.pool import Connection, Database
from fte_database.sql import QUERIES, bound

NOBODY = (None, None)


class PostgresBudgetStore:
    """Reserves and charges within ``caps``; ``lease_seconds`` is longer than any turn.

    What a turn of a worker that vanished had reserved is charged after it.
    """

    def __init__(self, database: Database, caps: Caps, *, lease_seconds: float) -> None:
        self._database = database
        self._caps = caps
        self._lease = timedelta(seconds=lease_seconds)

    async def reserve(self, conversation: UUID, epoch: int, *, spent: int, under_way: int, ceiling: int) -> Grant:
        """Let a turn make one more request of at most ``ceiling``, or say why not.

        Its ended requests have cost ``spent`` so far, its others may yet cost ``under_way``.
        """
        run = {"conversation": conversation, "epoch": epoch, "estimated": False, "lease": self._lease}
        async with self._database.transaction() as connection:
            await _locked(connection)
            day = await connection.fetchval(QUERIES["budget_day"], conversation, epoch)
            if day is None:
                return Grant.BUSY  # charged over its head: another worker has its conversation by now
            await connection.execute(QUERIES["open_budget_day"], day)
            if spent or under_way:
                await connection.execute(*bound("book_run", **run, day=day, spent=spent, reserved=under_way))
            totals = await _totals(connection, day)
            own = await connection.fetchrow(QUERIES["budget_own"], conversation, day)
            granted = grant(totals, self._caps, ceiling, Spent(**own) if own else Spent())
            await self._note(connection, day, totals, granted, ceiling)
            if granted is Grant.GRANTED:
                await connection.execute(*bound("book_run", **run, day=day, spent=spent, reserved=under_way + ceiling))
            return granted

    async def _note(self, connection: Connection, day: date, totals: Totals, granted: Grant, ceiling: int) -> None:
        """Keep what a period refused; what was more than a whole one says nothing once another request finds room."""
        if granted is Grant.SPENT:
            by = refusing(totals, self._caps, ceiling)
            told = bound("note_refusal", day=day, ceiling=ceiling, by_day="day" in by, by_year="year" in by)
            await connection.execute(*told)
        if granted is Grant.GRANTED and any(each.refused > cap for each, cap in totals.limited(self._caps).values()):
            await connection.execute(QUERIES["forget_refusals"], day)

    async def settle(self, conversation: UUID, epoch: int, charge: Charge) -> None:
        """Charge a turn that came to no decision, or whose decision is not made true."""
        async with self._database.transaction() as connection:
            await settle_undecided(connection, conversation, epoch, charge)

    async def add(self, kind: str, micro_usd: int, *, estimated: bool = False) -> None:
        """Charge what no turn and no delivery is behind, such as documents embedded."""
        async with self._database.transaction() as connection:
            await _locked(connection)
            await _fee(connection, kind, micro_usd, estimated=estimated)

    async def totals(self) -> Totals:
        """What today and this year have cost."""
        async with self._database.connection() as connection:
            return await _totals(connection, None)

    async def charge_expired(self) -> None:
        """Charge what nobody settled in time, and add the fees; every other change does so, too."""
        async with self._database.transaction() as connection:
            await _locked(connection)


async def settle_undecided(connection: Connection, conversation: UUID, epoch: int, charge: Charge) -> None:
    """Charge a turn whose decision is not made true, and note in its run what it used."""
    await connection.execute(
        *bound(
            "price_run",
            conversation=conversation,
            epoch=epoch,
            input_tokens=charge.usage.input_tokens,
            cached_tokens=charge.usage.cached_tokens,
            output_tokens=charge.usage.output_tokens,
            cost=charge.cost,
        )
    )
    await settle(connection, conversation, epoch, charge)


async def settle(connection: Connection, conversation: UUID, epoch: int, charge: Charge) -> None:
    """Charge a turn, once: what it had reserved is free again."""
    if not (charge.reserved or charge.embedding):
        return
    await _locked(connection)
    if charge.reserved and (day := await connection.fetchval(QUERIES["budget_day"], conversation, epoch)) is not None:
        await connection.execute(QUERIES["open_budget_day"], day)
        await connection.execute(
            *bound(
                "book_run",
                conversation=conversation,
                epoch=epoch,
                day=day,
                spent=charge.model,
                reserved=0,
                estimated=not charge.known,
                lease=None,
            )
        )
    if charge.embedding:
        await _fee(connection, "embedding", charge.embedding, conversation=conversation, epoch=epoch)


async def charge_delivery(connection: Connection, delivery: UUID, micro_usd: int) -> None:
    """Charge what a channel takes for a message that its provider has just taken: a part, or the template before it.

    Without the ledger's lock: what was sent is recorded, whoever holds that.
    """
    if micro_usd:
        await connection.execute(QUERIES["note_fee"], delivery, micro_usd)


async def _locked(connection: Connection) -> None:
    await connection.execute(QUERIES["lock_budget"])
    await connection.execute(QUERIES["charge_expired"])
    await connection.execute(QUERIES["add_fees"])


async def _fee(
    connection: Connection,
    kind: str,
    micro_usd: int,
    *,
    conversation: UUID | None = None,
    epoch: int | None = None,
    estimated: bool = False,
) -> None:
    today = await connection.fetchval(QUERIES["budget_day"], *NOBODY)
    await connection.execute(QUERIES["open_budget_day"], today)
    await connection.execute(
        *bound(
            "book_fee",
            kind=kind,
            day=today,
            conversation=conversation,
            epoch=epoch,
            spent=micro_usd,
            estimated=estimated,
        )
    )


async def _totals(connection: Connection, day: date | None) -> Totals:
    row = await connection.fetchrow(QUERIES["budget_totals"], day)
    if row is None:
        return Totals()
    return Totals(
        Spent(row["day_spent"], row["day_reserved"], row["day_refused"]),
        Spent(row["year_spent"], row["year_reserved"], row["year_refused"]),
    )
