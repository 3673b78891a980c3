"""An erased customer is found nowhere, and nobody else is touched."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from crm import Sql, conversation_row, replied
from data_plane import until
from privacy_world import CHANNELS, Desk, Life, dump, holding

from fte_agent.domain.delivery import OutsideReply
from fte_database.pool import Database
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.privacy import erasures as erasing
from fte_database.repositories.privacy import texts
from fte_database.repositories.privacy.erasures import Erasure, ErasureStore, Refusal
from fte_database.repositories.privacy.inventory import FATES, Rule

pytestmark = pytest.mark.postgres

CANARY = Life("kanarie", "1705550199")
OTHER = Life("bystander", "1705550142")
CODE = """
INSERT INTO deliveries (channel_config_id, message_id, ordinal, part, channel, recipient, body, mailbox, copied_at)
SELECT config.id, message.id, 2, 0, 'email', $1, 'Your code', $2, now()
FROM channel_configs AS config, messages AS message
WHERE config.channel = 'email' AND message.author = 'ai'
"""
WORDS = (CANARY.word, CANARY.digits)
STATEMENTS = 20
"""Of an erasure, that change rows."""


@pytest.fixture
def desk(database: Database, sql: Sql) -> Desk:
    return Desk.of(database, sql)


@pytest.fixture
def erasures(database: Database) -> ErasureStore:
    return ErasureStore(database)


async def merged(sql: Sql, customers: list[Any]) -> None:
    """All become the first one's, as a person says."""
    survivor, *victims = customers
    for victim in victims:
        await sql("UPDATE customers SET merged_into = $1 WHERE id = $2", survivor, victim)
        await sql(
            "INSERT INTO customer_merges (victim, survivor, actor, reason) VALUES ($1, $2, 'admin', $3)",
            victim,
            survivor,
            f"both are {CANARY.word}",
        )


async def erased(erasures: ErasureStore, customer: Any, **options: Any) -> Erasure:
    found = await erasures.erase(customer, "admin", force=True, **options)
    assert isinstance(found, Erasure)
    return found


async def test_a_canary_is_found_in_no_table_and_its_neighbour_s_rows_are_as_they_were(
    desk: Desk, erasures: ErasureStore, sql: Sql
) -> None:
    await desk.lived(OTHER)
    before = await dump(sql)
    customers = await desk.lived(CANARY)
    await merged(sql, customers)
    held = {table for table, _ in holding(await dump(sql), *WORDS)}
    assert held == {table for table, fates in FATES.items() if {fate.rule for fate in fates.values()} != {Rule.KEEP}}
    receipt = await erased(erasures, customers[-1])
    after = await dump(sql)
    assert holding(after, *WORDS) == []
    assert before <= after
    assert set(receipt.customers) == set(customers)
    assert receipt.counts["messages"] >= 8 and receipt.counts["customer_identifiers"] == 2


async def test_the_skeleton_is_counted_as_before(
    desk: Desk, erasures: ErasureStore, sql: Sql, database: Database
) -> None:
    customers = await desk.lived(CANARY)
    await merged(sql, customers)
    tables = ("customers", "conversations", "tickets", "messages", "agent_runs", "deliveries", "escalations")
    counted = Counter(table for table, _ in await dump(sql) if table in tables)
    await erased(erasures, customers[0])
    assert Counter(table for table, _ in await dump(sql) if table in tables) == counted
    assert {row["status"] for row in await sql("SELECT status FROM conversations")} == {"closed"}
    assert not any((await PostgresInvariantStore(database).violations()).values())


async def test_again_it_is_the_same_receipt(desk: Desk, erasures: ErasureStore, sql: Sql) -> None:
    customers = await desk.lived(CANARY)
    await merged(sql, customers)
    first = await erased(erasures, customers[0])
    rows = await dump(sql)
    assert await erased(erasures, customers[1]) == first == await erasures.receipt(customers[0])
    assert await dump(sql) == rows
    done = await erasures.finish(first.id, {"shop.dlq": {"deleted": True}})
    assert done is not None and done.topics is not None
    assert await erasures.finish(first.id, {}) is None
    assert await erased(erasures, customers[0]) == done


async def test_an_unknown_customer_is_none(erasures: ErasureStore) -> None:
    nobody = uuid4()
    assert await erasures.erase(nobody, "admin") is None
    assert await erasures.receipt(nobody) is None
    assert await erasures.spellings(nobody) is None


