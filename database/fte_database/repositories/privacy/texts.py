"""What was said in some conversations is erased: one statement after the other, each the same when it is run again."""

from collections import Counter

from fte_database.pool import Connection
from fte_database.repositories.privacy.scope import LONG_SECONDS, NOBODY, Person, Scope
from fte_database.sql import QUERIES, bound


async def erase_texts(connection: Connection, scope: Scope, person: Person = NOBODY) -> Counter[str]:
    """Erase ``scope`` within the caller's transaction, under its locks; rows by table.

    Where the addresses of ``person`` stand elsewhere, they are erased, too. Reports go before the parts whose ids they
    have, and messages before the conversations that are left without any that is unanswered.
    """
    own, shared, messages = scope.own, scope.shared, scope.messages
    addresses, theirs = person.values, {"identifiers": person.identifiers, "mailboxes": person.mailboxes}
    found = await connection.fetch(*bound("parts_of", messages=messages, **theirs), timeout=LONG_SECONDS)
    parts = [row["id"] for row in found]
    steps: list[tuple[str, tuple[str, *tuple[object, ...]]]] = [
        ("inbound_events", (QUERIES["erase_events"], messages)),
        ("delivery_events", (QUERIES["erase_reports"], parts)),
        ("delivery_names", (QUERIES["erase_delivery_names"], parts)),
        ("deliveries", (QUERIES["erase_deliveries"], parts)),
        ("early_replies", bound("erase_early_replies", own=own, addresses=addresses)),
        ("agent_runs", bound("erase_runs", own=own, shared=shared, messages=messages)),
        ("escalations", bound("erase_escalations", own=own, shared=shared, messages=messages)),
        ("message_ratings", (QUERIES["erase_ratings"], messages)),
        ("messages", bound("erase_messages", messages=messages, shared=shared)),
        ("conversation_participants", (QUERIES["erase_participants"], own, addresses)),
        ("conversation_threads", (QUERIES["erase_threads"], own)),
        ("audit_log", (QUERIES["erase_audit"], own, ())),
        ("conversations", (QUERIES["erase_conversations"], own)),
        ("conversations", bound("release_shared", shared=shared, opened=scope.opened)),
        ("tickets", (QUERIES["erase_tickets"], own)),
    ]
    counts: Counter[str] = Counter()
    for table, (statement, *values) in steps:
        counts[table] += await run(connection, statement, *values)
    return counts


async def run(connection: Connection, statement: str, *values: object) -> int:
    """Run a statement and say how many rows it changed."""
    status = await connection.execute(statement, *values, timeout=LONG_SECONDS)
    return int(status.rpartition(" ")[2])
