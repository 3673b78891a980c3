"""An oracle over everything customers were promised: what they said, what the provider took, and rows.

It shares nothing with the product but the schema: each message carries a word of its own, so it is known wherever
it turns up, and the provider's journal shows a delivery's id (tests/ledger_providers.py).
"""

import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

MARK = re.compile(r"\bcase-[0-9a-f]{12}\b")
TAKEN = frozenset({"accepted", "sent", "delivered", "read"})
NEVER_SENT = frozenset({"held", "pending", "cancelled"})

MESSAGES = "SELECT conversation_id, seq, body, automated FROM messages WHERE direction = 'inbound'"
CONVERSATIONS = """
SELECT id, handler, thread_key, EXISTS (SELECT FROM escalations WHERE conversation_id = conversations.id) AS escalated
FROM conversations"""
RUNS = """
SELECT run.conversation_id, run.epoch, run.from_seq, run.to_seq, run.status, run.decision ->> 'outcome' AS outcome,
       (SELECT count(*) FROM messages WHERE run_id = run.id AND direction = 'outbound') AS replies
FROM agent_runs AS run WHERE run.status IN ('committed', 'escalated')"""
DELIVERIES = """
SELECT delivery.id, delivery.state, delivery.channel, delivery.recipient, delivery.body, delivery.ordinal,
       delivery.part, delivery.conversation_id,
       message.author = 'ai' AND conversation.handler = 'human'
           AND delivery.first_sent_at > conversation.handler_since AS after_takeover
FROM deliveries AS delivery
JOIN messages AS message ON message.id = delivery.message_id
JOIN conversations AS conversation ON conversation.id = delivery.conversation_id"""
OPEN = """
SELECT (SELECT count(*) FROM conversations WHERE handler = 'ai' AND last_inbound_seq > answered_through_seq) AS bursts,
       (SELECT count(*) FROM deliveries AS delivery
        JOIN messages AS message ON message.id = delivery.message_id
        JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
        WHERE delivery.state IN ('sending', 'unknown')
           OR (delivery.state = 'pending' AND (message.author <> 'ai' OR conversation.handler = 'ai'))) AS parts,
       (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS events"""


def mark() -> str:
    """A word that one message has and no other."""
    return f"case-{secrets.token_hex(6)}"


def marks(text: str) -> set[str]:
    """The words of all messages that a text holds."""
    return set(MARK.findall(text))


WAITING = """
SELECT id, channel, due_at, lease_owner, lease_until, epoch, attempts, superseded, last_inbound_seq,
       answered_through_seq, (SELECT status || ' since ' || started_at FROM agent_runs
                              WHERE conversation_id = conversations.id ORDER BY epoch DESC LIMIT 1) AS run
FROM conversations WHERE handler = 'ai' AND last_inbound_seq > answered_through_seq"""
SESSIONS = """
SELECT pid, state, state_change, wait_event, pg_blocking_pids(pid) AS blocked_by, left(query, 80) AS query
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that a provider took from us; ``answers`` names the customer's own where it says so."""

    name: str
    delivery: str
    to: str
    body: str
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Provided:
    """What a provider of one kind of channel took from us, in order, and what colleagues answered there themselves.

    ``colleagues`` are threads or marks in them: a reason for a person to have the conversation. ``kept`` are those
    that a person must have.
    """

    channel: str
    taken: tuple[Taken, ...] = ()
    colleagues: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Books:
    """Rows of one moment."""

    messages: Sequence[asyncpg.Record]
    conversations: Mapping[Any, asyncpg.Record]
    runs: Sequence[asyncpg.Record]
    deliveries: Sequence[asyncpg.Record]

    @classmethod
    async def read(cls, database_url: str) -> "Books":
        connection = await asyncpg.connect(database_url)
        try:
            async with connection.transaction(isolation="repeatable_read"):
                return cls(
                    await connection.fetch(MESSAGES),
                    {row["id"]: row for row in await connection.fetch(CONVERSATIONS)},
                    await connection.fetch(RUNS),
                    await connection.fetch(DELIVERIES),
                )
        finally:
            await connection.close()


async def unfinished(database_url: str) -> dict[str, int]:
    """What is still to be done, by kind; empty when nothing is."""
    connection = await asyncpg.connect(database_url)
    try:
        return {name: count for name, count in (await connection.fetchrow(OPEN)).items() if count}
    finally:
        await connection.close()


