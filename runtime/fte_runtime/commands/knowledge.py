"""``fte-knowledge``: documents into one immutable snapshot of embedded sections."""

import asyncio
import logging
import sys

from fte_agent.gate.prohibited_phrases import matching_rules
from fte_agent.knowledge.embedding import embedded
from fte_agent.knowledge.sections import InvalidSource
from fte_agent.ports import Embedder, KnowledgeWriter
from fte_database.errors import Busy, DatabaseError, Unreachable
from fte_runtime import knowledge
from fte_runtime.commands.arguments import configured
from fte_runtime.commands.termination import failed
from fte_runtime.config import ConfigError, KnowledgeConfig
from fte_runtime.wiring.knowledge import knowledge_ports

logger = logging.getLogger(__name__)


def main() -> None:
    """Entry point; exits with 1 and a termination message when it failed."""
    config = configured(KnowledgeConfig, "fte-knowledge", "Ingest the employee's knowledge.")
    sys.exit(asyncio.run(run(config)))


async def run(config: KnowledgeConfig) -> int:
    """Ingest; the exit status."""
    log = config.termination_log
    try:
        async with knowledge_ports(config) as (writer, embedder):
            await ingest(config, writer, embedder)
    except knowledge.SourceChanged as error:
        return failed(log, "SourceChanged", str(error))
    except InvalidSource as error:
        return failed(log, "InvalidSource", str(error))
    except (Unreachable, Busy, ConfigError) as error:
        return failed(log, "Unreachable", str(error))
    except DatabaseError as error:
        return failed(log, "IngestionFailed", str(error))
    return 0


async def ingest(config: KnowledgeConfig, writer: KnowledgeWriter, embedder: Embedder) -> None:
    """Store the snapshot unless it is there; verified before anything is embedded."""
    files = knowledge.verified(knowledge.read_files(config.sources), config.snapshot)
    if await writer.has_snapshot(config.snapshot, embedder.identity):
        logger.info("snapshot is there already", extra={"snapshot": config.snapshot[:10]})
        return
    sections = knowledge.sections(files)
    for section in sections:
        if rules := matching_rules(section.content):
            logger.warning("approved text touches a NEVER rule", extra={"section": section.uri, "rules": rules})
    items = await embedded(sections, embedder)
    await writer.write_snapshot(config.snapshot, embedder.identity, embedder.dimensions, items)
    logger.info("snapshot stored", extra={"snapshot": config.snapshot[:10], "sections": len(items)})
