"""Statements that run for each mail, reply or report look rows up: what they cost does not grow with what is stored."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from fte_database import values
from fte_database.sql import QUERIES, bound

pytestmark = pytest.mark.postgres

STORED = """
INSERT INTO channel_configs (channel, address, max_chars) VALUES ('email', 'help', 100), ('web_form', 'page', 100);
INSERT INTO customers (display_name) SELECT 'c' || number FROM generate_series(1, 2000) AS number;
INSERT INTO customer_identifiers (customer_id, kind, value_norm, value_raw, first_channel)
SELECT id, 'email', display_name || '@example.com', display_name || '@example.com', 'email' FROM customers;
INSERT INTO conversations (
    customer_id, channel_config_id, channel, thread_key, last_seq, last_inbound_seq, answered_through_seq
)
SELECT customers.id, config.id, 'email', 't' || row_number() OVER (), 2, 1, 1
FROM customers, channel_configs AS config, generate_series(1, 3) WHERE config.channel = 'email';
INSERT INTO tickets (customer_id, conversation_id, source_channel, category)
SELECT customer_id, id, 'email', 'other' FROM conversations;
INSERT INTO messages (
    conversation_id, seq, channel, direction, author, body, external_id, occurred_at, sender_identifier_id
)
SELECT conversation.id, 1, 'email', 'inbound', 'customer', 'x', '<' || thread_key || '>', now(), identifier.id
FROM conversations AS conversation JOIN customer_identifiers AS identifier USING (customer_id);
INSERT INTO messages (conversation_id, seq, channel, direction, author, body, occurred_at)
SELECT id, 2, 'email', 'outbound', 'ai', 'x', now() FROM conversations;
INSERT INTO deliveries (
    conversation_id, message_id, ordinal, channel, recipient, recipient_id, body, state, first_sent_at, provider_id
)
SELECT
    reply.conversation_id, reply.id, 2, 'email', identifier.value_raw, identifier.id, 'x', 'accepted', now(), reply.id
