"""A customer's past is told to the one who proved who they are, and to nobody else."""

import asyncio

import pytest
from crm import Sql, answer, escalation, replied
from identity_world import (
    ADA,
    ADAS_PHONE,
    CountedDatabase,
    by_chat,
    by_form,
    by_mail,
    confirm_form,
    identity_store,
    last_code,
    past,
    turn,
)

from fte_agent.domain.identity import Claimed, EarlierTicket, Past
from fte_database.pool import Database
from fte_database.repositories import customers
from fte_database.repositories.customers import EXCERPT_CHARS
from fte_database.repositories.merges import PostgresMergeStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

EVE = "eve@example.com"
UNKNOWN = Past()


@pytest.fixture
def store(database: Database) -> PostgresTicketStore:
    return identity_store(database)


def told(found: Past) -> list[tuple[str, str]]:
    return [(ticket.question, ticket.answer) for ticket in found.tickets]


async def test_a_proven_past_is_told_newest_first_and_not_for_ever(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    for number in range(7):
        await turn(store, by_mail(f"question {number}", thread_key=f"t{number}", subject=f"matter {number}"))
    await sql(
        "UPDATE tickets SET created_at = timestamptz '2026-02-01' + right(thread_key, 1)::int * interval '1 day'"
        " FROM conversations WHERE conversations.id = conversation_id"
    )
    numbers = {
        row["subject"]: row["number"]
        for row in await sql(
            "SELECT subject, number FROM tickets JOIN conversations ON conversations.id = conversation_id"
        )
    }
    now = await turn(store, by_mail(thread_key="now", subject="today"))
    [opened] = await sql("SELECT created_at FROM tickets WHERE number = $1", numbers["matter 6"])
    found = await past(database, now)
    assert found.tickets[0] == EarlierTicket(
        number=numbers["matter 6"],
        channel="email",
        subject="matter 6",
        status="waiting",
        opened_at=opened["created_at"],
        question="question 6",
        answer="Open Settings, then Password.",
    )
    assert [ticket.subject for ticket in found.tickets] == [f"matter {number}" for number in (6, 5, 4, 3, 2)]
    assert found.untold == 0


async def test_a_claimed_address_learns_nothing_of_the_real_owner(
    store: PostgresTicketStore, database: Database
) -> None:
    await turn(store, by_mail("canary", subject="canary"))
    claimed = await turn(store, by_form())
    stranger = await turn(store, by_form(address=EVE))
    assert await past(database, claimed) == await past(database, stranger) == UNKNOWN
    assert claimed.context.standing == stranger.context.standing


async def test_the_owner_hears_of_what_somebody_claimed_in_their_name_as_a_number(
    store: PostgresTicketStore, database: Database
) -> None:
    await turn(store, by_form("canary", subject="canary"))
    assert await past(database, await turn(store, by_mail())) == Past(untold=1)


async def test_what_is_opened_in_somebody_s_name_costs_their_turns_no_more_than_so_much(
    store: PostgresTicketStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customers, "LOOKED_AT", 3)
    now = await turn(store, by_mail())
    await turn(store, by_mail(thread_key="other"))
    for number in range(2):
        await turn(store, by_form(f"flood {number}"))
    assert await past(database, now) == Past((await past(database, now)).tickets, untold=2)
    assert len((await past(database, now)).tickets) == 1
    for number in range(4):
        await turn(store, by_form(f"more {number}"))
    assert await past(database, now) == Past(untold=3)


async def test_one_unproven_message_closes_the_conversation_s_view(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    await turn(store, by_mail(thread_key="old", subject="canary"))
    claim = await turn(store, by_mail(thread_key="new"))
    await sql("UPDATE customer_identifiers SET verified_at = NULL")  # else it is put into a conversation of its own
    forged = await turn(store, by_mail(thread_key="new", proven=False))
    assert forged.conversation_id == claim.conversation_id
    assert await past(database, forged) == UNKNOWN
    assert told(await past(database, await turn(store, by_mail(thread_key="third")))) == [
        ("Hello", "Open Settings, then Password.")
    ]


async def test_another_customer_s_past_is_never_told(store: PostgresTicketStore, database: Database) -> None:
    await turn(store, by_mail(subject="canary"))
    assert await past(database, await turn(store, by_mail(address=EVE))) == UNKNOWN


async def test_where_somebody_else_wrote_too_nothing_is_told_of_it_nor_in_it(
    store: PostgresTicketStore, database: Database
) -> None:
    await turn(store, by_mail("alone", thread_key="alone"))
    shared = await turn(store, by_mail(thread_key="shared", participants=(EVE,)))
    assert told(await past(database, shared)) == [("alone", "Open Settings, then Password.")]
    hers = await turn(store, by_mail("canary", EVE, thread_key="shared"))
    assert hers.conversation_id == shared.conversation_id
    assert await past(database, hers) == UNKNOWN
    later = await turn(store, by_mail(thread_key="later"))
    assert (told(await past(database, later)), (await past(database, later)).untold) == (
        [("alone", "Open Settings, then Password.")],
        1,
    )


async def test_what_was_not_said_to_the_customer_is_not_told(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    """Neither a note of ours, nor a draft that nobody released, nor what never left."""
    done = await replied(store, by_mail("asked", thread_key="old"), answer("held"))
    await sql("UPDATE deliveries SET state = 'held'")
    await sql(
        "INSERT INTO messages (conversation_id, seq, channel, direction, author, body, occurred_at)"
        " VALUES ($1, 9, 'email', 'internal', 'human', 'canary', now())",
        done.conversation_id,
    )
    claim = await turn(store, by_mail(thread_key="new"))
    for state in ("held", "cancelled", "failed", "expired"):
        await sql("UPDATE deliveries SET state = $1 WHERE body = 'held'", state)
        assert told(await past(database, claim)) == [("asked", "")]
    await sql("UPDATE deliveries SET state = 'sent' WHERE body = 'held'")
    assert told(await past(database, claim)) == [("asked", "held")]


async def test_long_texts_are_cut(store: PostgresTicketStore, database: Database) -> None:
    await replied(store, by_mail("q" * 1000, thread_key="old"), answer("a" * 1000))
    [(question, reply)] = told(await past(database, await turn(store, by_mail(thread_key="new"))))
    assert (question, reply) == ("q" * EXCERPT_CHARS, "a" * EXCERPT_CHARS)


async def test_what_a_person_has_is_told_with_its_state(store: PostgresTicketStore, database: Database) -> None:
    await replied(store, by_mail("I will sue", thread_key="old"), escalation())
    [ticket] = (await past(database, await turn(store, by_mail(thread_key="new")))).tickets
    assert (ticket.status, ticket.answer) == ("escalated", "A colleague will reply.")


async def test_what_a_program_began_is_neither_told_nor_counted(store: PostgresTicketStore, database: Database) -> None:
    await store.ingest(by_mail("canary", thread_key="old", automated=True))
    assert await past(database, await turn(store, by_mail(thread_key="new"))) == UNKNOWN


async def test_a_code_that_a_customer_wrote_is_no_question(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    await replied(store, by_mail("first", thread_key="old"), answer())
    await turn(store, by_chat("second"), claimed=Claimed("email", ADA))
    await turn(store, by_chat(await last_code(sql)))
    found = await past(database, await turn(store, by_mail(thread_key="new")))
    assert {ticket.question for ticket in found.tickets} == {"first", "second"}


async def test_a_form_is_told_once_its_address_is_confirmed_and_others_stay_a_number(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    done = await replied(store, by_form("of the form"), answer())
    await replied(store, by_form("canary"), answer())
    await confirm_form(store, sql, done)
    claim = await turn(store, by_mail())
    assert told(await past(database, claim)) == [("of the form", "Open Settings, then Password.")]
    assert (await past(database, claim)).untold == 1


async def test_of_an_erased_record_nothing_is_told_nor_counted(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    await replied(store, by_chat("canary"), answer())
    await replied(store, by_form("canary", address=EVE), answer())
    claim = await turn(store, by_mail())
    records = {
        row["value_norm"]: row["id"]
        for row in await sql("SELECT value_norm, customer_id AS id FROM customer_identifiers")
    }
    merges = PostgresMergeStore(database)
    for victim in (ADAS_PHONE, EVE):
        await merges.merge(records[victim], records[ADA], actor="bob", reason="one person")
    assert len((await past(database, claim)).tickets) == (await past(database, claim)).untold == 1
    await sql("UPDATE customers SET erased_at = now() WHERE id <> $1", records[ADA])
    assert await past(database, claim) == UNKNOWN
    await sql("UPDATE customers SET erased_at = now()")
    assert await past(database, claim) == UNKNOWN


@pytest.mark.parametrize("known", [0, 1, 7])
async def test_a_past_is_one_statement_whatever_there_is(counted: CountedDatabase, known: int) -> None:
    store = identity_store(counted)
    for number in range(known):
        await turn(store, by_mail(thread_key=f"t{number}"))
        await turn(store, by_form(f"form {number}"))
    for message in (by_mail(thread_key="now"), by_form("now")):
        claim = await turn(store, message)
        await asyncio.sleep(0)
        counted.asked.clear()
        await past(counted, claim)
        await asyncio.sleep(0)
        assert counted.asked == ["past"]
