"""Codes that come back: what they prove, and what they prove of nobody."""

import asyncio
from uuid import uuid4

import pytest
from crm import Sql, answer, mail, replied
from identity_world import (
    ADA,
    ADAS_PHONE,
    CODES,
    by_chat,
    by_form,
    by_mail,
    confirm_form,
    families,
    identity_store,
    last_code,
    other_than,
    past,
    turn,
    wish,
)

from fte_agent.domain.identity import Claimed, Confirmation, Past
from fte_agent.domain.messages import Identifier
from fte_database.errors import Rejected
from fte_database.pool import Database
from fte_database.repositories.status import StatusStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

MAIL = Claimed("email", ADA)
PHONE = Claimed("phone", ADAS_PHONE)
CLAIM = "SELECT state, attempts, code_sha256 IS NULL AS forgotten FROM identifier_claims ORDER BY created_at"
MERGES = "SELECT victim, survivor, actor, claim_id, split_at FROM customer_merges"


@pytest.fixture
def store(database: Database) -> PostgresTicketStore:
    return identity_store(database)


# The form's address


async def test_a_form_s_visitor_proves_the_address_by_the_code_that_went_there(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    done = await replied(store, by_form("My question"), answer())
    asked = await store.ingest(wish(done.ticket_id, "asked"))
    assert asked.ticket_id == done.ticket_id and asked.conversation_id == done.conversation_id
    [row] = await sql(CODES)
    assert (row["recipient"], row["channel"]) == (ADA, "email")
    await store.ingest(wish(done.ticket_id, "code", await last_code(sql)))
    assert await sql("SELECT email FROM customers") == [{"email": ADA}]
    assert await sql("SELECT verified_by FROM customer_identifiers") == [{"verified_by": "code"}]
    inbound = "SELECT sender_verified, automated, body, metadata ->> 'confirmation' AS result FROM messages"
    assert [tuple(each.values()) for each in await sql(f"{inbound} WHERE direction = 'inbound' ORDER BY seq")] == [
        (True, False, "My question", None),
        (True, True, "", "asked"),
        (True, True, "", "confirmed"),
    ]
    assert await sql(CLAIM) == [{"state": "confirmed", "attempts": 0, "forgotten": True}]
    assert [row["state"] for row in await sql(CODES)] == ["cancelled"]  # it was known before it was sent
    view = await StatusStore(database).find_ticket(done.ticket_id)
    assert view is not None and [message.text for message in view.messages] == ["My question"]
    assert await store.claim("w") is None  # nobody answers a code on a page


async def test_what_is_written_in_a_confirmed_ticket_later_is_proven_and_in_another_is_not(
    store: PostgresTicketStore, sql: Sql
) -> None:
    done = await replied(store, by_form(), answer())
    other = await replied(store, by_form("Another"), answer())
    await confirm_form(store, sql, done)
    again = await turn(store, by_form("And then?", ticket_id=done.ticket_id, dedupe_key="again"))
    elsewhere = await turn(store, by_form("And there?", ticket_id=other.ticket_id, dedupe_key="there"))
    assert (again.context.standing.proven, elsewhere.context.standing.proven) == (True, False)


async def test_who_confirms_an_address_goes_on_in_their_thread_though_no_mail_of_theirs_is_proven(
    store: PostgresTicketStore, sql: Sql
) -> None:
    """A domain without DMARC: a code says nothing of its mails. Once one of them is proven, the others have to be."""
    first = await replied(store, by_mail("How?", proven=False, external_id="<1@x>"), answer())
    await confirm_form(store, sql, await store.ingest(by_form()))
    again = await store.ingest(by_mail("And then?", proven=False, external_id="<2@x>", in_reply_to="<1@x>"))
    assert again.conversation_id == first.conversation_id
    await store.ingest(by_mail("Elsewhere", thread_key="other", external_id="<3@x>"))
    assert await sql("SELECT verified_by FROM customer_identifiers") == [{"verified_by": "email"}]
    forged = await store.ingest(by_mail("Me, too", proven=False, external_id="<4@x>", in_reply_to="<2@x>"))
    assert forged.conversation_id != first.conversation_id


async def test_a_confirmed_ticket_asks_for_no_other_code(store: PostgresTicketStore, sql: Sql) -> None:
    done = await replied(store, by_form(), answer())
    await confirm_form(store, sql, done)
    await store.ingest(wish(done.ticket_id, "asked"))
    assert len(await sql(CODES)) == 1


async def test_the_ticket_stays_as_it_was_while_its_address_is_confirmed(store: PostgresTicketStore, sql: Sql) -> None:
    done = await replied(store, by_form(), answer())
    before = await sql("SELECT * FROM tickets")
    await confirm_form(store, sql, done)
    assert await sql("SELECT * FROM tickets") == before


async def test_a_word_from_a_page_whose_ticket_is_not_stored_is_refused(store: PostgresTicketStore, sql: Sql) -> None:
    with pytest.raises(Rejected, match="ask for it once"):
        await store.ingest(wish(uuid4(), "asked"))
    assert await sql("SELECT FROM conversations") == []


async def test_a_message_cannot_say_that_it_confirms_anything(store: PostgresTicketStore, sql: Sql) -> None:
    claim = await turn(store, by_form(metadata={"confirmation": "confirmed"}))
    assert claim.context.standing.confirmation is None
    assert await sql("SELECT FROM messages WHERE metadata ? 'confirmation'") == []


# Wrong, late, by somebody else


async def test_five_wrong_codes_end_a_claim(store: PostgresTicketStore, sql: Sql) -> None:
    await turn(store, by_chat(), claimed=MAIL)
    code = await last_code(sql)
    said = [(await turn(store, by_chat(f"it is {other_than(code)}"))).context.standing for _ in range(5)]
    assert [each.confirmation for each in said] == [Confirmation.WRONG] * 5
    assert await sql(CLAIM) == [{"state": "refused", "attempts": 5, "forgotten": True}]
    assert [(row["state"], row["body"]) for row in await sql(CODES)] == [("cancelled", "")]
    assert (await turn(store, by_chat(code))).context.standing.confirmation is None
    assert await sql(MERGES) == []


@pytest.mark.parametrize("swept", [False, True])
async def test_a_late_code_proves_nothing(
    store: PostgresTicketStore, sql: Sql, swept: bool, deliveries: object
) -> None:
    await turn(store, by_chat(), claimed=MAIL)
    code = await last_code(sql)
    await sql("UPDATE identifier_claims SET expires_at = now()")
    if swept:
        await deliveries.withdraw_late()  # type: ignore[attr-defined]
    assert (await turn(store, by_chat(code))).context.standing.confirmation is Confirmation.EXPIRED
    assert await sql(CLAIM) == [{"state": "expired", "attempts": 0, "forgotten": True}]
    assert await sql(MERGES) == []


async def test_a_message_without_a_code_is_no_attempt(store: PostgresTicketStore, sql: Sql) -> None:
    await turn(store, by_chat(), claimed=MAIL)
    claim = await turn(store, by_chat("It has not come. Call +49 170 5550199, order 48291377."))
    assert claim.context.standing.confirmation is None
    assert claim.context.standing.awaited == "a…@example.com"
    assert (await sql(CLAIM))[0]["attempts"] == 0


async def test_the_right_code_in_another_conversation_proves_nothing(store: PostgresTicketStore, sql: Sql) -> None:
    await turn(store, by_mail(address="eve@shop.example"), claimed=PHONE)
    await replied(store, by_chat(), answer())
    await turn(store, by_mail("again", address="eve@shop.example"), claimed=PHONE)
    code = await last_code(sql)
    there = await turn(store, by_mail(code, address="eve@shop.example", thread_key="another"))
    owner = await turn(store, by_chat(code))
    assert (there.context.standing.confirmation, owner.context.standing.confirmation) == (None, None)
    assert await sql(MERGES) == []


async def test_the_right_code_of_another_writer_of_the_conversation_proves_nothing(
    store: PostgresTicketStore, sql: Sql
) -> None:
    """Bob, whom Ada wrote to as well, reads her thread."""
    await replied(store, by_chat(), answer())
    claim = await turn(store, by_mail(participants=("bob@example.com",)), claimed=PHONE)
    bob = by_mail(await last_code(sql), "bob@example.com", thread_key=f"t {ADA}")
    said = await turn(store, bob)
    assert said.conversation_id == claim.conversation_id
    assert said.context.standing.confirmation is None and said.context.standing.awaited == ""
    assert await sql(MERGES) == []


async def test_the_right_code_in_somebody_s_name_is_not_heard(store: PostgresTicketStore, sql: Sql) -> None:
    """Whatever lets an unproven message into the conversation."""
    await replied(store, by_chat(), answer())
    claim = await turn(store, by_mail(), claimed=PHONE)
    code = await last_code(sql)
    forged = by_mail(code, proven=False, reply_token=claim.conversation_id.hex)
    await sql("UPDATE customer_identifiers SET verified_at = NULL WHERE kind = 'email'")
    said = await turn(store, forged)
    assert said.conversation_id == claim.conversation_id
    assert said.context.standing.confirmation is None and not said.context.standing.proven
    assert await sql(CLAIM) == [{"state": "sent", "attempts": 0, "forgotten": False}]


async def test_where_one_message_is_not_proven_the_right_code_merges_nothing(
    store: PostgresTicketStore, sql: Sql
) -> None:
    await replied(store, by_chat(), answer())
    await turn(store, by_mail(), claimed=PHONE)
    code = await last_code(sql)
    await sql("UPDATE messages SET sender_verified = false WHERE seq = 1 AND channel = 'email'")
    assert (await turn(store, by_mail(code))).context.standing.confirmation is Confirmation.WRONG
    assert await sql(MERGES) == []
    assert (await sql(CLAIM))[0]["state"] == "refused"


async def test_what_a_program_sends_is_no_code(store: PostgresTicketStore, sql: Sql) -> None:
    await replied(store, by_chat(), answer())
    await turn(store, by_mail(), claimed=PHONE)
    await store.ingest(by_mail(await last_code(sql), automated=True))
    assert (await sql(CLAIM))[0]["state"] == "sent"


# Another address


@pytest.mark.parametrize("known", [True, False])
async def test_a_number_whose_owner_proves_an_address_becomes_its_customer_s(
    store: PostgresTicketStore, database: Database, sql: Sql, known: bool
) -> None:
    """The record with an address survives, whichever is older."""
    if known:
        await replied(store, by_mail("My first question"), answer("The answer."))
    await turn(store, by_chat(), claimed=MAIL)
    code = await last_code(sql)
    claim = await turn(store, by_chat(f"The code is {code[:3]} {code[3:]}."))
    assert claim.context.standing.confirmation is Confirmation.CONFIRMED
    found = await families(sql)
    assert found[ADA] == found[ADAS_PHONE]
    [merge] = await sql(MERGES)
    assert (merge["survivor"], merge["actor"], merge["split_at"]) == (found[ADA], "customer", None)
    assert await sql("SELECT email FROM customers WHERE merged_into IS NULL") == [{"email": ADA}]
    audited = "SELECT action FROM audit_log WHERE actor = 'customer'"
    assert await sql(audited) == [{"action": "customer_merge"}]
    told = await past(database, claim)
    assert [(each.channel, each.question, each.answer) for each in told.tickets] == (
        [("email", "My first question", "The answer.")] if known else []
    )


async def test_of_two_records_without_an_address_the_older_survives(store: PostgresTicketStore, sql: Sql) -> None:
    other = "+491705550177"
    await replied(store, by_chat(), answer())
    await turn(store, by_chat(number=other), claimed=PHONE)
    await turn(store, by_chat(await last_code(sql), number=other))
    found = await families(sql)
    [merge] = await sql(MERGES)
    records = await sql("SELECT customer_id FROM customer_identifiers WHERE value_norm = $1", ADAS_PHONE)
    assert found[ADAS_PHONE] == found[other] == merge["survivor"] == records[0]["customer_id"]


async def test_two_with_an_address_each_stay_two_and_a_person_decides(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    await replied(store, by_mail(address="work@example.com"), answer())
    await turn(store, by_mail(), claimed=Claimed("email", "work@example.com"))
    claim = await turn(store, by_mail(await last_code(sql)))
    assert claim.context.standing.confirmation is Confirmation.CONFLICT
    found = await families(sql)
    assert found[ADA] != found["work@example.com"] and await sql(MERGES) == []
    assert (await sql(CLAIM))[0]["state"] == "conflict"
    [row] = await sql("SELECT detail FROM audit_log WHERE action = 'merge_conflict'")
    assert all(str(found[address]) in row["detail"] for address in (ADA, "work@example.com"))
    assert await past(database, claim) == Past()


async def test_a_family_grows_by_every_address_that_is_proven(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    """A form, confirmed, then a number of theirs, then another: one customer, and all of it is told."""
    done = await replied(store, by_form("First"), answer())
    await confirm_form(store, sql, done)
    await replied(store, by_chat("Second"), answer())
    await turn(store, by_chat("I wrote by the form"), claimed=MAIL)
    await turn(store, by_chat(await last_code(sql)))
    other = "+491705550177"
    await turn(store, by_chat("Third", number=other), claimed=PHONE)
    claim = await turn(store, by_chat(await last_code(sql), number=other))
    found = await families(sql)
    assert len(set(found.values())) == 1
    told = await past(database, claim)
    assert {each.channel for each in told.tickets} == {"web_form", "whatsapp"} and told.untold == 0


async def test_to_prove_the_same_again_changes_nothing(store: PostgresTicketStore, sql: Sql) -> None:
    for _ in range(2):
        await turn(store, by_chat(str(uuid4())), claimed=MAIL)
        claim = await turn(store, by_chat(await last_code(sql)))
        assert claim.context.standing.confirmation is Confirmation.CONFIRMED
    assert len(await sql(MERGES)) == 1


async def test_one_code_sent_twice_counts_once(store: PostgresTicketStore, sql: Sql) -> None:
    """The provider repeats the message; so does the customer."""
    await turn(store, by_chat(), claimed=MAIL)
    message = by_chat(await last_code(sql))
    await asyncio.gather(*(store.ingest(message) for _ in range(4)))
    await store.ingest(by_chat(message.body))
    assert len(await sql(MERGES)) == 1


async def test_two_who_claim_each_other_at_once_are_one_without_a_deadlock(
    store: PostgresTicketStore, sql: Sql
) -> None:
    await replied(store, by_chat(), answer())
    await turn(store, by_mail(), claimed=PHONE)
    first = await last_code(sql)
    await turn(store, by_chat("Mine"), claimed=MAIL)
    second = await last_code(sql)
    await asyncio.gather(store.ingest(by_mail(first)), store.ingest(by_chat(second)))
    assert len(await sql(MERGES)) == 1
    assert [row["state"] for row in await sql(CLAIM)] == ["confirmed", "confirmed"]


async def test_a_code_is_heard_while_its_owner_writes_for_the_first_time(store: PostgresTicketStore, sql: Sql) -> None:
    """In the same thread, too: identifiers are locked before threads, all at once."""
    await turn(store, by_chat(), claimed=MAIL)
    code = await last_code(sql)
    thread = mail("Hello", thread_key="new", sender=Identifier("email", ADA, verified=True))
    await asyncio.gather(store.ingest(by_chat(code)), store.ingest(thread))
    found = await families(sql)
    assert len(found) == 2 and found[ADA] == found[ADAS_PHONE]
