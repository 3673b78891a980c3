"""What the knowledge may learn from: answers of people, requests that nothing answered, what is approved."""

from datetime import datetime, timedelta
from typing import Any

import asyncpg

from fte_agent.domain.learning import HandedOver, Told, Unanswered
from fte_agent.domain.messages import Author
from fte_database.pool import Database
from fte_database.sql import QUERIES


class LearningStore:
    """Reads alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answered(self, limit: int) -> list[HandedOver]:
        """The newest escalations that a person answered and is done with, newest first."""
        async with self._database.connection() as connection:
            return [_handed_over(row) for row in await connection.fetch(QUERIES["human_answers"], limit)]

    async def unanswered(self, age: timedelta, limit: int) -> list[Unanswered]:
        """Requests not older than ``age`` that no approved section answered, newest first, in customers' words."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["not_found_requests"], age, limit)
        return [
            Unanswered(row["id"], row["request"], row["created_at"], row["answered"], tuple(row["people"]))
            for row in rows
        ]

    async def approved(self, snapshot: str | None) -> tuple[list[str], list[str]]:
        """The texts of a snapshot's public sections, and the questions that they name."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["approved_sections"], snapshot)
        texts = [f"{row['title']}\n{row['heading']}\n{row['content']}" for row in rows]
        return texts, [asked for row in rows for asked in row["asked"]]


def _handed_over(row: asyncpg.Record) -> HandedOver:
    return HandedOver(
        id=row["id"],
        conversation_id=row["conversation_id"],
        reason=row["reason_code"],
        channel=row["channel"],
        subject=row["subject"],
        request=row["request"],
        opened_at=row["created_at"],
        until=row["until"],
        told=tuple(map(_told, row["told"])),
        people=tuple(row["people"]),
        addresses=tuple(row["addresses"]),
    )


def _told(message: list[Any]) -> Told:
    author, body, at = message
    return Told(Author(author), body, datetime.fromisoformat(at))
