"""The knowledge program's composition."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256

from fte_agent.composition import FOR_A_QUERY, FOR_SECTIONS, build_embedder
from fte_agent.domain.behaviour import HostedEmbedding
from fte_agent.domain.budget import Caps
from fte_agent.domain.knowledge import EmbeddingUsage
from fte_agent.knowledge.ranking import RankedSearch
from fte_agent.ports import Embedder, EmbeddingCache, KnowledgeWriter
from fte_database.pool import Database as OpenDatabase
from fte_database.repositories.embeddings import PostgresEmbeddingCache
from fte_database.repositories.knowledge import PostgresKnowledgeBase
from fte_database.repositories.knowledge_report import KnowledgeReportStore
from fte_database.repositories.learning import LearningStore
from fte_runtime.config import ConfigError, Database, KnowledgeConfig, KnowledgeEmbedding, read_secret
from fte_runtime.wiring.budget import ledger
from fte_runtime.wiring.database import open_database
from fte_runtime.worker.accounts import charging_the_day

PROGRAM = "fte-knowledge"


@dataclass(frozen=True, slots=True)
class IngestPorts:
    """Where a snapshot goes, what embeds it, and what was embedded before."""

    writer: KnowledgeWriter
    embedder: Embedder
    cache: EmbeddingCache


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of the knowledge, as a document of the job or of a worker says it."""

    database: Database
    snapshot: str | None
    embedding: KnowledgeEmbedding | None


@asynccontextmanager
async def knowledge_ports(config: KnowledgeConfig) -> AsyncIterator[IngestPorts]:
    """The job's adapters.

    Raises:
        ConfigError: no database URL, or an embedder's key or address that cannot be used.
    """
    hosted, key = hosted_of(config.embedding)
    async with AsyncExitStack() as resources:
        database = await resources.enter_async_context(open_database(config.database, PROGRAM))
        try:
            chosen = await resources.enter_async_context(
                build_embedder(hosted, key, FOR_SECTIONS, charging(config.embedding, database))
            )
        except ValueError as error:
            raise ConfigError(f"embedding: {error}") from None
        cache = PostgresEmbeddingCache(database, _origin(config.embedding))
        yield IngestPorts(PostgresKnowledgeBase(database), chosen.embedder, cache)


@asynccontextmanager
async def search_of(reading: Reading) -> AsyncIterator[RankedSearch]:
    """The search as a turn has it; raises `ConfigError` as `knowledge_ports`."""
    hosted, key = hosted_of(reading.embedding)
    async with AsyncExitStack() as resources:
        database = await resources.enter_async_context(open_database(reading.database, PROGRAM))
        try:
            chosen = await resources.enter_async_context(build_embedder(hosted, key, FOR_A_QUERY))
        except ValueError as error:
            raise ConfigError(f"embedding: {error}") from None
        yield RankedSearch(PostgresKnowledgeBase(database), chosen.embedder, reading.snapshot)


@asynccontextmanager
async def report_store(reading: Reading) -> AsyncIterator[KnowledgeReportStore]:
    """What is told of the knowledge; raises `ConfigError` without a database URL."""
    async with open_database(reading.database, PROGRAM) as database:
        yield KnowledgeReportStore(database)


@asynccontextmanager
async def learning_store(reading: Reading) -> AsyncIterator[LearningStore]:
    """What the knowledge may learn from; raises `ConfigError` without a database URL."""
    async with open_database(reading.database, PROGRAM) as database:
        yield LearningStore(database)


def charging(
    given: KnowledgeEmbedding | None, database: OpenDatabase
) -> Callable[[EmbeddingUsage], Awaitable[None]] | None:
    """Who charges the day for what embeds documents; nobody where that has no price."""
    if given is None or given.price is None:
        return None
    return charging_the_day(given.price, ledger(database, Caps()).add)


def _origin(given: KnowledgeEmbedding | None) -> str:
    """Whose vectors are kept, as no address: what a wrong one gave is not what the right one would."""
    return "" if given is None else sha256(given.base_url.encode()).hexdigest()[:16]


def hosted_of(given: KnowledgeEmbedding | None) -> tuple[HostedEmbedding | None, str | None]:
    """The embedder and its key; both None where the one that ships embeds."""
    if given is None:
        return None, None
    hosted = HostedEmbedding(given.base_url, given.model, given.dimensions, given.price)
    return hosted, read_secret(given.api_key_file).strip()
