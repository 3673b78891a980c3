"""Customers who say which addresses are theirs, and the codes that reach them."""

import re
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from crm import Sql, answer, chat, form, mail

from fte_agent.channels import EMAIL, WHATSAPP
from fte_agent.domain.behaviour import Company
from fte_agent.domain.identity import Claimed, Past
from fte_agent.domain.messages import Identifier, InboundMessage, Ingested
from fte_agent.ports import Claim
from fte_database.pool import Database
from fte_database.repositories.copies import CopyPolicy
from fte_database.repositories.customers import PostgresCustomerStore
from fte_database.repositories.tickets import PostgresTicketStore
from fte_database.sql import QUERIES


class CountedDatabase(Database):
    """A database that remembers what it was asked: the names of its statements, not what was given to them."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.asked: list[str] = []

    async def _prepare(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await super()._prepare(connection)
        connection.add_query_logger(self._hear)

    def _hear(self, record: Any) -> None:
        if record.query in STATEMENTS:  # and not what the driver asks by itself
            self.asked.append(STATEMENTS[record.query])


STATEMENTS = {statement: name for name, statement in QUERIES.items()}

COMPANY = Company("Example Ltd")
CARRIERS = {EMAIL: "help@example.com", WHATSAPP: "whatsapp"}
ADA, ADAS_PHONE = "ada@example.com", "+491705550199"
CODES = "SELECT id, body, recipient, state, channel, mailbox FROM deliveries WHERE part = 0 ORDER BY copied_at"


def identity_store(database: Database, carriers: dict[str, str] | None = None, **more: Any) -> PostgresTicketStore:
    """A store whose employee has a mailbox and a number."""
    copies = CopyPolicy(COMPANY, CARRIERS if carriers is None else carriers, **more)
    return PostgresTicketStore(database, topic_prefix="shop", copies=copies)


def by_mail(body: str = "Hello", address: str = ADA, *, proven: bool = True, **changes: Any) -> InboundMessage:
    """A mail in a thread of its sender's own."""
    return mail(
        body, **{"thread_key": f"t {address}", "sender": Identifier("email", address, verified=proven)} | changes
    )


def by_chat(body: str = "Hello", number: str = ADAS_PHONE, **changes: Any) -> InboundMessage:
    """A message of a number, which the provider proved."""
    return chat(body, **{"thread_key": number, "sender": Identifier("phone", number, verified=True)} | changes)


def by_form(body: str = "Hello", address: str = ADA, **changes: Any) -> InboundMessage:
    """A form of somebody who types an address."""
    return form(body, sender=Identifier("email", address), **changes)


def wish(ticket: UUID, kind: str, body: str = "", address: str = ADA) -> InboundMessage:
    """What the page of a ticket sends for its visitor: ``asked`` for a code, or ``code`` with one."""
    return by_form(body, address, ticket_id=ticket, dedupe_key=str(uuid4()), metadata={"confirmation": kind})


async def turn(store: PostgresTicketStore, message: InboundMessage, *, claimed: Claimed | None = None) -> Claim:
    """Take a message in and answer its burst, with a claim of an address where one is given."""
    done = await store.ingest(message)
    claim = await store.claim("w", [done.conversation_id])
    assert claim is not None and claim.conversation_id == done.conversation_id
    assert await store.commit(claim, answer(claim=claimed), revision="r")
    return claim


async def last_code(sql: Sql) -> str:
    """The code that went out last, as its reader sees it."""
    [*_, row] = [row for row in await sql(CODES) if row["body"]]
    found = re.search(r"\b\d{6}\b", row["body"])
    assert found is not None
    return found[0]


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def past(database: Database, claim: Claim) -> Past:
    return await PostgresCustomerStore(database).past(claim.context)


async def confirm_form(store: PostgresTicketStore, sql: Sql, done: Ingested, address: str = ADA) -> None:
    """The visitor of a ticket proves the address they typed."""
    await store.ingest(wish(done.ticket_id, "asked", address=address))
    await store.ingest(wish(done.ticket_id, "code", await last_code(sql), address))


async def families(sql: Sql) -> dict[str, UUID]:
    """By address the customer that it stands for."""
    rows = await sql("SELECT value_norm, customer_root(customer_id) AS root FROM customer_identifiers")
    return {row["value_norm"]: row["root"] for row in rows}


async def dump(sql: Sql, but: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Every row of every table ``but`` some, as text."""
    tables = await sql(
        "SELECT table_name AS name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    names = {row["name"] for row in tables} - but
    return {
        name: sorted(row["text"] for row in await sql(f"SELECT row::text AS text FROM {name} AS row"))  # noqa: S608
        for name in names
    }
