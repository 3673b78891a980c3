"""What is stored of one customer, read in pieces: a long life fits into no memory, and no transaction stays open."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fte_database.pool import Database
from fte_database.repositories.privacy.scope import Person, Scope, person_of, scope_of
from fte_database.sql import QUERIES

EXPORT = "export"
"""The action in the audit log."""

PAGE = 200
"""Messages read at once."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose export it is: ``facts`` and ``identifiers`` as JSON values but for times and UUIDs."""

    person: Person
    scope: Scope
    facts: dict[str, Any]
    identifiers: tuple[dict[str, Any], ...]

    @property
    def conversations(self) -> tuple[UUID, ...]:
        """Those in which they wrote."""
        return (*self.scope.own, *self.scope.shared)


class ExportStore:
    """Reads what is a customer's. Of a conversation in which others wrote, too, it reads none of their words."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def subject(self, customer: UUID, actor: str) -> Subject | None:
        """The customer, and in the audit log that ``actor`` asked for them; None for an unknown one."""
        async with self._database.transaction() as connection:
            person = await person_of(connection, customer)
            if person is None:
                return None
            scope = Scope() if person.erased else await scope_of(connection, person)
            facts = await connection.fetchrow(QUERIES["export_person"], person.records)
            identifiers = await connection.fetch(QUERIES["export_identifiers"], person.records)
            await connection.execute(QUERIES["insert_audit"], actor, EXPORT, str(customer), {})
        return Subject(person, scope, dict(facts or {}), tuple(map(dict, identifiers)))

    async def conversation(self, subject: Subject, conversation: UUID) -> dict[str, Any]:
        """One of the subject's conversations without its messages."""
        shared = conversation in subject.scope.shared
        theirs = not shared or conversation in subject.scope.opened
        async with self._database.connection() as connection:
            head = await connection.fetchrow(QUERIES["export_conversation"], conversation, theirs)
            if head is None:
                raise AssertionError("a conversation vanished, and none is ever deleted")
            tickets = await connection.fetch(QUERIES["export_tickets"], conversation) if theirs else []
            escalations = [] if shared else await connection.fetch(QUERIES["export_escalations"], conversation)
        return {
            **head,
            "shared": shared,
            "tickets": [dict(row) for row in tickets],
            "escalations": [dict(row) for row in escalations],
        }

    async def messages(self, subject: Subject, conversation: UUID) -> AsyncIterator[dict[str, Any]]:
        """What they wrote in one of their conversations and were told, oldest first."""
        only = list(subject.scope.messages) if conversation in subject.scope.shared else None
        after = 0
        while True:
            async with self._database.connection() as connection:
                rows = await connection.fetch(QUERIES["export_messages"], conversation, only, after, PAGE)
            for row in rows:
                yield dict(row)
            if len(rows) < PAGE:
                return
            after = rows[-1]["seq"]
