"""The knowledge job's work: documents verified, cut, embedded, stored whole."""

import logging

from fte_agent.domain.knowledge import Section
from fte_agent.errors import ModelFault
from fte_agent.gate.prohibited_phrases import matching_rules
from fte_agent.knowledge.embedding import embedded
from fte_agent.knowledge.sections import InvalidSource
from fte_agent.ports import Embedder, EmbeddingCache, KnowledgeWriter
from fte_runtime import knowledge
from fte_runtime.config import KnowledgeConfig

logger = logging.getLogger(__name__)

EMBEDDING_REASONS = {
    ModelFault.CREDENTIALS: "EmbeddingKeyRefused",
    ModelFault.QUOTA: "EmbeddingQuotaSpent",
    ModelFault.MISCONFIGURED: "EmbeddingMisconfigured",
    ModelFault.RATE_LIMITED: "EmbeddingRateLimited",
    ModelFault.UNAVAILABLE: "EmbeddingUnavailable",
    ModelFault.TIMEOUT: "EmbeddingTimeout",
    ModelFault.REJECTED: "EmbeddingRejected",
    ModelFault.UNUSABLE: "EmbeddingUnusable",
}
"""What the job ends with, by what its embedder met; the operator has a remedy for each."""

_READ_AGAIN = "the volume is read again by itself, or at once with another version of its persistentVolumeClaimRef"


async def ingest(
    config: KnowledgeConfig, writer: KnowledgeWriter, embedder: Embedder, cache: EmbeddingCache | None = None
) -> int:
    """Store the snapshot unless it is there; verified before anything is embedded. How many sections it has.

    One that is there is whole, so what is mounted now is not looked at. What ``cache`` knows is not embedded again,
    so a job that was killed goes on where it was.
    """
    stored = await writer.sections_of(config.snapshot, embedder.identity)
    if stored is not None:
        logger.info("snapshot is there already", extra={"snapshot": config.snapshot[:10]})
        await writer.prepare(config.snapshot, embedder.identity)
        return stored
    sections = _read(config)
    for section in sections:
        if rules := matching_rules(section.content):
            logger.warning("approved text touches a NEVER rule", extra={"section": section.uri, "rules": rules})
    items = await embedded(sections, embedder, cache)
    await writer.write_snapshot(config.snapshot, embedder.identity, embedder.dimensions, items)
    logger.info("snapshot stored", extra={"snapshot": config.snapshot[:10], "sections": len(items)})
    return len(items)


def _read(config: KnowledgeConfig) -> list[Section]:
    """The snapshot's sections. A volume may be filled after it is mounted, so one without any is not taken for it."""
    digests = {source.name: source.digest for source in config.sources if source.digest is not None}
    try:
        files = knowledge.verified(knowledge.read_files(config.sources), config.snapshot, digests)
        sections = knowledge.sections(files)
    except InvalidSource as error:
        if error.source in digests:
            error.args = (f"{error}; {_READ_AGAIN}",)
        raise
    told = {section.uri.partition("/")[0] for section in sections}
    if empty := sorted(digests.keys() - told):
        raise knowledge.SourceChanged(
            f"no section is below the path of {', '.join(empty)} yet; copy its documents there"
        )
    return sections
