"""A desk where the employee hands over and people answer: real rows, written by the stores that write them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import yaml
from crm import Sql, chat, form, mail, replied

from fte_agent.channels import EMAIL
from fte_agent.domain.delivery import OutsideReply
from fte_agent.domain.messages import Author, InboundMessage
from fte_agent.domain.turns import Brief, Decision, Escalation, Outcome, Reason, Trigger
from fte_database.migrate import migrate
from fte_database.pool import Database
from fte_database.repositories.takeover import PostgresTakeoverStore
from fte_database.repositories.tickets import PostgresTicketStore
from fte_runtime.commands.knowledge_reading import read_reading
from fte_runtime.wiring.knowledge import Reading

OWNER = "shop/helper"


def handed_over(request: str, reason: Reason = Reason.NOT_FOUND) -> Decision:
    """A hand-over with an acknowledgement."""
    return Decision(
        outcome=Outcome.ESCALATE,
        author=Author.SYSTEM,
        parts=("A colleague will reply.",),
        escalation=Escalation(reason, Trigger.RULE, "Nothing was found.", Brief(request)),
        model="offline",
        total_ms=3,
    )


@dataclass
class Desk:
    """Customers ask, the employee hands over, and a person answers from the mailbox or at the desk."""

    store: PostgresTicketStore
    takeovers: PostgresTakeoverStore
    sql: Sql

    async def ask(self, message: InboundMessage, reason: Reason = Reason.NOT_FOUND) -> UUID:
        """A message that is handed over; its conversation."""
        done = await replied(self.store, message, handed_over(message.body, reason))
        return done.conversation_id

    async def ask_by_mail(self, body: str, reason: Reason = Reason.NOT_FOUND, **changes: Any) -> UUID:
        """In a thread of its own."""
        return await self.ask(mail(body, **{"thread_key": str(uuid4())} | changes), reason)

    async def ask_by_form(self, body: str, reason: Reason = Reason.NOT_FOUND, **changes: Any) -> UUID:
        """As another ticket."""
        return await self.ask(form(body, **changes), reason)

    async def ask_by_chat(self, body: str, reason: Reason = Reason.NOT_FOUND, **changes: Any) -> UUID:
        """From another number."""
        return await self.ask(chat(body, **changes), reason)

    async def answer_elsewhere(self, conversation: UUID, body: str) -> None:
        """From the mailbox: the row that the reader of its history writes."""
        [row] = await self.sql("SELECT channel, thread_key FROM conversations WHERE id = $1", conversation)
        [config] = await self.sql(
            "SELECT address FROM channel_configs JOIN conversations ON channel_config_id = channel_configs.id"
            " WHERE conversations.id = $1",
            conversation,
        )
        taken = await self.takeovers.take_over(
            OutsideReply(row["channel"], config["address"], row["thread_key"], str(uuid4()), body, datetime.now(UTC))
        )
        assert taken

    async def answer_at_desk(self, conversation: UUID, body: str, status: str = "resolved") -> None:
        """The rows that a desk writes: a message of a person, and the escalation's end."""
        await self.sql(
            "WITH next AS (UPDATE conversations SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq, channel)"
            " INSERT INTO messages (conversation_id, seq, channel, direction, author, body, occurred_at)"
            " SELECT $1, last_seq, channel, 'outbound', 'human', $2, clock_timestamp() FROM next",
            conversation,
            body,
        )
        await self.sql(
            "UPDATE escalations SET status = $2, assignee = 'dana', resolved_at = now()"
            " WHERE conversation_id = $1 AND status IN ('open', 'claimed')",
            conversation,
            status,
        )

    async def write_again(self, conversation: UUID, body: str) -> None:
        """The customer, in the same thread of mail."""
        [row] = await self.sql("SELECT channel, thread_key FROM conversations WHERE id = $1", conversation)
        assert row["channel"] == EMAIL
        await self.store.ingest(mail(body, thread_key=row["thread_key"], occurred_at=datetime.now(UTC)))

    async def age(self, conversation: UUID, age: timedelta) -> None:
        """As if it had all happened before."""
        row = conversation, age
        await self.sql("UPDATE escalations SET created_at = created_at - $2::interval WHERE conversation_id = $1", *row)
        await self.sql("UPDATE messages SET occurred_at = occurred_at - $2::interval WHERE conversation_id = $1", *row)


@asynccontextmanager
async def a_desk(url: str) -> AsyncIterator[Desk]:
    """A desk on a database of its own."""
    await migrate(url, OWNER)
    connection = await asyncpg.connect(url)

    async def sql(statement: str, *arguments: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await connection.fetch(statement, *arguments)]

    database = Database(url, owner=OWNER, size=4, application_name="test")
    await database.open()
    yield Desk(
        PostgresTicketStore(database, topic_prefix="shop"), PostgresTakeoverStore(database, topic_prefix="shop"), sql
    )
    await database.close()
    await connection.close()


def reading(folder: Path, url: str, snapshot: str = "") -> Reading:
    """What the command reads, by a document of the job."""
    (folder / "url").write_text(url)
    document = {"database": {"url_file": str(folder / "url"), "owner": OWNER}, "snapshot": snapshot, "sources": []}
    (folder / "config.yaml").write_text(yaml.safe_dump(document))
    return read_reading(folder / "config.yaml")
