"""The employee's own search, in the snapshot that was ingested last: the API has no behaviour that names one."""

from dataclasses import dataclass
from typing import Protocol

from fte_agent.knowledge.ranking import RankedSearch
from fte_agent.ports import Embedder, KnowledgeBase
from fte_runtime.management.context import Searched


class Snapshots(Protocol):
    """Which snapshots there are."""

    async def newest_snapshot(self, embedder: str) -> str | None:
        """The one that was ingested last for this embedder."""


@dataclass(frozen=True, slots=True)
class NewestKnowledge:
    """Searches as a turn does, by the same embedder and the same ranker."""

    snapshots: Snapshots
    knowledge: KnowledgeBase
    embedder: Embedder

    async def search(self, query: str, limit: int) -> Searched:
        """The best sections; raises `ModelFailed` where a hosted embedder gives nothing."""
        snapshot = await self.snapshots.newest_snapshot(self.embedder.identity)
        search = RankedSearch(self.knowledge, self.embedder, snapshot)
        return Searched(snapshot, await search.search(query, limit))
