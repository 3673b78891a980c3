"""Addresses that customers say are theirs: which get a code, how many, and what can be seen of it."""

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import pytest
from crm import Sql, answer, escalation, replied
from identity_world import (
    ADAS_PHONE,
    CODES,
    CountedDatabase,
    by_chat,
    by_form,
    by_mail,
    identity_store,
    last_code,
    turn,
    wish,
)

from fte_agent.channels import EMAIL, WHATSAPP
from fte_agent.domain.delivery import Delivery, DeliveryState, DeliveryStatus, Failure, Sent
from fte_agent.domain.identity import Claimed, Confirmation
from fte_agent.domain.messages import Preference
from fte_database.pool import Database
from fte_database.repositories.claims import PER_CLAIMANT, PER_MAILBOX, digest
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

ALL = ("help@example.com", "whatsapp", "website")
MAIL = Claimed("email", "Kim@Shop.Example")
PHONE = Claimed("phone", "+49 170 5550199")
OPEN = "SELECT * FROM identifier_claims WHERE state = 'sent'"
STATES = "SELECT state FROM identifier_claims ORDER BY created_at"
GONE = Failure("invalidArgument", "no such mailbox", retryable=False)


@pytest.fixture
def told() -> Counter[tuple[str, str]]:
    return Counter()


@pytest.fixture
def store(database: Database, told: Counter[tuple[str, str]]) -> PostgresTicketStore:
    def tell(carrier: str, outcome: str) -> None:
        told[carrier, outcome] += 1

    return identity_store(database, tell=tell)


async def sent(deliveries: PostgresDeliveryStore) -> list[Delivery]:
    """All that is due goes out."""
    out = []
    while delivery := await deliveries.claim_delivery("w", ALL):
        assert await deliveries.mark_sent(delivery, Sent(str(uuid4())))
        out.append(delivery)
    return out


async def states(sql: Sql) -> list[str]:
    return [row["state"] for row in await sql(STATES)]


# What goes out


async def test_a_code_goes_to_a_named_address_after_the_reply_that_announces_it(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, told: Counter[tuple[str, str]]
) -> None:
    claim = await turn(store, by_chat("My mail is kim"), claimed=MAIL)
    code = await last_code(sql)
    reply, carried = await sent(deliveries)
    assert (reply.channel, reply.copied, code in reply.body) == (WHATSAPP, False, False)
    assert (carried.channel, carried.copied, carried.part) == (EMAIL, True, 0)
    assert (carried.target.address, carried.window_until, carried.customer_name) == ("Kim@Shop.Example", None, "")
    assert code in carried.body and "Example Ltd" in carried.body + carried.target.subject
    [row] = await sql(OPEN)
    assert (row["id"], row["conversation_id"]) == (carried.id, claim.conversation_id)
    assert (row["value_norm"], row["mailbox"]) == ("kim@shop.example", "kim@shop.example")
    assert code.encode() not in row["code_sha256"] and len(row["code_sha256"]) == 32
    assert told == {("help@example.com", "code_sent"): 1}


