"""What customers and operators may look up."""

from uuid import uuid4

import pytest
from crm import NOW, Sql, answer, escalation, form, mail, replied

from fte_agent.domain.delivery import Sent
from fte_agent.domain.messages import Author, Identifier
from fte_agent.domain.turns import Citation
from fte_agent.inbound.web_form_confirmation import confirmation_message
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.status import StatusStore, TicketSender
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres


@pytest.fixture
def status(database: Database) -> StatusStore:
    return StatusStore(database)


async def test_a_ticket_shows_what_was_said_once_it_went_out(
    store: PostgresTicketStore, status: StatusStore, database: Database
) -> None:
    message = form("a question")
    assert message.ticket_id is not None
    assert await status.find_ticket(message.ticket_id) is None
    await store.ingest(message)
    view = await status.find_ticket(message.ticket_id)
    assert view is not None
    assert (view.ticket_id, view.status, view.status_token_sha256) == (message.ticket_id, "open", "0" * 64)
    assert [(one.author, one.text, one.citations, one.at) for one in view.messages] == [
        (Author.CUSTOMER, "a question", (), NOW)
    ]
    claim = await store.claim("w")
    assert claim is not None
    await store.commit(claim, answer("an answer"), revision="r")
    deliveries = PostgresDeliveryStore(database, topic_prefix="shop")
    delivery = await deliveries.claim_delivery("w", ["website", "help@example.com"])
    assert delivery is not None
    view = await status.find_ticket(message.ticket_id)
    assert view is not None
    assert (view.status, len(view.messages)) == ("waiting", 1)
    await deliveries.mark_sent(delivery, Sent())
    view = await status.find_ticket(message.ticket_id)
    assert view is not None
    assert (view.messages[1].author, view.messages[1].text) == (Author.AI, "an answer")
    assert view.messages[1].citations == (Citation("handbook/account.md#password", "Account", "Password"),)


@pytest.mark.parametrize("state", ["held", "pending", "sending", "unknown", "failed", "expired", "cancelled"])
async def test_what_did_not_go_out_is_not_shown(
    store: PostgresTicketStore, status: StatusStore, sql: Sql, state: str
) -> None:
    message = form()
    await store.ingest(message)
    claim = await store.claim("w")
    assert claim is not None
    await store.commit(claim, answer(), revision="r")
    await sql("UPDATE deliveries SET state = $1", state)
    assert message.ticket_id is not None
    view = await status.find_ticket(message.ticket_id)
    assert view is not None
    assert [one.author for one in view.messages] == [Author.CUSTOMER]


async def test_another_ticket_s_messages_are_not_shown(store: PostgresTicketStore, status: StatusStore) -> None:
    mine, other = form("mine"), form("canary")
    await store.ingest(mine)
    await store.ingest(other)
    assert mine.ticket_id is not None
    view = await status.find_ticket(mine.ticket_id)
    assert view is not None
    assert [one.text for one in view.messages] == ["mine"]
    assert await status.find_ticket(uuid4()) is None


async def test_backlog_counts_what_waits_for_the_employee(store: PostgresTicketStore, status: StatusStore) -> None:
    assert await status.backlog_conversations() == 0
    for _ in range(3):
        await store.ingest(form())
    await store.ingest(mail(automated=True))
    assert await status.backlog_conversations() == 3
    for decision in (answer(), escalation()):
        claim = await store.claim("w")
        assert claim is not None
        assert await status.backlog_conversations() > 1
        await store.commit(claim, decision, revision="r")
    assert await status.backlog_conversations() == 1


async def test_last_sign_of_life_by_channel(store: PostgresTicketStore, status: StatusStore, sql: Sql) -> None:
    assert await status.last_inbound() == {}
    await store.ingest(form())
    await store.ingest(mail(automated=True))
    rows = await sql("SELECT channel, max(last_inbound_at) AS at FROM conversations GROUP BY channel")
    times = {row["channel"]: row["at"] for row in rows}
    assert await status.last_inbound() == {"website": times["web_form"], "help@example.com": times["email"]}


async def test_what_a_newer_release_says_of_a_citation_is_left_out(
    store: PostgresTicketStore, status: StatusStore, sql: Sql
) -> None:
    message = form()
    assert message.ticket_id is not None
    await replied(store, message, answer())
    await sql("UPDATE deliveries SET state = 'sent'")
    await sql("""UPDATE messages SET citations = '[{"uri": "u", "title": "t", "heading": "h", "page": 3}]'
                 WHERE direction = 'outbound'""")
    view = await status.find_ticket(message.ticket_id)
    assert view is not None
    assert [one.citations for one in view.messages] == [(), (Citation("u", "t", "h"),)]


async def test_who_wrote_a_ticket_is_found_as_they_wrote_it(store: PostgresTicketStore, status: StatusStore) -> None:
    message = form(sender=Identifier("email", "Ada@Example.com"))
    assert message.ticket_id is not None
    assert await status.find_sender(message.ticket_id) is None
    await store.ingest(message)
    found = await status.find_sender(message.ticket_id)
    assert found == TicketSender("website", Identifier("email", "Ada@Example.com"), "0" * 64, address_confirmed=False)


async def test_a_ticket_tells_how_far_its_address_is_confirmed(
    store: PostgresTicketStore, status: StatusStore, sql: Sql
) -> None:
    message = form()
    assert message.ticket_id is not None
    await store.ingest(message)
    view = await status.find_ticket(message.ticket_id)
    assert view is not None
    assert (view.address_confirmed, view.confirmation) == (False, "")
    wish = confirmation_message(
        message.ticket_id, message.sender, None, channel_name="website", attempt="1", now=NOW, metadata={}
    )
    await store.ingest(wish)
    view = await status.find_ticket(message.ticket_id)
    assert view is not None
    assert (view.address_confirmed, view.confirmation, len(view.messages)) == (False, "asked", 1)
    wrong = confirmation_message(
        message.ticket_id, message.sender, "000000", channel_name="website", attempt="2", now=NOW, metadata={}
    )
    await store.ingest(wrong)
    view = await status.find_ticket(message.ticket_id)
    assert view is not None
    assert view.confirmation in {"wrong", "expired"}
    await sql("UPDATE messages SET sender_verified = true WHERE NOT automated")
    view = await status.find_ticket(message.ticket_id)
    assert view is not None and view.address_confirmed
    sender = await status.find_sender(message.ticket_id)
    assert sender is not None and sender.address_confirmed
