"""A customer's whole life over three channels, and everything a database holds as text."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from crm import Sql, answer, chat, escalation, form, mail, replied

from fte_agent.domain.delivery import DeliveryState, DeliveryStatus, OutsideReply, Sent
from fte_agent.domain.messages import Attachment, Identifier, InboundMessage, ReplyTarget
from fte_agent.domain.turns import Brief, Citation, Decision, Escalation, Reason, ToolCall, Trigger
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.takeover import PostgresTakeoverStore
from fte_database.repositories.tickets import PostgresTicketStore

CHANNELS = ("website", "help@example.com", "whatsapp")
CLAIM = """
INSERT INTO identifier_claims (
    conversation_id, claimant_id, kind, value_norm, value_raw, mailbox, code_sha256, expires_at
)
SELECT $1, id, 'phone', $3, $3, $3, sha256('1'), now() + interval '1 hour'
FROM customer_identifiers WHERE value_norm = $2
"""


@dataclass(frozen=True, slots=True)
class Life:
    """One person by a word that stands in all they say, with a number of their own."""

    word: str
    digits: str

    @property
    def address(self) -> str:
        return f"{self.word}@{self.word}.example.com"

    @property
    def phone(self) -> Identifier:
        return Identifier("phone", f"+49{self.digits}", verified=True)

    def mail(self, body: str = "My invoice", **changes: Any) -> InboundMessage:
        facts: dict[str, Any] = {
            "key": f"{self.word}-mail",
            "sender": Identifier("email", self.address, verified=True),
            "subject": f"Invoice of {self.word}",
            "display_name": f"{self.word} Smith",
            "thread_key": f"thread-{self.word}",
            "external_id": f"<first@{self.word}.example.com>",
            "in_reply_to": f"<before@{self.word}.example.com>",
            "reply_target": ReplyTarget(self.address, f"Re: {self.word}", parent_id=f"<first@{self.word}>"),
            "participants": (f"friend-of-{self.word}@example.com",),
            "attachments": (Attachment("image/png", f"https://example.com/{self.word}", f"{self.word}.png"),),
            "metadata": {"list": self.word},
            "references": (f"<before@{self.word}.example.com>",),
            "extensions": {"newer": self.word},
        }
        return mail(f"{body}, says {self.word}", **facts | changes)

    def chat(self, body: str = "Hello", **changes: Any) -> InboundMessage:
        facts: dict[str, Any] = {
            "key": f"SM-in-{self.word}",
            "external_id": f"SM-in-{self.word}",
            "sender": self.phone,
            "thread_key": self.phone.value,
            "display_name": f"{self.word} Smith",
        }
        return chat(f"{body}, says {self.word}", **facts | changes)

    def form(self, body: str = "My account", **changes: Any) -> InboundMessage:
        facts: dict[str, Any] = {
            "sender": Identifier("email", self.address.upper()),
            "display_name": f"{self.word} Smith",
            "subject": f"Account of {self.word}",
        }
        return form(f"{body}, says {self.word}", **facts | changes)

    def answer(self) -> Decision:
        said = f"Dear {self.word}, open Settings."
        return answer(said, tool_calls=(ToolCall("send_response", {"message": said}, "ok", 1.0),))

    def escalation(self) -> Decision:
        brief = Brief(f"{self.word} wants a lawyer", (Citation("a.md#b", "A", "B"),), (self.word,))
        told = Escalation(Reason.LEGAL, Trigger.RULE, f"{self.word} mentions a lawyer.", brief)
        return replace(escalation(), escalation=told)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that writes rows of customers."""

    store: PostgresTicketStore
    deliveries: PostgresDeliveryStore
    takeovers: PostgresTakeoverStore
    sql: Sql

    @classmethod
    def of(cls, database: Database, sql: Sql) -> "Desk":
        made = PostgresTicketStore(database, topic_prefix="shop"), PostgresDeliveryStore(database, topic_prefix="shop")
        return cls(*made, PostgresTakeoverStore(database, topic_prefix="shop"), sql)

    async def lived(self, life: Life) -> list[UUID]:
        """Write on every channel and be answered, be given to a person, answered from elsewhere; the customers."""
        word = life.word
        await replied(self.store, life.form(), life.answer())
        mailed = await replied(self.store, life.mail(), life.answer())
        joined = life.mail("And", key=f"{word}-and", external_id=f"<and@{word}>", thread_key=f"other-{word}")
        await replied(self.store, replace(joined, in_reply_to=f"<first@{word}.example.com>"), life.answer())
        await replied(self.store, life.chat(), life.answer())
        await replied(self.store, life.form("My lawyer"), life.escalation())
        await self._sent(word)
        said = {"body": f"{word}, it is on its way.", "occurred_at": datetime.now(UTC) + timedelta(hours=1)}
        reply = OutsideReply("whatsapp", "whatsapp", life.phone.value, f"SM-out-{word}", **said)
        assert await self.takeovers.take_over(reply)
        early = replace(reply, channel="email", channel_name="help@example.com", external_id=f"<early@{word}>")
        assert not await self.takeovers.take_over(
            replace(early, participants=(life.address,), thread_key=f"new-{word}")
        )
        await self.sql(CLAIM, mailed.conversation_id, life.address, f"+4930{life.digits}")
        await self.sql(
            "UPDATE customers SET locale = $1, tz = $1, metadata = jsonb_build_object('note', $1::text) "
            "WHERE display_name = $2",
            word,
            f"{word} Smith",
        )
        await self.sql("UPDATE messages SET body_full = body WHERE body LIKE $1", f"%{word}%")
        await self.sql(
            "INSERT INTO message_ratings (message_id, rating, remark) SELECT id, 1, $1 FROM messages"
            " WHERE conversation_id = $2 AND direction = 'outbound' LIMIT 1",
            word,
            mailed.conversation_id,
        )
        await self.sql(
            "UPDATE tickets SET resolution_notes = $1 WHERE conversation_id = $2", word, mailed.conversation_id
        )
        return await self.customers(life)

    async def customers(self, life: Life) -> list[UUID]:
        rows = await self.sql(
            "SELECT DISTINCT customer_id FROM customer_identifiers WHERE value_norm = ANY ($1::text[])",
            [life.address, life.phone.value],
        )
        return [row["customer_id"] for row in rows]

    async def _sent(self, word: str) -> None:
        """Send what is due; the provider's ids and reports hold the word."""
        while (found := await self.deliveries.claim_delivery("w", CHANNELS)) is not None:
            known = f"SM-{found.channel}-{found.id.hex[:4]}-{word}"
            assert await self.deliveries.mark_sent(found, Sent(known))
            await self.takeovers.note_sent_as(found.id, f"<{known}@example.com>")
            status = DeliveryStatus(found.channel, found.channel_name, known, DeliveryState.DELIVERED, word)
            await self.deliveries.apply_status(status)


async def dump(sql: Sql) -> set[tuple[str, str]]:
    """Every row of every table as text, with its table."""
    tables = await sql(
        "SELECT table_name AS name FROM information_schema.tables "
        "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    return {
        (table["name"], row["text"])
        for table in tables
        for row in await sql(f'SELECT stored::text AS text FROM "{table["name"]}" AS stored')  # noqa: S608 - a table's name
    }


def holding(rows: set[tuple[str, str]], *words: str) -> list[tuple[str, str]]:
    """Those in which one of the words stands, in whichever case."""
    return sorted(row for row in rows if any(word.casefold() in row[1].casefold() for word in words))
