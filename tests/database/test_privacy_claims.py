"""Codes that went, or were to go, to an address of somebody's from others' conversations are erased with it."""

import pytest
from crm import Sql
from identity_world import by_chat, by_mail, identity_store, turn
from privacy_world import dump, holding

from fte_agent.domain.delivery import DeliveryState, DeliveryStatus, Sent
from fte_agent.domain.identity import Claimed
from fte_database.pool import Database
from fte_database.repositories.claims import PER_MAILBOX
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.privacy.erasures import Erasure, ErasureStore

pytestmark = pytest.mark.postgres

OWNER = "kanarie@shop.example"
PHONE = "+491705550177"
ALL = ("help@example.com", "whatsapp")


async def erased(database: Database, sql: Sql, value: str) -> None:
    [row] = await sql("SELECT customer_id FROM customer_identifiers WHERE value_norm = $1", value)
    assert isinstance(await ErasureStore(database).erase(row["customer_id"], "admin", force=True), Erasure)
    assert holding(await dump(sql), value) == []


async def test_a_code_that_was_one_too_many_for_their_mailbox(database: Database, sql: Sql) -> None:
    store = identity_store(database)
    await turn(store, by_mail(address=OWNER))
    for number in range(PER_MAILBOX + 1):
        await turn(store, by_chat(number=f"+4917055502{number:02}"), claimed=Claimed("email", OWNER))
    await erased(database, sql, OWNER)


@pytest.mark.parametrize("window", ["open", "closed"])
async def test_a_code_to_their_number(database: Database, sql: Sql, window: str) -> None:
    store = identity_store(database)
    await turn(store, by_chat(number=PHONE))
    if window == "closed":
        await sql("UPDATE conversations SET reply_window_until = now() - interval '1 hour'")
    await turn(store, by_mail(), claimed=Claimed("phone", PHONE))
    await erased(database, sql, PHONE)


async def test_what_their_provider_said_of_a_code(database: Database, sql: Sql) -> None:
    store, deliveries = identity_store(database), PostgresDeliveryStore(database, topic_prefix="shop")
    await turn(store, by_chat(number=PHONE))
    await turn(store, by_mail(), claimed=Claimed("phone", PHONE))
    while (found := await deliveries.claim_delivery("w", ALL)) is not None:
        assert await deliveries.mark_sent(found, Sent(f"SM-{found.part}-{found.target.address}"))
        known = f"SM-{found.part}-{found.target.address}"
        await deliveries.apply_status(DeliveryStatus(found.channel, found.channel_name, known, DeliveryState.READ, ""))
    assert holding(await dump(sql), f"SM-0-{PHONE}") != []
    await erased(database, sql, PHONE)