async def test_what_is_redelivered_afterwards_stays_away_and_a_new_word_is_a_new_customer_s(
    desk: Desk, erasures: ErasureStore, sql: Sql
) -> None:
    told = [CANARY.form(), CANARY.mail(), CANARY.chat()]
    for message in told:
        await replied(desk.store, message, CANARY.answer())
    customers = await desk.customers(CANARY)
    await merged(sql, customers)
    await erased(erasures, customers[0])
    for message in told:
        assert (await desk.store.ingest(message)).duplicate
    assert holding(await dump(sql), *WORDS) == []
    (old,) = await sql("SELECT id FROM conversations WHERE channel = 'email'")
    named = {"in_reply_to": "<first@kanarie.example.com>", "reply_token": old["id"].hex}
    continued = CANARY.mail("And now", key="later", **named)
    again = await desk.store.ingest(continued)
    assert not again.duplicate
    row = await conversation_row(sql, again.conversation_id)
    assert row["customer_id"] not in customers and row["linked_to"] is None
    claim = await desk.store.claim("w", [again.conversation_id])
    assert claim is not None and claim.context.history == ()


async def test_one_that_comes_while_the_erasure_is_under_way_waits_for_it_and_stays_away(
    desk: Desk, erasures: ErasureStore, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It finds its key taken, waits for whoever changes that row, and then the key is not there any more."""
    await replied(desk.store, CANARY.mail(), CANARY.answer())
    (customer,) = await desk.customers(CANARY)
    begun, go_on, real = asyncio.Event(), asyncio.Event(), texts.run

    async def run(*arguments: Any) -> int:
        changed = await real(*arguments)
        begun.set()
        await go_on.wait()
        return changed

    monkeypatch.setattr(texts, "run", run)
    erasure = asyncio.create_task(erasures.erase(customer, "admin", force=True))
    await begun.wait()
    repeat = asyncio.create_task(desk.store.ingest(CANARY.mail()))

    async def waiting() -> bool:
        return bool(
            await sql("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
        )

    await until(waiting, 20, "a wait for the erasure")
    go_on.set()
    assert isinstance(await erasure, Erasure)
    assert (await repeat).duplicate
    assert holding(await dump(sql), *WORDS) == []


async def test_a_form_that_is_written_on_after_it_was_erased_is_another_ticket(
    desk: Desk, erasures: ErasureStore, sql: Sql
) -> None:
    first = CANARY.form()
    done = await replied(desk.store, first, CANARY.answer())
    (customer,) = await desk.customers(CANARY)
    await erased(erasures, customer)
    again = await desk.store.ingest(CANARY.form(ticket_id=first.ticket_id, dedupe_key="another text"))
    assert again.ticket_id != done.ticket_id and again.conversation_id != done.conversation_id


async def test_the_provider_s_history_brings_nothing_back(desk: Desk, erasures: ErasureStore, sql: Sql) -> None:
    customers = await desk.lived(CANARY)
    await merged(sql, customers)
    ids = [row["provider_id"] for row in await sql("SELECT provider_id FROM deliveries WHERE channel = 'whatsapp'")]
    sent = [each for each in ids if each]
    assert sent
    await erased(erasures, customers[0])
    assert await desk.deliveries.unknown_ids("whatsapp", sent) == set()
    said = {"body": f"{CANARY.word}, again", "occurred_at": datetime.now(UTC)}
    for known in (*sent, f"SM-out-{CANARY.word}"):
        reply = OutsideReply("whatsapp", "whatsapp", CANARY.phone.value, known, **said)
        assert not await desk.takeovers.take_over(reply)
    early = OutsideReply("email", "help@example.com", "new", f"<early@{CANARY.word}>", **said)
    assert not await desk.takeovers.take_over(early)
    assert holding(await dump(sql), *WORDS) == []


async def test_a_turn_that_runs_loses_its_claim_and_what_waits_is_cancelled(
    desk: Desk, erasures: ErasureStore, sql: Sql
) -> None:
    await replied(desk.store, CANARY.mail(), CANARY.answer())
    await desk.store.ingest(CANARY.mail("One more", key="more", external_id="<more@example.com>"))
    claim = await desk.store.claim("w")
    assert claim is not None
    (customer,) = await desk.customers(CANARY)
    assert isinstance(await erasures.erase(customer, "admin"), Erasure)
    assert not await desk.store.commit(claim, CANARY.answer(), revision="r")
    assert await desk.store.claim("w") is None
    assert await desk.deliveries.claim_delivery("w", CHANNELS) is None
    assert {row["state"] for row in await sql("SELECT state FROM deliveries")} == {"cancelled"}
    assert holding(await dump(sql), *WORDS) == []


async def test_what_a_person_has_is_refused_with_its_conversations_unless_forced(
    desk: Desk, erasures: ErasureStore, sql: Sql
) -> None:
    done = await replied(desk.store, CANARY.mail("My lawyer"), CANARY.escalation())
    (customer,) = await desk.customers(CANARY)
    rows = await dump(sql)
    refused = await erasures.erase(customer, "admin")
    assert refused == await erasures.refusal(customer) == Refusal(held=(done.conversation_id,))
    assert await dump(sql) == rows
    assert (await erased(erasures, customer)).forced
    assert {row["status"] for row in await sql("SELECT status FROM escalations")} == {"resolved"}


async def test_a_part_on_its_way_is_refused_until_its_fate_is_known(desk: Desk, erasures: ErasureStore) -> None:
    await replied(desk.store, CANARY.mail(), CANARY.answer())
    (customer,) = await desk.customers(CANARY)
    delivery = await desk.deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    assert await erasures.erase(customer, "admin") == Refusal(under_way=(delivery.id,))


async def test_of_a_shared_conversation_the_others_words_stay(desk: Desk, erasures: ErasureStore, sql: Sql) -> None:
    mine = OTHER.mail(participants=(CANARY.address,), external_id="<first@example.com>")
    done = await replied(desk.store, mine, OTHER.answer())
    theirs = CANARY.mail("I add", thread_key=mine.thread_key, in_reply_to="<first@example.com>", participants=())
    assert (await replied(desk.store, theirs, CANARY.answer())).conversation_id == done.conversation_id
    await desk.store.ingest(
        OTHER.mail(
            "And I", thread_key=mine.thread_key, key="third", in_reply_to="<first@example.com>", external_id="<3@e>"
        )
    )
    running = await desk.store.claim("w")
    assert running is not None and len(running.context.history) == 4
    (customer,) = await desk.customers(CANARY)
    receipt = await erased(erasures, customer)
    assert receipt.shared == (done.conversation_id,)
    assert holding(await dump(sql), *WORDS) == []
    assert not await desk.store.commit(running, OTHER.answer(), revision="r")
    again = await desk.store.claim("w")
    assert again is not None
    assert [message.body for message in again.context.burst] == [f"And I, says {OTHER.word}"]
    assert again.context.history[0].body == f"My invoice, says {OTHER.word}"
    assert again.context.subject == f"Invoice of {OTHER.word}"


async def test_an_address_that_only_took_part_is_taken_out(desk: Desk, erasures: ErasureStore, sql: Sql) -> None:
    await desk.store.ingest(OTHER.mail(participants=(CANARY.address, "third@example.com")))
    await desk.store.ingest(CANARY.form())
    (customer,) = await desk.customers(CANARY)
    await erased(erasures, customer)
    assert await sql("SELECT address FROM conversation_participants") == [{"address": "third@example.com"}]


async def test_a_claim_of_somebody_else_to_their_address_is_gone(desk: Desk, erasures: ErasureStore, sql: Sql) -> None:
    await desk.lived(OTHER)
    await desk.store.ingest(CANARY.chat())
    await sql("UPDATE identifier_claims SET value_norm = $1, value_raw = $1, mailbox = $1", CANARY.phone.value)
    (customer,) = await desk.customers(CANARY)
    await erased(erasures, customer)
    assert await sql("SELECT FROM identifier_claims") == []


async def test_a_code_that_went_to_their_mailbox_for_somebody_else_is_gone(
    desk: Desk, erasures: ErasureStore, sql: Sql
) -> None:
    await replied(desk.store, OTHER.chat(), OTHER.answer())
    await desk.store.ingest(CANARY.mail())
    await sql(CODE, CANARY.address.replace("@", "+code@"), CANARY.address)
    (customer,) = await desk.customers(CANARY)
    await erased(erasures, customer)
    assert holding(await dump(sql), *WORDS) == []


async def test_erasures_take_turns_with_dead_letters(database: Database, sql: Sql) -> None:
    first, second, entered = ErasureStore(database), ErasureStore(database), asyncio.Event()

    async def enter() -> None:
        async with second.alone():
            entered.set()

    async def waiting() -> bool:
        return bool(
            await sql("SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()")
        )

    async with first.alone():
        other = asyncio.create_task(enter())
        await until(waiting, 8, "a wait for the other's turn")
        assert not entered.is_set()
    await other
    assert entered.is_set()


class Crash(Exception):
    """The process ends between two statements."""


@pytest.mark.parametrize("last", range(1, STATEMENTS + 1))
async def test_a_crash_after_any_statement_changes_nothing_and_the_next_try_ends_alike(
    desk: Desk, erasures: ErasureStore, sql: Sql, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    customers = await desk.lived(CANARY)
    await merged(sql, customers)
    rows, done, real = await dump(sql), 0, texts.run
    crashes = True

    async def run(*arguments: Any) -> int:
        nonlocal done
        changed = await real(*arguments)
        done += 1
        if crashes and done == last:
            raise Crash
        return changed

    for module in (erasing, texts):
        monkeypatch.setattr(module, "run", run)
    with pytest.raises(Crash):
        await erased(erasures, customers[0])
    assert await dump(sql) == rows
    crashes, done = False, 0
    receipt = await erased(erasures, customers[0])
    assert done == STATEMENTS
    assert holding(await dump(sql), *WORDS) == []
    assert receipt.counts["customer_identifiers"] == 2