FROM messages AS reply
JOIN conversations AS conversation ON conversation.id = reply.conversation_id
JOIN customer_identifiers AS identifier USING (customer_id)
WHERE seq = 2;
INSERT INTO deliveries (
    channel_config_id, message_id, ordinal, channel, recipient, recipient_id, body, state, mailbox, copied_at
)
SELECT config.id, message_id, 2, 'email', recipient, recipient_id, 'x', 'accepted', recipient, now() - interval '2 days'
FROM deliveries, channel_configs AS config WHERE config.channel = 'email';
INSERT INTO delivery_names SELECT '<s' || id || '>', id FROM deliveries;
INSERT INTO identifier_claims (
    conversation_id, claimant_id, kind, value_norm, value_raw, mailbox, state, created_at, expires_at, ended_at
)
SELECT conversation.id, identifier.id, 'phone', 'x', 'x', 'm' || identifier.id, 'expired', now(), now(), now()
FROM conversations AS conversation JOIN customer_identifiers AS identifier USING (customer_id);
UPDATE customers SET merged_into = (SELECT id FROM customers WHERE display_name = 'c1')
WHERE display_name IN ('c7', 'c8', 'c9');
UPDATE customer_identifiers SET undeliverable_at = now() WHERE id % 100 = 0;
INSERT INTO inbound_events (source, dedupe_key, payload, status, message_id)
SELECT 'help', 'k' || id, '{}', 'processed', id FROM messages WHERE seq = 1;
INSERT INTO audit_log (actor, action, subject) SELECT 'admin', 'read', id::text FROM conversations;
INSERT INTO agent_runs (conversation_id, epoch, from_seq, to_seq, status)
SELECT id, 1, 1, 1, 'committed' FROM conversations;
INSERT INTO escalations (ticket_id, conversation_id, reason_code, trigger, summary, sla_due_at)
SELECT id, conversation_id, 'legal', 'rule', 'x', now() FROM tickets;
"""
KEPT = "audit_log|inbound_events|agent_runs|tickets"
ENOUGH = 500
"""Rows that a statement may read and leave out, or of `KEPT` ones read through."""

THEIRS = {"kind": "email", "value": "c7@example.com", "channel": "email"}
SENDER = {"worker": "w", "lease": timedelta(seconds=30), "channels": ["help"], "resendable": ["web_form"]}


def statements(part: asyncpg.Record, config: Any) -> dict[str, list[Any]]:
    ids, now = [f"<t{number}>" for number in range(40)], datetime.now(UTC)
    conversation, message, customer = part["conversation_id"], part["message_id"], part["customer_id"]
    where: dict[str, Any] = {"channel_config": config, "ids": ids, "parts": [uuid4() for _ in ids]}
    early: dict[str, Any] = {"channel": "email", "channel_name": "help", "thread": "t5", "parties": ["x"]}
    limits = {"claimant": 7, "windowed": True, "by": 3, "most": 3, "carried": 1000}
    copy = {"external_id": "<t5>", "channel": "email", "identifier": 1, "verified": False, "automated": False}
    named = [
        bound("find_meant", **where, token=None, thread="t5", threads=["t5", "split:x"], identifier=1),
        bound("find_copy", **copy, body="y"),
        bound("automatic_replies", **THEIRS, period=timedelta(hours=3), most=10, chars=5000),
        bound("count_waiting", **THEIRS, conversation=conversation),
        bound("take_early", **early, occurred_at=now, conversation=conversation),
        bound("claim_delivery", **SENDER, bouncing=["email"]),
        bound("claim_copy", **SENDER, bouncing=["email"], longest=timedelta(days=1)),
        bound("claim_unconfirmed", **SENDER, margin=timedelta(seconds=20)),
        bound("room_for_code", **limits, mailbox="m7", carrier=config, kind="email", value="c7@example.com"),
        bound("past", conversation=conversation, most=5, chars=300, far=1000),
    ]
    listed = {
        "find_named": ["<s1>"],
        "find_bounced": [part["id"], "email", "help"],
        "mark_undeliverable": [part["id"]],
        "find_undeliverable": [["help"], ["email"]],
        "has_room_for_copy": ["c7@example.com", 10, config, 1000],
        "reply_to_copy": [message],
        "expire_copies": [timedelta(days=1)],
        "cancel_replies": [conversation, ["web_form"]],
        "cancel_parts": [part["id"]],
        "burst_writer": [conversation, 2],
        "replace_claim": [conversation],
        "cancel_code": [part["id"]],
        "claimed_by": ["email", "c7@example.com"],
        "find_claim": [conversation, 7],
        "is_confirmed": [conversation, 7],
        "is_proven": [conversation],
        "mark_proven": [conversation, 7],
        "expire_claims": [1000],
        "expire_codes": [],
        "turn_standing": [conversation, 2],
        "lock_roots": [["email"], ["c7@example.com"]],
        "family_of": [customer],
        "knows_external": ["email", "18f0a1"],
        "append_outside": [conversation, now],
    }
    names = {text: name for name, text in QUERIES.items()}
    return {names.get(text, text): list(rest) for text, *rest in named} | listed


def erasing(part: asyncpg.Record, _: Any) -> dict[str, list[Any]]:
    """What is run for each batch of retention, and for an erasure while it holds locks that ingest waits for."""
    own, parts = [part["conversation_id"]], [part["id"]]
    messages, identifiers = [part["message_id"]], [part["recipient_id"]]
    named = [
        bound("parts_of", messages=messages, identifiers=identifiers, mailboxes=["c7@example.com"]),
        bound("erase_runs", own=own, shared=[], messages=messages),
        bound("erase_escalations", own=own, shared=[], messages=messages),
        bound("erase_messages", messages=messages, shared=[]),
        bound("release_shared", shared=own, opened=[]),
    ]
    listed: dict[str, list[Any]] = {
        "conversations_of": [identifiers, [part["customer_id"]]],
        "messages_of": [own, [], identifiers],
        "under_way": [messages],
        "erase_events": [messages],
        "erase_reports": [parts],
        "erase_delivery_names": [parts],
        "erase_deliveries": [parts],
        "erase_participants": [own, ["c7@example.com"]],
        "erase_threads": [own],
        "erase_audit": [own, [part["customer_id"]]],
        "erase_conversations": [own],
        "erase_tickets": [own],
    }
    names = {text: name for name, text in QUERIES.items()}
    return {names[text]: list(rest) for text, *rest in named} | listed


@pytest.mark.parametrize("asked", [statements, erasing])
@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
async def test_no_statement_reads_a_whole_table(
    migrated_url: str, plans: str, asked: Callable[[asyncpg.Record, Any], dict[str, list[Any]]]
) -> None:
    """Whether it is planned for its values or once for all of them, as after some runs."""
    connection = await asyncpg.connect(migrated_url, server_settings={"jit": "off", "plan_cache_mode": plans})
    await values.register(connection, "public")
    await connection.execute(STORED)
    await connection.execute("ANALYZE")
    config = await connection.fetchval("SELECT id FROM channel_configs WHERE channel = 'email'")
    part = await connection.fetchrow(
        "SELECT deliveries.*, customer_id FROM deliveries JOIN customer_identifiers AS identifier"
        " ON identifier.id = recipient_id WHERE conversation_id IS NOT NULL AND value_norm = 'c7@example.com' LIMIT 1"
    )
    assert part is not None
    read: dict[str, int] = {}
    for name, arguments in asked(part, config).items():
        rows = await connection.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) {QUERIES.get(name, name)}", *arguments)
        plan = "\n".join(row[0] for row in rows)
        found = re.findall(rf"Rows Removed by [\w ]*Filter: (\d+)|Seq Scan on (?:{KEPT})\b.*\(actual rows=(\d+)", plan)
        read[name] = max((int(count) for each in found for count in each if count), default=0)
    await connection.close()
    assert {name: count for name, count in read.items() if count > ENOUGH} == {}
