"""What the management API asks does not read whole tables, however much is stored."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from fte_database import values
from fte_database.sql import QUERIES, bound

pytestmark = pytest.mark.postgres

STORED = """
INSERT INTO channel_configs (channel, address, max_chars) VALUES ('email', 'help', 100);
INSERT INTO customers (display_name) SELECT 'c' || number FROM generate_series(1, 3000) AS number;
INSERT INTO customer_identifiers (customer_id, kind, value_norm, value_raw, first_channel)
SELECT id, 'email', display_name || '@example.com', display_name || '@example.com', 'email' FROM customers;
INSERT INTO conversations (customer_id, channel_config_id, channel, thread_key, last_seq)
SELECT customers.id, config.id, 'email', display_name, 3 FROM customers, channel_configs AS config;
INSERT INTO tickets (customer_id, conversation_id, source_channel, category, created_at)
SELECT customer_id, id, 'email', 'other', now() - random() * interval '90 days' FROM conversations;
INSERT INTO messages (conversation_id, seq, channel, direction, author, body, occurred_at)
SELECT id, seq, 'email', 'outbound', 'ai', 'x', now() FROM conversations, generate_series(1, 3) AS seq;
INSERT INTO deliveries (conversation_id, message_id, ordinal, channel, recipient, body)
SELECT conversation_id, id, seq, 'email', 'x', 'x' FROM messages;
INSERT INTO escalations (ticket_id, conversation_id, reason_code, trigger, summary, sla_due_at, created_at)
SELECT id, conversation_id, 'legal', 'rule', 'x', now(), created_at FROM tickets;
"""
WHOLE = ("Seq Scan on tickets", "Seq Scan on escalations", "Seq Scan on messages", "Seq Scan on customer_identifiers")


def asked(conversation: UUID, customer: UUID) -> dict[str, tuple[Any, ...]]:
    anything = {"status": None, "channel": None, "since": None, "until": None, "before_at": None, "limit": 51}
    now = datetime.now(UTC)
    later = anything | {"before_at": now - timedelta(days=30)}
    return {
        "first tickets": bound("management_tickets", **anything, before_number=None),
        "later tickets": bound("management_tickets", **later, before_number=700),
        "first escalations": bound("management_escalations", **anything, reason=None, before_id=None),
        "later escalations": bound("management_escalations", **later, reason=None, before_id=conversation),
        "messages": (QUERIES["management_messages"], conversation, 0, 51),
        "escalations of one": (QUERIES["management_conversation_escalations"], conversation),
        "tickets of one": (QUERIES["management_conversation_tickets"], conversation),
        "whose": (QUERIES["management_customers_of"], "c7@example.com", "+15550100"),
        "identifiers": (QUERIES["management_identifiers"], customer),
        "counts": (QUERIES["management_conversation_counts"], customer),
    }


@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
async def test_no_list_and_no_look_up_reads_a_whole_table(migrated_url: str, plans: str) -> None:
    connection = await asyncpg.connect(migrated_url, server_settings={"jit": "off", "plan_cache_mode": plans})
    await values.register(connection, "public")
    await connection.execute(STORED)
    await connection.execute("ANALYZE")
    one = await connection.fetchrow("SELECT id, customer_id FROM conversations LIMIT 1")
    assert one is not None
    found: dict[str, list[str]] = {}
    for name, (statement, *arguments) in asked(one["id"], one["customer_id"]).items():
        rows = await connection.fetch(f"EXPLAIN {statement}", *arguments)
        plan = "\n".join(row[0] for row in rows)
        found[name] = [scan for scan in WHOLE if scan in plan]
    await connection.close()
    assert {name: scans for name, scans in found.items() if scans} == {}
