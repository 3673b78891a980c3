"""What a model is told of one customer does not depend on any other's rows: byte for byte the same."""

import json
import random
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import pytest
from crm import PHONE, Sql, answer, chat, escalation, form, mail

from fte_agent.channels import WEB_FORM
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_agent.identity.told import history_text
from fte_agent.ports import Claim, ModelRequest
from fte_agent.sdk.messages import input_items
from fte_agent.testing import a_passage
from fte_database.pool import Database
from fte_database.repositories.customers import PostgresCustomerStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

EVE = Identifier("email", "eve@example.com", verified=True)
OURS = {"schema_owner", "schema_migrations"}
"""Tables of the installation: they hold nothing of a customer."""

SCHEDULE = "conversations.due_at"
"""Whose turn comes next may depend on others."""

HERS = {
    "conversation_id": "$1::uuid[]",
    "message_id": "SELECT id FROM messages WHERE conversation_id = ANY ($1)",
    "customer_id": "ARRAY[$2::uuid]",
}
"""What ties a row to Ada, the closest tie first."""

SPECIAL = {
    "conversations": "id <> ALL ($1)",
    "customers": "id <> $2",
    "channel_configs": "id NOT IN (SELECT channel_config_id FROM conversations WHERE id = ANY ($1))",
}
VALUES = {
    "text": "'other ' || md5(random()::text || ctid::text)",
    "jsonb": "jsonb_build_object('text', md5(random()::text || ctid::text))",
    "timestamp with time zone": "now() - random() * interval '900 days'",
}
"""For each type what another row may hold instead."""

MUST_CHANGE = {
    *("customers.email", "customers.display_name", "customers.metadata", "customer_identifiers.value_raw"),
    *("conversations.subject", "conversations.thread_key", "conversations.started_at", "messages.body"),
    *("messages.sender_name", "messages.citations", "messages.occurred_at", "messages.metadata", "tickets.category"),
    *("tickets.resolution_notes", "escalations.summary", "escalations.brief", "deliveries.body", "agent_runs.decision"),
    *("deliveries.recipient", "inbound_events.payload", "outbox.payload", "channel_configs.address"),
}
"""Columns without which the test would show little."""


async def turn(store: PostgresTicketStore, message: InboundMessage) -> Claim:
    done = await store.ingest(message)
    claim = await store.claim("w", [done.conversation_id])
    assert claim is not None
    assert claim.conversation_id == done.conversation_id
    return claim


async def told(store: PostgresTicketStore, database: Database, claim: Claim) -> bytes:
    past = await PostgresCustomerStore(database).past(claim.context)
    history = history_text(replace(past, untold=0))  # which counts what others write in her name
    passages = (a_passage("Open Settings. Choose Export."),)
    return json.dumps(input_items(ModelRequest(claim.context, history, "How?", passages))).encode()


async def untold(database: Database, claim: Claim) -> int:
    return (await PostgresCustomerStore(database).past(claim.context)).untold


async def strangers_write(store: PostgresTicketStore, draw: random.Random) -> None:
    """Others write, are answered and handed over, on every channel; one writes in Ada's name."""
    for number in range(3):
        subject = f"stranger {draw.random()}"
        for message in (
            mail(f"{subject} mail", thread_key=f"eve {number} {draw.random()}", sender=EVE, subject=subject),
            form(f"{subject} form", sender=Identifier("email", "ada@example.com"), subject=subject),
            chat(f"{subject} chat", thread_key=f"{PHONE.value} {draw.random()}", subject=subject),
        ):
            claim = await turn(store, message)
            decision = escalation() if number == 1 else answer(f"{subject} is answered.")
            assert await store.commit(claim, decision, revision="r")
            if message.channel is not WEB_FORM:
                await store.ingest(replace(message, body=f"{subject} goes on", dedupe_key=str(uuid4())))
    await store.ingest(form(f"stranger {draw.random()} waits", sender=Identifier("email", f"{uuid4()}@example.com")))


async def others(sql: Sql) -> dict[str, str]:
    """For each table which of its rows are not Ada's; $1 are her conversations, $2 is her customer."""
    listed = await sql(
        "SELECT table_name, array_agg(column_name::text) AS columns FROM information_schema.columns"
        " JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' GROUP BY table_name"
    )
    rows = {}
    for table, columns in ((row["table_name"], row["columns"]) for row in listed if row["table_name"] not in OURS):
        column = next((name for name in HERS if name in columns), None)
        rows[table] = SPECIAL.get(table) or (f"({column} = ANY ({HERS[column]})) IS NOT TRUE" if column else "true")
    return rows


async def overwrite_others(sql: Sql, hers: list[UUID], customer: UUID) -> set[str]:
    """Put something else into all columns of other people's rows that may hold it; which they were."""
    changed, rows = set(), await others(sql)
    typed = await sql(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND is_generated = 'NEVER' ORDER BY table_name, column_name"
    )
    for column in typed:
        table, name, value = column["table_name"], column["column_name"], VALUES.get(column["data_type"])
        if table not in rows or value is None or f"{table}.{name}" == SCHEDULE:
            continue
        try:
            updated = await sql(
                f"WITH hers AS (SELECT $1::uuid[], $2::uuid)"  # noqa: S608 - names from the schema itself
                f" UPDATE {table} SET {name} = {value} WHERE {rows[table]} RETURNING 1",
                hers,
                customer,
            )
        except (asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError):
            continue
        if updated:
            changed.add(f"{table}.{name}")
    return changed


@pytest.mark.parametrize("seed", range(3))
async def test_other_customers_rows_change_nothing(
    store: PostgresTicketStore, database: Database, sql: Sql, seed: int
) -> None:
    draw = random.Random(seed)
    hers = []
    for number in range(2):
        claim = await turn(store, mail(f"Ada asks {number}", thread_key=f"ada {number}", subject=f"matter {number}"))
        hers.append(claim.conversation_id)
        assert await store.commit(claim, answer(f"Ada is answered {number}."), revision="r")
    await strangers_write(store, draw)
    claim = await turn(store, mail("Ada asks now", thread_key="ada 1", subject="matter 1"))
    hers = list({*hers, claim.conversation_id})
    before = await told(store, database, claim)
    assert all(text in before for text in (b"matter 0", b"Ada asks 1", b"Ada is answered 1", b"Ada asks now"))
    assert b"stranger" not in before
    assert await untold(database, claim) == 3

    await strangers_write(store, draw)
    changed = await overwrite_others(sql, hers, claim.context.customer_id)
    assert MUST_CHANGE - changed == set()
    await store.release(claim)
    again = await store.claim("w", [claim.conversation_id])
    assert again is not None
    assert again.context == claim.context
    assert await told(store, database, again) == before
    assert await untold(database, again) == 6


async def test_her_own_rows_do(store: PostgresTicketStore, database: Database, sql: Sql) -> None:
    await store.commit(await turn(store, mail(thread_key="old", subject="matter 0")), answer(), revision="r")
    claim = await turn(store, mail("Ada asks now", thread_key="new"))
    before = await told(store, database, claim)
    await sql("UPDATE conversations SET subject = 'changed' WHERE subject = 'matter 0'")
    assert await told(store, database, claim) != before
