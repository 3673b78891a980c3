"""The third story, over the real rules and the real store: mail, then WhatsApp, and a code that joins them."""

import pytest
from crm import Sql
from identity_world import CODES, by_chat, by_form, by_mail, identity_store, last_code, other_than, wish

from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import InboundMessage
from fte_agent.domain.turns import Decision
from fte_agent.testing import FixedClock, FixedSearch, ScriptedMind, WordClassifier, a_passage
from fte_agent.turn.decide import TurnPorts, run_turn
from fte_database.pool import Database
from fte_database.repositories.customers import PostgresCustomerStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

PASSAGE = a_passage("Open Settings. Choose Export.")
SEND = ("send_response", {"message": "Choose Export.", "citations": [PASSAGE.section.uri]})


@pytest.fixture
def store(database: Database) -> PostgresTicketStore:
    return identity_store(database)


async def answered(store: PostgresTicketStore, database: Database, message: InboundMessage) -> Decision:
    """What the employee makes of a message, committed."""
    done = await store.ingest(message)
    claim = await store.claim("w", [done.conversation_id])
    assert claim is not None
    ports = TurnPorts(
        company=Company("Acme"),
        customers=PostgresCustomerStore(database),
        search=FixedSearch([PASSAGE]),
        model=ScriptedMind([[SEND]]),
        classifier=WordClassifier(),
        clock=FixedClock(),
    )
    decision = await run_turn(claim.context, ports)
    assert await store.commit(claim, decision, revision="r")
    return decision


async def test_what_was_asked_by_mail_is_told_on_whatsapp_once_a_code_proved_both(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    await answered(store, database, by_mail("How do I export?", subject="Export of invoices"))
    before = await answered(store, database, by_chat("I wrote to you by mail yesterday.", subject=""))
    assert "invoices" not in (before.text or "")
    assert "tell me which: a code goes there" in (before.text or "")
    asked = await answered(store, database, by_chat("ada@example.com"))
    assert (
        asked.claim is not None and asked.text is not None and asked.text.startswith("A code goes to a…@example.com.")
    )
    code = await last_code(sql)
    [row] = await sql(CODES)
    assert row["recipient"] == "ada@example.com"
    wrong = await answered(store, database, by_chat(other_than(code)))
    assert "not right" in (wrong.text or "") and "invoices" not in (wrong.text or "")
    right = await answered(store, database, by_chat(f"my code is {code}"))
    assert right.text is not None and right.text.startswith("Thank you, the code is right")
    assert "by e-mail, “Export of invoices”: answered" in right.text
    assert "Choose Export." in right.text
    later = await answered(store, database, by_chat("Any news on my mail?"))
    assert "Export of invoices" in (later.text or "")


async def test_an_address_that_somebody_else_of_the_thread_named_is_not_the_last_writer_s(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    """Else who is in copy writes at once, and then the code that its owner writes into the thread."""
    await store.ingest(by_mail("My number is +49 170 5550199.", participants=("eve@example.com",)))
    told = await answered(store, database, by_mail("Good morning", "eve@example.com", thread_key="t ada@example.com"))
    assert told.claim is None
    assert "WhatsApp" not in (told.text or "")
    assert await sql("SELECT FROM identifier_claims") == []
    alone = await answered(store, database, by_mail("My number is +49 170 5550199."))
    assert alone.claim is not None


async def test_a_form_is_told_nothing_before_its_address_is_confirmed_and_then_what_went_before(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    await answered(store, database, by_mail("How do I export?", subject="Export of invoices"))
    first = by_form("I wrote to you on WhatsApp yesterday.", subject="My request")
    told = await answered(store, database, first)
    assert "you can confirm your e-mail address" in (told.text or "")
    assert first.ticket_id is not None
    await store.ingest(wish(first.ticket_id, "asked"))
    await store.ingest(wish(first.ticket_id, "code", await last_code(sql)))
    done = await store.ingest(by_form("And now?", ticket_id=first.ticket_id, dedupe_key="2"))
    claim = await store.claim("w", [done.conversation_id])
    assert claim is not None and claim.context.standing.proven
    past = await PostgresCustomerStore(database).past(claim.context)
    assert [ticket.subject for ticket in past.tickets] == ["Export of invoices"]
