"""What the management API's routes reach the world through."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

from fte_agent.composition import FOR_A_QUERY, build_embedder
from fte_agent.knowledge.ranking import RankedSearch
from fte_agent.ports import Embedder
from fte_database.pool import Database
from fte_database.repositories import merges
from fte_database.repositories.knowledge import PostgresKnowledgeBase
from fte_database.repositories.management.conversations import ManagedConversations
from fte_database.repositories.management.counts import ManagedCounts
from fte_database.repositories.management.customers import ManagedCustomers
from fte_database.repositories.management.lists import ManagedLists
from fte_runtime.clock import SystemClock
from fte_runtime.config import ConfigError, Management
from fte_runtime.management.context import ManagementContext, Searched
from fte_runtime.management.tokens import ManagementTokens, load_management_tokens
from fte_runtime.wiring.knowledge import charging, hosted_of


async def open_management(config: Management, database: Database, resources: AsyncExitStack) -> ManagementContext:
    """The routes' adapters on ``database``; what is opened besides it goes to ``resources``.

    Raises:
        ConfigError: a file of tokens is missing or wrong, or an embedder's key or address cannot be used.
    """
    tokens = load_management_tokens(config.tokens)
    hosted, key = hosted_of(config.embedding)
    try:
        chosen = await resources.enter_async_context(
            build_embedder(hosted, key, FOR_A_QUERY, charging(config.embedding, database))
        )
    except ValueError as error:
        raise ConfigError(f"management.embedding: {error}") from None
    return management_on(database, tokens, chosen.embedder)


def management_on(database: Database, tokens: ManagementTokens, embedder: Embedder) -> ManagementContext:
    """The routes' adapters on what is open already."""
    return ManagementContext(
        clock=SystemClock(),
        tokens=tokens,
        conversations=ManagedConversations(database),
        customers=ManagedCustomers(database),
        lists=ManagedLists(database),
        counts=ManagedCounts(database),
        merges=_Merges(database),
        search=_NewestKnowledge(database, embedder).search,
    )


@dataclass(frozen=True, slots=True)
class _NewestKnowledge:
    """The employee's own search in the snapshot that was ingested last: the API has no behaviour that names one."""

    database: Database
    embedder: Embedder

    async def search(self, query: str, limit: int) -> Searched:
        snapshot = await ManagedCounts(self.database).newest_snapshot(self.embedder.identity)
        search = RankedSearch(PostgresKnowledgeBase(self.database), self.embedder, snapshot)
        return Searched(snapshot, await search.search(query, limit))


@dataclass(frozen=True, slots=True)
class _Merges:
    database: Database

    async def merge(self, victim: UUID, survivor: UUID, *, actor: str, reason: str) -> UUID:
        return await merges.merge(self.database, victim, survivor, actor=actor, reason=reason)

    async def split(self, which: UUID, *, actor: str, reason: str) -> UUID:
        return await merges.split(self.database, which, actor=actor, reason=reason)
