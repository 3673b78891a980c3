"""What ``fte-knowledge`` tells of the knowledge, by the document of the job or of a worker."""

from dataclasses import asdict
from pathlib import Path

from fte_runtime.behaviour import load_behaviour
from fte_runtime.config import ConfigError, KnowledgeConfig, KnowledgeEmbedding, WorkerConfig, load
from fte_runtime.wiring.knowledge import Reading, report_store, search_of


def read_reading(path: Path) -> Reading:
    """Database, snapshot and embedder of either document; raises `ConfigError`."""
    try:
        job = load(KnowledgeConfig, path)
    except ConfigError as error:
        try:
            worker = load(WorkerConfig, path)
        except ConfigError:
            raise error from None
        return _of_worker(worker)
    return Reading(job.database, job.snapshot, job.embedding)


def _of_worker(worker: WorkerConfig) -> Reading:
    behaviour = load_behaviour(worker.behaviour_file)
    hosted, access = behaviour.embedding, worker.embedding
    if hosted is None:
        return Reading(worker.database, behaviour.knowledge_snapshot, None)
    if access is None or access.base_url != hosted.base_url:
        raise ConfigError(f"{worker.behaviour_file}: no key is there for embedding.base_url")
    embedding = KnowledgeEmbedding(
        api_key_file=access.api_key_file,
        base_url=hosted.base_url,
        model=hosted.model,
        dimensions=hosted.dimensions,
    )
    return Reading(worker.database, behaviour.knowledge_snapshot, embedding)


async def search(reading: Reading, query: str, limit: int) -> list[dict[str, object]]:
    """The sections that a turn's search finds, best first."""
    async with search_of(reading) as found:
        passages = await found.search(query, limit)
    return [{"score": round(passage.score, 4), **asdict(passage.section)} for passage in passages]


async def stats(reading: Reading) -> list[dict[str, object]]:
    """Every snapshot, newest first; ``current`` is the one that the document names."""
    async with report_store(reading) as store:
        snapshots = await store.snapshots()
    return [
        {
            **asdict(each),
            "created_at": each.created_at.isoformat(timespec="seconds"),
            "current": each.snapshot == reading.snapshot,
        }
        for each in snapshots
    ]
