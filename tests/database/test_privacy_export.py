"""An export is all of one customer and nothing of anybody else."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jsonschema
import pytest
from crm import Sql, replied
from privacy_world import Desk, Life

from fte_database.pool import Database
from fte_database.repositories.privacy import exports as module
from fte_database.repositories.privacy.erasures import ErasureStore
from fte_database.repositories.privacy.exports import ExportStore
from fte_runtime.privacy.exporting import document

pytestmark = pytest.mark.postgres

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "contracts" / "customer-export.schema.json"
CANARY, OTHER = Life("kanarie", "1705550199"), Life("bystander", "1705550142")
NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def desk(database: Database, sql: Sql) -> Desk:
    return Desk.of(database, sql)


@pytest.fixture
def exports(database: Database) -> ExportStore:
    return ExportStore(database)


async def exported(exports: ExportStore, customer: UUID) -> dict[str, Any]:
    """The document, which fits its schema."""
    subject = await exports.subject(customer, "admin")
    assert subject is not None
    read = json.loads("".join([piece async for piece in document(exports, subject, NOW)]))
    jsonschema.validate(read, json.loads(SCHEMA.read_text(encoding="utf-8")), format_checker=jsonschema.FormatChecker())
    assert isinstance(read, dict)
    return read


async def test_it_has_every_word_of_the_whole_family_and_none_of_a_neighbour(
    desk: Desk, exports: ExportStore, sql: Sql
) -> None:
    await desk.lived(OTHER)
    first, second = await desk.lived(CANARY)
    await sql("UPDATE customers SET merged_into = $1 WHERE id = $2", first, second)
    told = await exported(exports, second)
    assert set(told["customers"]) == {str(first), str(second)}
    assert {each["value"].casefold() for each in told["identifiers"]} == {CANARY.address, CANARY.phone.value}
    said = sorted(m["text"] for c in told["conversations"] for m in c["messages"])
    stored = (
        "SELECT body FROM messages WHERE conversation_id IN (SELECT id FROM conversations WHERE customer_id = ANY ($1))"
    )
    assert said == sorted(row["body"] for row in await sql(stored, [first, second]))
    assert {c["channel"] for c in told["conversations"]} == {"email", "whatsapp", "web_form"}
    assert any(e["reason"] == "legal" for c in told["conversations"] for e in c["escalations"])
    assert OTHER.word not in json.dumps(told).casefold()
    assert told["email"] == CANARY.address
    asked = await sql("SELECT actor, subject FROM audit_log WHERE action = 'export'")
    assert asked == [{"actor": "admin", "subject": str(second)}]


async def test_of_a_shared_conversation_it_has_their_words_and_what_they_were_told(
    desk: Desk, exports: ExportStore
) -> None:
    mine = OTHER.mail(participants=(CANARY.address,), external_id="<first@example.com>")
    await replied(desk.store, mine, OTHER.answer())
    theirs = CANARY.mail("I add", thread_key=mine.thread_key, in_reply_to="<first@example.com>", subject=mine.subject)
    await replied(desk.store, theirs, CANARY.answer())
    (customer,) = await desk.customers(CANARY)
    told = await exported(exports, customer)
    [conversation] = told["conversations"]
    assert conversation["shared"] and conversation["subject"] == ""
    assert [message["text"] for message in conversation["messages"]] == [
        f"I add, says {CANARY.word}",
        f"Dear {CANARY.word}, open Settings.",
    ]
    assert OTHER.word not in json.dumps(told)


async def test_a_long_conversation_comes_in_pages(
    desk: Desk, exports: ExportStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    for number in range(5):
        await desk.store.ingest(CANARY.chat(f"Number {number}", key=f"SM{number}", external_id=f"SM{number}"))
    (customer,) = await desk.customers(CANARY)
    [conversation] = (await exported(exports, customer))["conversations"]
    assert [message["seq"] for message in conversation["messages"]] == [1, 2, 3, 4, 5]


async def test_nobody_has_none_and_an_erased_one_has_ids_alone(
    desk: Desk, exports: ExportStore, database: Database
) -> None:
    assert await exports.subject(uuid4(), "admin") is None
    await desk.store.ingest(CANARY.mail())
    (customer,) = await desk.customers(CANARY)
    await ErasureStore(database).erase(customer, "admin")
    told = await exported(exports, customer)
    assert (told["conversations"], told["identifiers"], told["name"]) == ([], [], None)
