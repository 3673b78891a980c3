"""What providers report: in any order, twice, too early, and never the wrong way."""

import asyncio
import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from crm import Sql, answer, chat, conversation_row, replied

from fte_agent.domain.delivery import Delivery, DeliveryState, DeliveryStatus, Sent
from fte_database.pool import Database
from fte_database.repositories import statuses
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.handover import HandoverPolicy
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

CHANNELS = ("whatsapp",)
READ, FAILED, DELIVERED = DeliveryState.READ, DeliveryState.FAILED, DeliveryState.DELIVERED
ROW = "SELECT state, error_code, error_class, error FROM deliveries"
WINDOW_CLOSED = "UPDATE conversations SET reply_window_until = now() - interval '1 s'"
OPEN = "SELECT count(*) AS n FROM escalations"


def status(state: DeliveryState, provider_id: str = "SM1", **changes: Any) -> DeliveryStatus:
    facts: dict[str, Any] = {"channel": "whatsapp", "channel_name": "whatsapp", "reported": f"said {state}"}
    return DeliveryStatus(provider_id=provider_id, state=state, **facts | changes)


@pytest.fixture
async def claimed(store: PostgresTicketStore, deliveries: PostgresDeliveryStore) -> Delivery:
    await replied(store, chat(), answer())
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    return delivery


async def test_any_order_ends_the_same(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    """Sent and read twice among them, before and after the id is known."""
    reports = [DeliveryState.SENT, DELIVERED, READ]
    ends = set()
    for number, order in enumerate(itertools.permutations([*reports, None])):
        await sql("UPDATE deliveries SET state = 'sending', state_rank = 1, epoch = 1, lease_owner = 'w'")
        for report in [*order, *order[:2]]:
            if report is None:
                await deliveries.mark_sent(claimed, Sent(f"SM{number}"))
            else:
                await deliveries.apply_status(status(report, f"SM{number}"))
        [row] = await sql("SELECT state, state_rank, error FROM deliveries")
        ends.add(tuple(row.values()))
    assert ends == {("read", 5, None)}
    assert await sql(OPEN) == [{"n": 0}]


@dataclass(frozen=True)
class Told:
    """Reports, and what comes of them."""

    reports: tuple[DeliveryState, ...]
    state: str
    escalations: int


@pytest.mark.parametrize("known_first", [True, False])
@pytest.mark.parametrize(
    "told",
    [
        Told((FAILED,), "failed", 1),
        Told((FAILED, DeliveryState.SENT), "failed", 1),
        Told((DELIVERED, FAILED), "delivered", 0),
        Told((READ, FAILED, DELIVERED), "read", 0),
    ],
    ids=lambda told: "-".join(told.reports),
)
async def test_a_failure_counts_only_before_delivery(
    deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql, told: Told, known_first: bool
) -> None:
    if known_first:
        await deliveries.mark_sent(claimed, Sent("SM1"))
    for report in told.reports:
        assert await deliveries.apply_status(status(report, error_code="63024")) is known_first
    if not known_first:
        await deliveries.mark_sent(claimed, Sent("SM1"))
    [row] = await sql(ROW)
    assert (row["state"], row["error_code"], row["error"]) == (told.state, "63024", "said failed")
    assert await sql(OPEN) == [{"n": told.escalations}]
    handler = (await conversation_row(sql, claimed.conversation_id))["handler"]
    assert handler == ("human" if told.escalations else "ai")


async def test_a_later_report_without_a_code_wipes_none(
    deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    await deliveries.mark_sent(claimed, Sent("SM1"))
    await deliveries.apply_status(status(FAILED, error_code="63024", reported="undelivered"))
    told = [{"state": "failed", "error_code": "63024", "error_class": "reported", "error": "undelivered"}]
    assert await sql(ROW) == told
    for later in (status(FAILED, error_code=None, reported="failed"), status(FAILED, error_code="21000")):
        await deliveries.apply_status(later)
        assert await sql(ROW) == told
    await deliveries.apply_status(status(DELIVERED))
    assert await sql(ROW) == [told[0] | {"state": "delivered"}]


async def test_a_failure_told_again_does_not_take_the_conversation_again(
    deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    await deliveries.mark_sent(claimed, Sent("SM1"))
    await deliveries.apply_status(status(FAILED, error_code="63024"))
    await sql("UPDATE escalations SET status = 'returned', returned_at = now()")
    await sql("UPDATE conversations SET handler = 'ai'")
    await deliveries.apply_status(status(FAILED, error_code="63024"))
    await deliveries.apply_status(status(DeliveryState.SENT))
    assert (await conversation_row(sql, claimed.conversation_id))["handler"] == "ai"
    assert await sql(OPEN) == [{"n": 1}]


async def test_free_text_too_late_is_sent_as_a_template(
    deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    await deliveries.mark_sent(claimed, Sent("SM1"))
    late = status(FAILED, error_code="63016", window_closed=True)
    assert await deliveries.apply_status(late)
    again = await deliveries.claim_delivery("w", CHANNELS)
    assert again is not None
    assert again.id == claimed.id
    await deliveries.apply_status(late)  # again: it stands for nothing any more
    assert await deliveries.mark_sent(again, Sent("SM2", placeholder=True))
    assert await sql(OPEN) == [{"n": 0}]
    assert await deliveries.unknown_ids("whatsapp", ["SM1", "SM2", "SM3"]) == {"SM3"}


async def test_delivered_text_is_not_sent_again(deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql) -> None:
    await deliveries.mark_sent(claimed, Sent("SM1"))
    await deliveries.apply_status(status(DELIVERED))
    await deliveries.apply_status(status(FAILED, window_closed=True))
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    [row] = await sql(ROW)
    assert row["state"] == "delivered"


@pytest.mark.parametrize("known_first", [True, False])
async def test_a_template_that_never_arrived_leaves_nobody_waiting(
    deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql, known_first: bool
) -> None:
    await sql(WINDOW_CLOSED)
    failed = status(FAILED, "SM-template", error_code="63024")
    if not known_first:
        assert not await deliveries.apply_status(failed)
    assert await deliveries.mark_sent(claimed, Sent("SM-template", placeholder=True))
    if known_first:
        assert await deliveries.apply_status(failed)
    [row] = await sql(ROW)
    assert (row["state"], row["error_code"]) == ("failed", "63024")
    assert await sql("SELECT reason_code FROM escalations") == [{"reason_code": "delivery"}]


async def test_a_template_that_arrived_changes_nothing(
    deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    await sql(WINDOW_CLOSED)
    await deliveries.mark_sent(claimed, Sent("SM-template", placeholder=True))
    assert await deliveries.apply_status(status(READ, "SM-template"))
    [row] = await sql(ROW)
    assert row["state"] == "pending"
    assert await sql(OPEN) == [{"n": 0}]


async def test_a_report_and_the_id_it_speaks_of_do_not_miss_each_other(
    database: Database, deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    """The callback comes while the sender's answer is being recorded: neither sees the other's rows yet."""
    async with database.transaction() as connection:
        assert not await statuses.apply(connection, status(DELIVERED), HandoverPolicy("shop", timedelta(hours=4)))
        recording = asyncio.create_task(deliveries.mark_sent(claimed, Sent("SM1")))
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with asyncio.timeout(10):
            while not recording.done() and not await sql(waiting):  # noqa: ASYNC110 - the condition stands there
                await asyncio.sleep(0.01)
    assert await recording
    [row] = await sql(ROW)
    assert row["state"] == "delivered"