async def obstacles(database_url: str) -> str:
    """What the bursts still to be answered wait for, and what the server's sessions do."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = [*await connection.fetch(WAITING), *await connection.fetch(SESSIONS)]
        return "\n".join(" ".join(f"{name}={value}" for name, value in row.items()) for row in rows)
    finally:
        await connection.close()


def violations(said: Sequence[str], provided: Provided, books: Books, dead: Sequence[bytes] = ()) -> list[str]:
    """What breaks a promise, in words; ``said`` are the marks of accepted messages, ``dead`` the dead letters."""
    return [
        *_kept(said, books, dead),
        *_covered(books),
        *_replied(books),
        *_taken(provided, books),
        *_handed_over(provided, books),
    ]


def _kept(said: Sequence[str], books: Books, dead: Sequence[bytes]) -> Iterator[str]:
    """Each accepted message is stored once; these customers write nothing that may be put aside."""
    stored = Counter(word for row in books.messages for word in MARK.findall(row["body"]))
    buried = {word for value in dead for word in MARK.findall(value.decode(errors="replace"))}
    for word in said:
        if stored[word] != 1 or word in buried:
            yield f"{word} is stored {stored[word]} times" + (" and a dead letter" if word in buried else "")
    for row in books.messages:
        if not marks(row["body"]):
            yield f"message {row['seq']} of {row['conversation_id']} is no customer's"


def _covered(books: Books) -> Iterator[str]:
    """Each stored message is covered by one committed turn, or a person has its conversation."""
    runs = defaultdict(list)
    for run in books.runs:
        runs[run["conversation_id"]].append(run)
    for row in (each for each in books.messages if not each["automated"]):
        own = runs[row["conversation_id"]]
        covering = sorted(r["epoch"] for r in own if r["from_seq"] <= row["seq"] <= r["to_seq"])
        with_person = books.conversations[row["conversation_id"]]["handler"] == "human"
        if len(covering) != 1 and not (with_person and not covering):
            yield f"message {row['seq']} of {row['conversation_id']} is covered by turns {covering}"


def _replied(books: Books) -> Iterator[str]:
    """Each committed turn has its one reply, unless it decided to say nothing."""
    for run in books.runs:
        silent = run["outcome"] == "silence" or run["status"] == "escalated"
        if run["replies"] > 1 or (run["replies"] == 0 and not silent):
            yield f"turn {run['epoch']} of {run['conversation_id']} has {run['replies']} replies"


def _taken(provided: Provided, books: Books) -> Iterator[str]:
    """The provider took each part once, from the right sender's pen to the right customer, and in order."""
    parts = {str(row["id"]): row for row in books.deliveries if row["channel"] == provided.channel}
    taken: Counter[str] = Counter()
    last: dict[Any, tuple[int, int]] = {}
    for message in provided.taken:
        taken[message.delivery] += 1
        if (part := parts.get(message.delivery)) is None:
            yield f"the provider took {message.name}, which is no part of a reply"
            continue
        if (message.to, _text(message.body)) != (part["recipient"], _text(part["body"])):
            yield f"the provider took {message.name} with another customer or text than {message.delivery}"
        place = (part["ordinal"], part["part"])
        if place < last.get(part["conversation_id"], place):
            yield f"{message.delivery} went out before an earlier part"
        last[part["conversation_id"]] = place
    for answered, count in Counter(each.answers for each in provided.taken if each.answers).items():
        if count > 1:
            yield f"{answered} was answered {count} times"
    for delivery, part in parts.items():
        if taken[delivery] > 1 or (part["state"] in TAKEN and not taken[delivery]):
            yield f"{delivery} is {part['state']} and was taken {taken[delivery]} times"
        if part["state"] in NEVER_SENT and taken[delivery]:
            yield f"{delivery} is {part['state']} and was taken"


def _text(body: str) -> str:
    """As texts compare: a mail ends its lines, and the last one, by rules of its own."""
    return "\n".join(line.rstrip() for line in body.strip().splitlines())


def _handed_over(provided: Provided, books: Books) -> Iterator[str]:
    """A person has a conversation for a reason, and the employee is silent in it from then on."""
    words: dict[Any, set[str]] = defaultdict(set)
    for message in books.messages:
        words[message["conversation_id"]] |= marks(message["body"])
    for row in books.conversations.values():
        own = {row["thread_key"], *words[row["id"]]}
        if row["handler"] == "human" and not (row["escalated"] or own & provided.colleagues):
            yield f"conversation {row['id']} went to a person for no reason"
        if row["handler"] != "human" and own & provided.kept:
            yield f"conversation {row['id']} was answered by a colleague, and the employee has it still"
    for row in books.deliveries:
        if row["after_takeover"]:
            yield f"{row['id']} was claimed after a person had the conversation"
