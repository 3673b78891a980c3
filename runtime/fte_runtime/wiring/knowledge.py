"""The knowledge job's composition."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fte_agent.offline.embedder import shared_embedder
from fte_agent.ports import Embedder, KnowledgeWriter
from fte_database.repositories.knowledge import PostgresKnowledgeBase
from fte_runtime.config import KnowledgeConfig
from fte_runtime.wiring.database import open_database


@asynccontextmanager
async def knowledge_ports(config: KnowledgeConfig) -> AsyncIterator[tuple[KnowledgeWriter, Embedder]]:
    """Where the snapshot goes, and what embeds it; raises `ConfigError` without a database URL."""
    async with open_database(config.database, "fte-knowledge") as database:
        yield PostgresKnowledgeBase(database), shared_embedder()