async def test_nothing_but_the_delivery_holds_the_code_and_that_only_until_it_is_out(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await turn(store, by_chat(), claimed=MAIL)
    code = await last_code(sql)
    tables = [
        row["name"]
        for row in await sql(
            "SELECT table_name AS name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
    ]

    async def holding() -> list[str]:
        found = []
        for table in tables:
            if await sql(f"SELECT FROM {table} AS row WHERE row::text ~ $1", rf"\m{code}\M"):
                found.append(table)
        return found

    assert await holding() == ["deliveries"]
    await sent(deliveries)
    assert await holding() == []


@pytest.mark.parametrize("ending", ["failed", "cancelled", "expired"])
async def test_a_code_that_is_never_sent_is_forgotten(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, ending: str
) -> None:
    await turn(store, by_chat(), claimed=MAIL)
    while (delivery := await deliveries.claim_delivery("w", ("whatsapp",))) is not None:
        await deliveries.mark_sent(delivery, Sent(str(uuid4())))
    if ending == "failed":
        code = await deliveries.claim_delivery("w", ALL)
        assert code is not None and await deliveries.mark_failed(code, GONE)
    elif ending == "cancelled":
        await turn(store, by_chat("No, this one"), claimed=Claimed("email", "other@shop.example"))
    else:
        await sql("UPDATE identifier_claims SET expires_at = now()")
        await deliveries.withdraw_late()
    row = (await sql(CODES))[0]
    assert (row["state"], row["body"]) == (ending, "")


async def test_a_code_whose_time_is_over_is_not_sent(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await turn(store, by_chat(), claimed=MAIL)
    await sql("UPDATE identifier_claims SET expires_at = now()")
    assert [delivery.part for delivery in await sent(deliveries)] == [1]
    await deliveries.withdraw_late()
    assert await states(sql) == ["expired"]
    assert await sql("SELECT code_sha256, ended_at IS NOT NULL AS ended FROM identifier_claims") == [
        {"code_sha256": None, "ended": True}
    ]


async def test_a_code_that_may_have_been_sent_is_not_sent_again_once_its_claim_has_ended(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await turn(store, by_chat(), claimed=MAIL)
    reply = await deliveries.claim_delivery("w", ALL)
    assert reply is not None and await deliveries.mark_sent(reply, Sent("SM1"))
    code = await deliveries.claim_delivery("w", ALL)
    assert code is not None and code.part == 0
    await deliveries.mark_unknown(code, Failure("ConnectionReset", "the connection broke", retryable=True))
    await sql("UPDATE identifier_claims SET expires_at = now()")
    for _ in range(2):
        await sql("UPDATE deliveries SET next_attempt_at = now() WHERE state = 'unknown'")
        looked = await deliveries.claim_unconfirmed("w", ALL)
        assert looked is not None and await deliveries.mark_absent(looked)
    assert await deliveries.claim_delivery("w", ALL) is None
    await deliveries.withdraw_late()
    assert [(row["state"], row["body"]) for row in await sql(CODES)] == [("expired", "")]


async def test_a_newer_claim_takes_the_place_of_the_open_one(store: PostgresTicketStore, sql: Sql) -> None:
    await turn(store, by_chat(), claimed=MAIL)
    await turn(store, by_chat("I mean"), claimed=Claimed("email", "kim@other.example"))
    assert await states(sql) == ["replaced", "sent"]
    assert [row["state"] for row in await sql(CODES)] == ["cancelled", "pending"]


async def test_a_code_waits_for_no_copy(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    done = await replied(store, by_form(), answer())
    await sql("UPDATE deliveries SET next_attempt_at = now() + interval '1 hour' WHERE channel_config_id IS NOT NULL")
    await store.ingest(wish(done.ticket_id, "asked"))
    assert [(each.part, each.copied) for each in await sent(deliveries)] == [(1, False), (0, True)]


async def test_a_code_holds_no_copy_back(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    done = await replied(store, by_form(), answer())
    await sent(deliveries)
    await store.ingest(wish(done.ticket_id, "asked"))
    await sql("UPDATE deliveries SET next_attempt_at = now() + interval '1 hour' WHERE part = 0")
    await replied(store, by_form("And then?", ticket_id=done.ticket_id, dedupe_key="again"), answer("Then this."))
    assert [(each.part, each.copied) for each in await sent(deliveries)] == [(1, False), (1, True)]


async def test_a_code_that_fails_leaves_the_copy_of_its_reply_alone(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await turn(store, by_form(), claimed=MAIL)
    await sql("UPDATE deliveries SET next_attempt_at = now() - interval '1 hour' WHERE part = 0")
    page = await deliveries.claim_delivery("w", ALL)
    assert page is not None and await deliveries.mark_sent(page, Sent())
    code = await deliveries.claim_delivery("w", ALL)
    assert code is not None and code.part == 0 and await deliveries.mark_failed(code, GONE)
    assert [each.copied for each in await sent(deliveries)] == [True]
    assert await sql("SELECT FROM escalations") == []


async def test_a_person_who_has_the_conversation_stops_the_code(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await turn(store, by_chat(), claimed=MAIL)
    await replied(store, by_chat("I will sue you."), escalation())
    assert [(row["state"], row["body"]) for row in await sql(CODES)] == [("cancelled", "")]


# To whom


@pytest.mark.parametrize("open_window", [True, False])
async def test_a_number_gets_a_code_only_while_it_may_be_written_to(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    sql: Sql,
    told: Counter[tuple[str, str]],
    open_window: bool,
) -> None:
    await replied(store, by_chat(), answer())
    if not open_window:
        await sql("UPDATE conversations SET reply_window_until = now() WHERE channel = 'whatsapp'")
    await turn(store, by_mail("I am on WhatsApp, too"), claimed=PHONE)
    out = [(each.channel, each.target.address) for each in await sent(deliveries) if each.copied]
    assert out == ([(WHATSAPP, ADAS_PHONE)] if open_window else [])
    assert told == {("whatsapp", "code_sent" if open_window else "code_unreachable"): 1}


async def test_a_provider_that_takes_no_free_text_ends_a_code_and_not_the_conversation_s_window(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, by_chat(), answer())
    await turn(store, by_mail(), claimed=PHONE)
    while (delivery := await deliveries.claim_delivery("w", ALL)) is not None and not delivery.copied:
        await deliveries.mark_sent(delivery, Sent(str(uuid4())))
    assert delivery is not None and await deliveries.close_window(delivery)
    assert [(row["state"], row["body"]) for row in await sql(CODES)] == [("failed", "")]
    assert await sql("SELECT FROM escalations") == []


async def test_a_report_that_no_free_text_was_taken_ends_a_code(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, by_chat(), answer())
    await turn(store, by_mail(), claimed=PHONE)
    *_, code = await sent(deliveries)
    [row] = await sql("SELECT provider_id FROM deliveries WHERE part = 0")
    assert code.part == 0
    await deliveries.apply_status(
        DeliveryStatus(WHATSAPP, "whatsapp", row["provider_id"], DeliveryState.FAILED, "undelivered", "63016", True)
    )
    assert await deliveries.claim_delivery("w", ALL) is None
    assert [(row["state"], row["body"]) for row in await sql(CODES)] == [("failed", "")]


@pytest.mark.parametrize(
    "claimed", [Claimed("email", "kim"), Claimed("email", "k\u0456m@shop.example"), Claimed("phone", "0170 1")]
)
async def test_what_is_not_plainly_an_address_gets_no_code(
    store: PostgresTicketStore, sql: Sql, claimed: Claimed
) -> None:
    await turn(store, by_chat(), claimed=claimed)
    assert await sql("SELECT FROM identifier_claims") == await sql(CODES) == []


async def test_without_a_channel_that_writes_there_nobody_gets_one(database: Database, sql: Sql) -> None:
    await turn(identity_store(database, {WHATSAPP: "whatsapp"}), by_chat(), claimed=MAIL)
    await turn(PostgresTicketStore(database, topic_prefix="shop"), by_chat("again"), claimed=MAIL)
    assert await sql("SELECT FROM identifier_claims") == await sql(CODES) == []


async def test_who_wants_no_messages_gets_no_code(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await store.ingest(by_mail("STOP", address="kim@shop.example", preference=Preference.STOP))
    await turn(store, by_chat(), claimed=MAIL)
    assert all(not each.copied for each in await sent(deliveries))


# How many


async def test_one_mailbox_gets_so_many_codes_a_day_from_whomever_however_it_is_spelled(
    store: PostgresTicketStore, sql: Sql, told: Counter[tuple[str, str]]
) -> None:
    """All at once: each sees those before it. Who gets none has a claim like any other."""

    async def claims(number: int) -> UUID:
        done = await store.ingest(by_chat(number=f"+4917055501{number:02d}"))
        claim = await store.claim("w", [done.conversation_id])
        assert claim is not None
        spelled = (f"vic.tim+{number}@gmail.com", "victim@googlemail.com")[number % 2]
        assert await store.commit(claim, answer(claim=Claimed("email", spelled)), revision="r")
        return claim.conversation_id

    await asyncio.gather(*(claims(number) for number in range(PER_MAILBOX + 5)))
    assert told == {("help@example.com", "code_sent"): PER_MAILBOX, ("help@example.com", "code_capped"): 5}
    rows = await sql(CODES)
    assert Counter((row["state"], row["mailbox"], bool(row["body"])) for row in rows) == {
        ("pending", "victim@gmail.com", True): PER_MAILBOX,
        ("expired", "", False): 5,
    }
    assert len(await sql(OPEN)) == PER_MAILBOX + 5
    await sql("UPDATE identifier_claims SET created_at = created_at - interval '1 day'")
    await claims(50)
    assert told["help@example.com", "code_sent"] == PER_MAILBOX + 1


async def test_no_guess_is_right_where_no_code_went_out(
    store: PostgresTicketStore, sql: Sql, told: Counter[tuple[str, str]]
) -> None:
    """Else the bound of a mailbox is none: who has many addresses claims, and guesses, from each of them."""
    await replied(store, by_chat(), answer())
    await sql("UPDATE conversations SET reply_window_until = now() WHERE channel = 'whatsapp'")
    await turn(store, by_mail(), claimed=PHONE)
    assert told == {("whatsapp", "code_unreachable"): 1}
    [row] = await sql(OPEN)
    guesses = (digest(row["id"], f"{number:06d}") for number in range(10**6))
    assert row["code_sha256"] not in guesses


async def test_one_claimant_asks_for_so_many_codes_a_day(
    store: PostgresTicketStore, sql: Sql, told: Counter[tuple[str, str]]
) -> None:
    left = []
    for number in range(PER_CLAIMANT + 1):
        address = Claimed("email", f"kim{number}@shop.example")
        left.append((await turn(store, by_chat(f"again {number}"), claimed=address)).context.standing.claims_left)
    assert left == [True] * PER_CLAIMANT + [False]
    assert await states(sql) == ["replaced"] * (PER_CLAIMANT - 1) + ["sent"]
    assert told["help@example.com", "code_capped"] == 1


# What can be seen


async def strangers(store: PostgresTicketStore, known: str) -> None:
    """What others did with Kim's address or number before."""
    match known:
        case "typed":
            await replied(store, by_form(address="kim@shop.example"), answer())
        case "verified":
            await replied(store, by_mail(address="kim@shop.example"), answer())
        case "claimed":
            for number in range(PER_MAILBOX):
                await turn(store, by_chat(number=f"+4917055502{number:02d}"), claimed=MAIL)
        case "wrote":
            await replied(store, by_chat(), answer())


@pytest.mark.parametrize(
    ("known", "claimed"),
    [
        ("unknown", MAIL),
        ("typed", MAIL),
        ("verified", MAIL),
        ("claimed", MAIL),
        ("unknown", PHONE),
        ("wrote", PHONE),
    ],
)
async def test_whether_an_address_is_known_changes_no_statement_and_no_row(
    counted: CountedDatabase, sql: Sql, known: str, claimed: Claimed
) -> None:
    """A clock could tell statements, and a guess at the code could tell rows."""
    store = identity_store(counted)
    await strangers(store, known)
    done = await store.ingest(by_mail(address="eve@shop.example"))
    claim = await store.claim("w", [done.conversation_id])
    assert claim is not None
    before = {table: await count(sql, table) for table in ADDED}
    counted.asked.clear()
    assert await store.commit(claim, answer(claim=claimed), revision="r")
    await asyncio.sleep(0)
    assert [name for name in counted.asked if name in OF_A_CLAIM] == OF_A_CLAIM
    assert {table: await count(sql, table) - rows for table, rows in before.items()} == ADDED
    guessed = await turn(store, by_mail("000000", address="eve@shop.example"))
    standing = guessed.context.standing
    assert (standing.confirmation, bool(standing.awaited)) == (Confirmation.WRONG, True)


OF_A_CLAIM = [
    *("burst_writer", "ensure_channel", "channel_id", "lock_codes", "room_for_code", "replace_claim"),
    *("insert_claim", "insert_code"),
]
ADDED = {"identifier_claims": 1, "deliveries": 2, "messages": 1, "customers": 0, "customer_identifiers": 0}


async def count(sql: Sql, table: str) -> int:
    [row] = await sql(f"SELECT count(*) AS n FROM {table}")  # noqa: S608
    return int(row["n"])
