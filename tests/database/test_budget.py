"""The ledger of what is spent: reserved before, charged after, and true whoever vanishes in between."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from crm import Sql, answer, chat, form, mail, replied

from fte_agent.domain.budget import Caps, Grant, Spent
from fte_agent.domain.delivery import Failure, Sent
from fte_agent.domain.turns import Charge, Decision, Usage
from fte_agent.ports import Claim
from fte_database.errors import DatabaseError
from fte_database.pool import STATEMENT_SECONDS, Database
from fte_database.repositories.budget import PostgresBudgetStore
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.tickets import PostgresTicketStore
from fte_database.sql import QUERIES
from fte_runtime.worker.budget import finding

pytestmark = pytest.mark.postgres

LEASE = 180.0
NO_CAPS = Caps()
Budget = Callable[..., PostgresBudgetStore]


@pytest.fixture
def budget(database: Database) -> Budget:
    """A ledger with the given caps."""

    def make(caps: Caps = NO_CAPS) -> PostgresBudgetStore:
        return PostgresBudgetStore(database, caps, lease_seconds=LEASE)

    return make


async def reserve(ledger: PostgresBudgetStore, ceiling: int, run: UUID | None = None, **more: int) -> Grant:
    return await ledger.reserve(run or uuid4(), 1, spent=more.get("spent", 0), under_way=0, ceiling=ceiling)


async def totals(ledger: PostgresBudgetStore) -> tuple[Spent, Spent]:
    found = await ledger.totals()
    return found.day, found.year


async def is_whole(database: Database) -> bool:
    found = await PostgresInvariantStore(database).violations()
    return not (found["budget_totals"] or found["budget_reservation"])


async def claimed(store: PostgresTicketStore) -> Claim:
    claim = await store.claim("w")
    assert claim is not None
    return claim


def charged(charge: Charge) -> Decision:
    return answer(charge=charge, usage=charge.usage)


async def test_what_is_reserved_is_charged_once_settled_and_the_rest_is_free_again(
    budget: Budget, database: Database
) -> None:
    ledger, run = budget(Caps(daily=100)), uuid4()
    assert await reserve(ledger, 60, run) is Grant.GRANTED
    assert await totals(ledger) == (Spent(0, 60), Spent(0, 60))
    await ledger.settle(run, 1, Charge(model=25, reserved=True))
    assert await totals(ledger) == (Spent(25), Spent(25))
    assert await is_whole(database)


async def test_a_turn_s_later_request_takes_the_place_of_its_earlier_reservation(
    budget: Budget, database: Database
) -> None:
    ledger, run = budget(Caps(daily=100)), uuid4()
    assert await reserve(ledger, 60, run) is Grant.GRANTED
    assert await reserve(ledger, 70, run, spent=30) is Grant.GRANTED
    assert await totals(ledger) == (Spent(30, 70), Spent(30, 70))
    assert await reserve(ledger, 70, run, spent=31) is Grant.SPENT
    assert await totals(ledger) == (Spent(31, 0, 70), Spent(31))  # nothing of it is under way any more
    assert await is_whole(database)


async def test_beside_others_under_way_a_request_waits_and_beyond_the_cap_there_is_none(budget: Budget) -> None:
    ledger = budget(Caps(daily=100))
    assert await reserve(ledger, 60) is Grant.GRANTED
    assert await reserve(ledger, 41) is Grant.BUSY
    assert (await ledger.totals()).day.refused == 0
    assert await reserve(ledger, 101) is Grant.SPENT
    assert (await ledger.totals()).day.refused == 101


async def test_workers_at_the_cap_are_granted_no_more_than_fits(budget: Budget, database: Database) -> None:
    ledger = budget(Caps(daily=100, yearly=1000))
    granted = await asyncio.gather(*(reserve(ledger, 10) for _ in range(60)))
    assert sorted(granted) == [Grant.BUSY] * 50 + [Grant.GRANTED] * 10
    assert await totals(ledger) == (Spent(0, 100), Spent(0, 100))
    assert await is_whole(database)


async def test_what_a_vanished_worker_had_reserved_is_charged_after_its_lease(
    budget: Budget, database: Database, sql: Sql
) -> None:
    ledger, run = budget(Caps(daily=100)), uuid4()
    await reserve(ledger, 60, run, spent=5)
    await ledger.charge_expired()
    assert await totals(ledger) == (Spent(5, 60), Spent(5, 60))
    [entry] = await sql("SELECT expires_at - created_at > interval '179 s' AS lasts FROM budget_entries")
    assert entry["lasts"]
    await sql("UPDATE budget_entries SET expires_at = now() - interval '1 s'")
    assert await reserve(ledger, 40) is Grant.SPENT
    assert await totals(ledger) == (Spent(65, 0, 40), Spent(65))
    [entry] = await sql("SELECT estimated, expires_at FROM budget_entries WHERE conversation_id = $1", run)
    assert (entry["estimated"], entry["expires_at"]) == (True, None)
    assert await is_whole(database)


async def test_a_turn_that_was_charged_over_its_head_makes_no_request_and_is_not_charged_twice(
    budget: Budget, sql: Sql
) -> None:
    ledger, run = budget(Caps(daily=100)), uuid4()
    await reserve(ledger, 60, run)
    await sql("UPDATE budget_entries SET expires_at = now() - interval '1 s'")
    assert await reserve(ledger, 10, run, spent=50) is Grant.BUSY
    await ledger.settle(run, 1, Charge(model=50, reserved=True))
    assert await totals(ledger) == (Spent(60), Spent(60))


async def test_the_next_day_has_a_budget_of_its_own_and_the_year_remembers(budget: Budget, sql: Sql) -> None:
    ledger = budget(Caps(daily=100, yearly=170))
    run = uuid4()
    await reserve(ledger, 100, run)
    await ledger.settle(run, 1, Charge(model=100, reserved=True))
    assert await reserve(ledger, 1) is Grant.SPENT
    for table in ("budget_entries", "budget_days"):  # a day of this year that is not today
        await sql(
            f"""UPDATE {table} SET day = CASE date_part('doy', day) WHEN 1 THEN day + 1 ELSE day - 1 END"""  # noqa: S608
        )
    assert await reserve(ledger, 70) is Grant.GRANTED
    assert await reserve(ledger, 1) is Grant.BUSY
    assert await totals(ledger) == (Spent(0, 70), Spent(100, 70))
    await sql("UPDATE budget_entries SET day = day - 366 WHERE conversation_id = $1", run)
    await sql("UPDATE budget_days SET day = day - 366 WHERE spent_micro_usd = 100")
    assert await totals(ledger) == (Spent(0, 70), Spent(0, 70))


async def test_a_turn_over_midnight_is_paid_by_the_day_on_which_it_began(budget: Budget, sql: Sql) -> None:
    ledger, run = budget(Caps(daily=100)), uuid4()
    await reserve(ledger, 100, run)
    await sql("UPDATE budget_entries SET day = day - 1")
    await sql("UPDATE budget_days SET day = day - 1")
    assert await reserve(ledger, 80, run, spent=15) is Grant.GRANTED
    await ledger.settle(run, 1, Charge(model=40, reserved=True))
    assert (await ledger.totals()).day == Spent()
    [day] = await sql("SELECT spent_micro_usd, reserved_micro_usd FROM budget_days WHERE spent_micro_usd > 0")
    assert (day["spent_micro_usd"], day["reserved_micro_usd"]) == (40, 0)


async def test_a_commit_and_its_charge_are_one(
    store: PostgresTicketStore, budget: Budget, sql: Sql, database: Database
) -> None:
    ledger = budget()
    await store.ingest(form())
    claim = await claimed(store)
    await ledger.reserve(claim.conversation_id, claim.epoch, spent=0, under_way=0, ceiling=900)
    charge = Charge(model=350, embedding=2, reserved=True, usage=Usage(1000, 100, 400))
    await sql("ALTER TABLE outbox ADD CONSTRAINT no_more CHECK (false) NOT VALID")
    with pytest.raises(Exception, match="no_more"):
        await store.commit(claim, charged(charge), revision="r")
    assert await totals(ledger) == (Spent(0, 900), Spent(0, 900))
    await sql("ALTER TABLE outbox DROP CONSTRAINT no_more")
    assert await store.commit(claim, charged(charge), revision="r")
    assert await totals(ledger) == (Spent(352), Spent(352))
    [run] = await sql("SELECT input_tokens, cached_tokens, output_tokens, cost_micro_usd FROM agent_runs")
    assert tuple(run.values()) == (1000, 400, 100, 352)
    [cost] = await sql("SELECT * FROM conversation_costs")
    assert cost == {
        "conversation_id": claim.conversation_id,
        "model_micro_usd": 350,
        "embedding_micro_usd": 2,
        "channel_micro_usd": 0,
        "total_micro_usd": 352,
        "estimated": False,
    }
    assert await is_whole(database)


async def test_a_superseded_turn_is_charged_what_it_used(
    store: PostgresTicketStore, budget: Budget, sql: Sql, database: Database
) -> None:
    ledger = budget()
    await store.ingest(mail())
    claim = await claimed(store)
    await ledger.reserve(claim.conversation_id, claim.epoch, spent=0, under_way=0, ceiling=900)
    await store.ingest(mail("One more thing."))
    charge = Charge(model=350, reserved=True, usage=Usage(1000, 100))
    assert not await store.commit(claim, charged(charge), revision="r")
    assert await totals(ledger) == (Spent(350), Spent(350))
    [run] = await sql("SELECT status, input_tokens, cost_micro_usd FROM agent_runs")
    assert tuple(run.values()) == ("superseded", 1000, 350)
    assert await is_whole(database)


async def test_a_failed_turn_is_charged_and_unknown_usage_stays_unknown(
    store: PostgresTicketStore, budget: Budget, sql: Sql
) -> None:
    ledger = budget()
    await store.ingest(mail())
    claim = await claimed(store)
    await ledger.reserve(claim.conversation_id, claim.epoch, spent=0, under_way=0, ceiling=900)
    charge = Charge(model=900, known=False, reserved=True, usage=Usage())
    await ledger.settle(claim.conversation_id, claim.epoch, charge)
    await store.release(claim, "timed out")
    assert await totals(ledger) == (Spent(900), Spent(900))
    [run] = await sql("SELECT status, input_tokens, cost_micro_usd FROM agent_runs")
    assert tuple(run.values()) == ("failed", None, None)
    [cost] = await sql("SELECT total_micro_usd, estimated FROM conversation_costs")
    assert tuple(cost.values()) == (900, True)


async def test_a_settled_turn_is_not_settled_again(budget: Budget) -> None:
    ledger, run = budget(), uuid4()
    await reserve(ledger, 60, run)
    await ledger.settle(run, 1, Charge(model=25, embedding=1, reserved=True))
    await ledger.settle(run, 1, Charge(model=30, embedding=1, reserved=True))
    assert await totals(ledger) == (Spent(26), Spent(26))


@pytest.mark.parametrize(
    ("decision", "cost"),
    [
        (answer(), None),
        (answer(usage=Usage(0, 0)), 0),
        (answer(usage=Usage(5, None)), None),
        (answer(charge=Charge(usage=Usage(0, 0)), usage=Usage(0, 0)), 0),
        (answer(charge=Charge(known=False)), None),
    ],
)
async def test_a_run_costs_nothing_only_where_that_is_known(
    store: PostgresTicketStore, sql: Sql, decision: Decision, cost: int | None
) -> None:
    await replied(store, mail(), decision)
    [run] = await sql("SELECT cost_micro_usd FROM agent_runs")
    assert run["cost_micro_usd"] == cost
    assert await sql("SELECT FROM budget_entries") == []


async def test_documents_embedded_are_charged_to_the_day(budget: Budget, database: Database, sql: Sql) -> None:
    ledger = budget()
    await ledger.add("embedding", 12)
    await ledger.add("embedding", 30, estimated=True)
    assert await totals(ledger) == (Spent(42), Spent(42))
    assert [row["estimated"] for row in await sql("SELECT estimated FROM budget_entries ORDER BY id")] == [False, True]
    assert await is_whole(database)


async def test_a_channel_s_fee_is_charged_once_its_provider_has_the_part(
    store: PostgresTicketStore, database: Database, budget: Budget, sql: Sql
) -> None:
    deliveries = PostgresDeliveryStore(database, topic_prefix="shop", fees={"whatsapp": 5000, "website": 0})
    done = await replied(store, chat(), answer())
    first = await deliveries.claim_delivery("w", ["whatsapp"])
    assert first is not None
    assert await deliveries.mark_failed(first, Failure("busy", "later", retryable=True))
    assert await sql("SELECT FROM budget_entries") == []
    await sql("UPDATE deliveries SET next_attempt_at = now()")
    part = await deliveries.claim_delivery("w", ["whatsapp"])
    assert part is not None
    assert await deliveries.mark_sent(part, Sent("SM1"))
    assert not await deliveries.mark_sent(part, Sent("SM1"))
    assert await totals(budget()) == (Spent(), Spent())
    assert await is_whole(database)
    await asyncio.gather(*(budget().charge_expired() for _ in range(4)))
    assert await totals(budget()) == (Spent(5000), Spent(5000))
    [cost] = await sql("SELECT conversation_id, channel_micro_usd FROM conversation_costs")
    assert tuple(cost.values()) == (done.conversation_id, 5000)
    await replied(store, form(), answer())
    part = await deliveries.claim_delivery("w", ["website"])
    assert part is not None
    assert await deliveries.mark_sent(part, Sent(None))
    assert await totals(budget()) == (Spent(5000), Spent(5000))
    assert await is_whole(database)


async def test_a_template_and_the_part_it_announces_are_two_messages(
    store: PostgresTicketStore, database: Database, budget: Budget, sql: Sql
) -> None:
    deliveries = PostgresDeliveryStore(database, topic_prefix="shop", fees={"whatsapp": 5000})
    await replied(store, chat(), answer())
    part = await deliveries.claim_delivery("w", ["whatsapp"])
    assert part is not None
    assert await deliveries.mark_sent(part, Sent("SM1", placeholder=True))
    await store.ingest(chat("Yes?"))
    await sql("UPDATE deliveries SET placeholder_sent_at = NULL, state = 'pending'")
    part = await deliveries.claim_delivery("w", ["whatsapp"])
    assert part is not None
    assert await deliveries.mark_sent(part, Sent("SM2"))
    await budget().charge_expired()
    assert (await budget().totals()).day == Spent(10_000)


async def test_what_was_sent_is_recorded_while_another_holds_the_ledger_and_its_fee_is_charged_after_that(
    store: PostgresTicketStore, database: Database, budget: Budget
) -> None:
    deliveries = PostgresDeliveryStore(database, topic_prefix="shop", fees={"whatsapp": 5000})
    await replied(store, chat(), answer())
    part = await deliveries.claim_delivery("w", ["whatsapp"])
    assert part is not None
    async with database.transaction() as connection:
        await connection.execute(QUERIES["lock_budget"])
        assert await deliveries.mark_sent(part, Sent("SM1"))
    await budget().charge_expired()
    assert (await budget().totals()).day == Spent(5000)
    assert await is_whole(database)


async def test_a_worker_that_freezes_with_the_ledger_is_put_out_by_the_server(
    database: Database, budget: Budget
) -> None:
    with pytest.raises(DatabaseError):
        async with database.transaction() as connection:
            await connection.execute(QUERIES["lock_budget"])
            async with asyncio.timeout(STATEMENT_SECONDS):
                granted = await reserve(budget(Caps(daily=100)), 10)
    assert granted is Grant.GRANTED
    async with database.connection() as connection:  # what was set ended with its transaction
        assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "30s"


async def test_one_customer_cannot_spend_the_day(store: PostgresTicketStore, budget: Budget) -> None:
    ledger, one = budget(Caps(daily=1000)), uuid4()
    assert await reserve(ledger, 10, one) is Grant.GRANTED
    await ledger.settle(one, 1, Charge(model=41, reserved=True))
    assert await ledger.reserve(one, 2, spent=0, under_way=0, ceiling=10) is Grant.SHARE
    assert (await ledger.totals()).day == Spent(41), "and the day has refused nothing"
    assert await reserve(ledger, 10) is Grant.GRANTED


@pytest.mark.parametrize(
    ("proven", "granted"),
    [((True, True), Grant.SHARE), ((True, False), Grant.GRANTED), ((False, True), Grant.GRANTED)],
)
async def test_a_customer_s_conversations_share_where_it_is_proven_that_they_are_the_customer_s(
    store: PostgresTicketStore, budget: Budget, sql: Sql, proven: tuple[bool, bool], granted: Grant
) -> None:
    ledger = budget(Caps(daily=1000))
    for _ in proven:
        await store.ingest(form())
    ids = [row["id"] for row in await sql("SELECT id FROM conversations ORDER BY started_at, id")]
    assert len({row["customer_id"] for row in await sql("SELECT customer_id FROM conversations")}) == 1
    for each, is_proven in zip(ids, proven, strict=True):
        await sql("UPDATE messages SET sender_verified = $2 WHERE conversation_id = $1", each, is_proven)
    await reserve(ledger, 10, ids[0])
    await ledger.settle(ids[0], 1, Charge(model=41, reserved=True))
    assert await reserve(ledger, 10, ids[1]) is granted


async def test_a_raised_limit_ends_a_refusal_and_the_year_s_lasts_over_midnight(budget: Budget, sql: Sql) -> None:
    ledger = budget(Caps(yearly=100))
    await ledger.add("embedding", 95)
    assert await reserve(ledger, 10) is Grant.SPENT
    found = await ledger.totals()
    assert (found.day.refused, found.year.refused) == (0, 10)
    for table in ("budget_entries", "budget_days"):  # a day of this year that is not today
        await sql(
            f"""UPDATE {table} SET day = CASE date_part('doy', day) WHEN 1 THEN day + 1 ELSE day - 1 END"""  # noqa: S608
        )
    assert (await ledger.totals()).year == Spent(95, 0, 10)
    assert finding(await ledger.totals(), Caps(yearly=100)) is not None
    assert finding(await ledger.totals(), Caps(yearly=1000)) is None


async def test_a_request_beyond_a_whole_day_says_nothing_of_the_day_once_others_find_room(budget: Budget) -> None:
    ledger = budget(Caps(daily=100))
    assert await reserve(ledger, 101) is Grant.SPENT
    assert (await ledger.totals()).day == Spent(0, 0, 101)
    assert await reserve(ledger, 20) is Grant.GRANTED
    assert (await ledger.totals()).day == Spent(0, 20)
    assert await reserve(ledger, 101) is Grant.SPENT


async def test_the_invariants_see_a_total_that_is_not_the_sum_and_a_reservation_nobody_charges(
    budget: Budget, database: Database, sql: Sql
) -> None:
    ledger = budget()
    await reserve(ledger, 60)
    await sql("UPDATE budget_days SET spent_micro_usd = 1")
    assert not await is_whole(database)
    await sql("UPDATE budget_days SET spent_micro_usd = 0")
    assert await is_whole(database)
    await sql("DELETE FROM budget_days")
    assert not await is_whole(database)
    await ledger.add("embedding", 1)
    await sql("UPDATE budget_days SET reserved_micro_usd = 60")
    assert await is_whole(database)
    await sql("UPDATE budget_entries SET expires_at = now() - interval '301 s'")
    assert not await is_whole(database)


def test_a_cost_is_known_only_where_every_request_is() -> None:
    charge = Charge(model=3, embedding=4)
    assert charge.cost == 7
    assert replace(charge, known=False).cost is None
