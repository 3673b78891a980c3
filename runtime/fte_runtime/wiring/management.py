"""What the management API's routes reach the world through."""

from contextlib import AsyncExitStack

from fte_agent.composition import FOR_A_QUERY, build_embedder
from fte_agent.ports import Embedder
from fte_database.pool import Database
from fte_database.repositories.identification import PostgresIdentificationStore
from fte_database.repositories.knowledge import PostgresKnowledgeBase
from fte_database.repositories.management.conversations import ManagedConversations
from fte_database.repositories.management.counts import ManagedCounts
from fte_database.repositories.management.customers import ManagedCustomers
from fte_database.repositories.management.lists import ManagedLists
from fte_database.repositories.merges import PostgresMergeStore
from fte_database.repositories.privacy.exports import ExportStore
from fte_runtime.clock import SystemClock
from fte_runtime.config import ConfigError, Management
from fte_runtime.management.context import Erases, ManagementContext
from fte_runtime.management.search import NewestKnowledge
from fte_runtime.management.tokens import ManagementTokens, load_management_tokens
from fte_runtime.wiring.knowledge import charging, hosted_of


async def open_management(
    config: Management, database: Database, erasing: Erases, resources: AsyncExitStack
) -> ManagementContext:
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
    return management_on(database, tokens, chosen.embedder, erasing)


def management_on(
    database: Database, tokens: ManagementTokens, embedder: Embedder, erasing: Erases
) -> ManagementContext:
    """The routes' adapters on what is open already."""
    counts = ManagedCounts(database)
    return ManagementContext(
        clock=SystemClock(),
        tokens=tokens,
        conversations=ManagedConversations(database),
        customers=ManagedCustomers(database),
        lists=ManagedLists(database),
        counts=counts,
        identification=PostgresIdentificationStore(database).since,
        merges=PostgresMergeStore(database),
        exports=ExportStore(database),
        erasing=erasing,
        search=NewestKnowledge(counts, PostgresKnowledgeBase(database), embedder).search,
    )
