"""What the management API shows of conversations and customers, over a real database."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from crm import PHONE, answer, chat, escalation, form, mail, replied
from management_world import AGENT, Managed, managed, problems

from fte_agent.domain.messages import Identifier
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Managed]:
    async with managed(database_url, tmp_path) as it:
        yield it


@pytest.fixture
def store(api: Managed) -> PostgresTicketStore:
    return PostgresTicketStore(api.database, topic_prefix="shop")


async def rows(url: str, statement: str, *arguments: Any) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch(statement, *arguments)]
    finally:
        await connection.close()


async def customer_of(url: str, conversation: UUID) -> UUID:
    (row,) = await rows(url, "SELECT customer_id FROM conversations WHERE id = $1", conversation)
    found: UUID = row["customer_id"]
    return found


async def test_a_conversation_says_what_each_reply_rests_on_and_what_became_of_it(
    api: Managed, store: PostgresTicketStore, database_url: str
) -> None:
    done = await replied(store, mail("How do I reset it?"), answer())
    shown = (await api.get(f"/conversations/{done.conversation_id}", AGENT)).json()
    assert shown["customer_id"] == str(await customer_of(database_url, done.conversation_id))
    assert (shown["channel"], shown["status"], shown["handler"]) == ("email", "waiting_customer", "ai")
    assert [ticket["id"] for ticket in shown["tickets"]] == [str(done.ticket_id)]
    asked, said = shown["messages"]
    assert (asked["author"], asked["text"], asked["sender_verified"], asked["reply"]) == (
        "customer",
        "How do I reset it?",
        True,
        None,
    )
    reply = said["reply"]
    assert reply["sources"] == [{"uri": "handbook/account.md#password", "title": "Account", "heading": "Password"}]
    assert (reply["latency_ms"], reply["tokens"], reply["revision"], reply["model"]) == (34, 120, "r", "offline")
    assert [use["name"] for use in reply["tool_calls"]] == ["send_response"]
    assert (reply["resolution_state"], reply["outcome"], reply["rating"]) == ("open", "answer", None)
    assert [part["state"] for part in said["deliveries"]] == ["pending"]
    assert datetime.fromisoformat(said["at"]).tzinfo is not None


@pytest.mark.parametrize(
    ("statement", "state"),
    [
        ("UPDATE conversations SET status = 'resolved'", "assumed"),
        ("INSERT INTO message_ratings (message_id, helped) SELECT id, true FROM messages WHERE seq = 2", "confirmed"),
        ("INSERT INTO message_ratings (message_id, helped) SELECT id, false FROM messages WHERE seq = 2", "rejected"),
    ],
)
async def test_a_reply_came_to_what_its_customer_and_its_conversation_say(
    api: Managed, store: PostgresTicketStore, database_url: str, statement: str, state: str
) -> None:
    done = await replied(store, mail(), answer())
    await rows(database_url, statement)
    shown = (await api.get(f"/conversations/{done.conversation_id}")).json()
    assert shown["messages"][1]["reply"]["resolution_state"] == state


async def test_a_reply_that_was_written_to_again_is_continued_and_one_that_a_person_got_escalated(
    api: Managed, store: PostgresTicketStore
) -> None:
    done = await replied(store, mail(), answer())
    await replied(store, mail("No, another one."), escalation())
    shown = (await api.get(f"/conversations/{done.conversation_id}")).json()
    replies = [message["reply"] for message in shown["messages"] if message["reply"]]
    assert [reply["resolution_state"] for reply in replies] == ["continued", "escalated"]
    assert [(each["reason"], each["summary"]) for each in shown["escalations"]] == [
        ("legal", "The customer mentions a lawyer.")
    ]


async def test_a_rating_and_a_remark_stand_with_the_reply(
    api: Managed, store: PostgresTicketStore, database_url: str
) -> None:
    done = await replied(store, mail(), answer())
    statement = (
        "INSERT INTO message_ratings (message_id, rating, remark) SELECT id, 4, 'thanks' FROM messages WHERE seq = 2"
    )
    await rows(database_url, statement)
    reply = (await api.get(f"/conversations/{done.conversation_id}")).json()["messages"][1]["reply"]
    assert (reply["rating"], reply["remark"], reply["helped"]) == (4, "thanks", None)


async def test_messages_come_in_pages_that_join_without_gap(api: Managed, store: PostgresTicketStore) -> None:
    for number in range(5):
        done = await store.ingest(mail(f"message {number}"))
    seen, cursor = [], None
    while True:
        params: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await api.get(f"/conversations/{done.conversation_id}", **params)).json()
        assert len(page["messages"]) <= 2
        seen += [message["text"] for message in page["messages"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"message {number}" for number in range(5)]


async def test_a_cursor_of_another_conversation_is_refused(api: Managed, store: PostgresTicketStore) -> None:
    for number in range(3):
        one = await store.ingest(mail(f"message {number}"))
    other = await store.ingest(form())
    page = (await api.get(f"/conversations/{one.conversation_id}", limit=1)).json()
    refused = await api.get(f"/conversations/{other.conversation_id}", cursor=page["next_cursor"])
    assert refused.status_code == 422
    assert problems(refused) == [("cursor", "malformed_cursor")]


async def test_a_conversation_that_is_not_there_is_404_and_noted_like_any_other(
    api: Managed, store: PostgresTicketStore, database_url: str
) -> None:
    nobody = uuid4()
    missing = await api.get(f"/conversations/{nobody}", AGENT)
    assert missing.status_code == 404
    assert problems(missing) == [("conversation_id", "not_found")]
    (noted,) = await rows(database_url, "SELECT actor, action, subject FROM audit_log")
    assert noted["actor"].startswith("agent/")
    assert (noted["action"], noted["subject"]) == ("conversation_read", str(nobody))


@pytest.mark.parametrize("spelling", ["ada@example.com", " ADA@Example.COM "])
async def test_a_customer_is_found_by_an_address_as_ingest_folds_it(
    api: Managed, store: PostgresTicketStore, spelling: str, database_url: str
) -> None:
    done = await store.ingest(mail())
    await store.ingest(form(sender=Identifier("email", "Ada@example.com")))
    shown = (await api.get("/customers/lookup", AGENT, email=spelling)).json()
    assert shown["id"] == str(await customer_of(database_url, done.conversation_id))
    assert shown["email"] == "ada@example.com"
    assert [(each["value"], each["verification"], each["verified_by"]) for each in shown["identifiers"]] == [
        ("ada@example.com", "verified", "email")
    ]
    counts = {each["channel"]: (each["total"], each["unresolved"]) for each in shown["conversations"]}
    assert counts == {"email": (1, 1), "web_form": (1, 1)}


@pytest.mark.parametrize("spelling", ["+491705550199", "+49 170 555-0199", " 491705550199", "+49 (170) 5550199"])
async def test_a_customer_is_found_by_a_number_however_it_is_grouped(
    api: Managed, store: PostgresTicketStore, spelling: str
) -> None:
    await store.ingest(chat())
    shown = (await api.get("/customers/lookup", phone=spelling)).json()
    assert [each["value"] for each in shown["identifiers"]] == [PHONE.value]


async def test_an_address_that_nobody_proved_is_unverified(api: Managed, store: PostgresTicketStore) -> None:
    await store.ingest(form())
    shown = (await api.get("/customers/lookup", email="ada@example.com")).json()
    assert shown["email"] is None
    assert [each["verification"] for each in shown["identifiers"]] == ["unverified"]


async def test_addresses_of_two_customers_are_a_conflict_that_names_both(
    api: Managed, store: PostgresTicketStore, database_url: str
) -> None:
    ada, number = await store.ingest(mail()), await store.ingest(chat())
    refused = await api.get("/customers/lookup", email="ada@example.com", phone=PHONE.value)
    assert refused.status_code == 409
    told = {each["field"]: each["message"] for each in refused.json()["errors"]}
    assert str(await customer_of(database_url, ada.conversation_id)) in told["email"]
    assert str(await customer_of(database_url, number.conversation_id)) in told["phone"]


async def test_two_records_that_were_merged_are_one_customer_by_either_address(
    api: Managed, store: PostgresTicketStore, database_url: str
) -> None:
    ada, number = await store.ingest(mail()), await store.ingest(chat())
    survivor = await customer_of(database_url, ada.conversation_id)
    victim = await customer_of(database_url, number.conversation_id)
    merged = await api.post(f"/customers/{victim}/merge", {"into": str(survivor), "reason": "same person on the phone"})
    assert merged.status_code == 200
    both = (await api.get("/customers/lookup", email="ada@example.com", phone=PHONE.value)).json()
    assert both["id"] == str(survivor)
    assert {each["record_id"] for each in both["identifiers"]} == {str(survivor), str(victim)}
    assert [(each["id"], each["victim"], each["reason"]) for each in both["merges"]] == [
        (merged.json()["merge_id"], str(victim), "same person on the phone")
    ]
    assert {each["channel"]: each["total"] for each in both["conversations"]} == {"email": 1, "whatsapp": 1}
    shown = (await api.get(f"/conversations/{number.conversation_id}")).json()
    assert shown["customer_id"] == str(survivor)


async def test_a_proven_address_is_the_customer_s_whichever_record_survived(
    api: Managed, store: PostgresTicketStore, database_url: str
) -> None:
    ada, number = await store.ingest(mail()), await store.ingest(chat())
    victim = await customer_of(database_url, ada.conversation_id)
    survivor = await customer_of(database_url, number.conversation_id)
    await api.post(f"/customers/{victim}/merge", {"into": str(survivor), "reason": "same person on the phone"})
    both = (await api.get("/customers/lookup", phone=PHONE.value)).json()
    assert (both["id"], both["email"]) == (str(survivor), "ada@example.com")


async def test_a_look_up_is_noted_without_the_address(
    api: Managed, store: PostgresTicketStore, database_url: str
) -> None:
    done = await store.ingest(mail())
    await api.get("/customers/lookup", AGENT, email="ada@example.com")
    await api.get("/customers/lookup", AGENT, email="nobody@example.com")
    found, missed = await rows(database_url, "SELECT actor, action, subject, detail::text FROM audit_log ORDER BY id")
    assert found["subject"] == str(await customer_of(database_url, done.conversation_id))
    assert missed["subject"] == "nobody"
    for noted in (found, missed):
        assert noted["actor"].startswith("agent/")
        assert AGENT not in str(noted)
        assert "example.com" not in str(noted)


async def test_nothing_tells_by_its_statements_whether_a_customer_or_a_conversation_exists(
    api: Managed, store: PostgresTicketStore
) -> None:
    done = await replied(store, mail(), answer())
    await store.ingest(chat())
    known = {"email": "ada@example.com", "phone": PHONE.value}
    asked = [
        ("/customers/lookup", {"email": known["email"]}),
        ("/customers/lookup", {"email": "nobody@example.com"}),
        ("/customers/lookup", {"phone": known["phone"]}),
        ("/customers/lookup", {"phone": "+15550100"}),
        ("/customers/lookup", known),
    ]
    statements = [await api.statements(path, **params) for path, params in asked]
    assert len(statements[0]) >= 6
    assert all(each == statements[0] for each in statements)
    there, gone = [await api.statements(f"/conversations/{each}") for each in (done.conversation_id, uuid4())]
    assert there == gone
