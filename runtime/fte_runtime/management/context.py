"""What the management API reaches the world through."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from fte_agent.domain.knowledge import Passage
from fte_agent.ports import Clock
from fte_database.repositories.identification import Identification
from fte_database.repositories.management.conversations import Conversation
from fte_database.repositories.management.counts import ChannelCounts
from fte_database.repositories.management.customers import Found
from fte_database.repositories.management.lists import ListedEscalation, ListedTicket
from fte_database.repositories.privacy.erasures import Erasure, Refusal
from fte_runtime.management.tokens import ManagementTokens
from fte_runtime.privacy.exporting import Exports


class Conversations(Protocol):
    """Reads conversations, and notes who read."""

    async def read(self, conversation: UUID, *, after_seq: int, limit: int, actor: str) -> Conversation | None:
        """The conversation with at most ``limit`` messages after ``after_seq``."""


class Customers(Protocol):
    """Finds customers, and notes who looked."""

    async def look_up(self, *, email: str | None, phone: str | None, actor: str) -> Found:
        """Whose the addresses are."""


class Lists(Protocol):
    """Lists, a page at a time; `fte_database.repositories.management.lists` says of what."""

    async def tickets(
        self,
        *,
        status: str | None,
        channel: str | None,
        since: datetime | None,
        until: datetime | None,
        before: tuple[datetime, int] | None,
        limit: int,
    ) -> list[ListedTicket]:
        """Tickets, newest first."""

    async def escalations(
        self,
        *,
        status: str | None,
        channel: str | None,
        reason: str | None,
        since: datetime | None,
        until: datetime | None,
        before: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[ListedEscalation]:
        """Escalations, newest first."""


class Counts(Protocol):
    """Counts."""

    async def channel_counts(self, since: datetime, until: datetime) -> list[ChannelCounts]:
        """Counts by kind of channel."""


class Merges(Protocol):
    """Makes and ends merges by a person; raises `fte_database.errors.MergeRefused`."""

    async def merge(self, victim: UUID, survivor: UUID, *, actor: str, reason: str) -> UUID:
        """Make ``victim`` part of ``survivor``; the merge's id."""

    async def split(self, target: UUID, *, of: UUID, actor: str, reason: str) -> UUID:
        """End the merge ``target`` or that of the victim ``target``, of the customer ``of``; the victim."""


class Erases(Protocol):
    """Erases customers; `fte_runtime.privacy.erasing`."""

    async def erase(self, customer: UUID, actor: str, *, force: bool = False) -> Erasure | Refusal | None:
        """Erase one customer from every table and topic; None where there is none such.

        Raises:
            BusUnavailable: it is not done to its end, and may be asked for again.
        """


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, best first, and in which snapshot; None where none was ingested."""

    snapshot: str | None
    passages: Sequence[Passage]


@dataclass(frozen=True, slots=True)
class ManagementContext:
    """What routes are made of. ``search`` finds sections as the employee's own search does, ``identification`` counts
    customers who wrote since a time."""

    clock: Clock
    tokens: ManagementTokens
    conversations: Conversations
    customers: Customers
    lists: Lists
    counts: Counts
    identification: Callable[[datetime], Awaitable[Identification]]
    merges: Merges
    exports: Exports
    erasing: Erases
    search: Callable[[str, int], Awaitable[Searched]]
