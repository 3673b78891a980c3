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
from fte_runtime.commands.termination import failed, succeeded
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
            count = await ingest(config, writer, embedder)
    except (knowledge.SourceChanged, InvalidSource) as error:
        return failed(log, type(error).__name__, str(error))
    except ConfigError as error:
        return failed(log, "Unreachable", str(error))
    except (Unreachable, Busy) as error:
        return failed(log, error.reason, str(error))
    except DatabaseError as error:
        return failed(log, "IngestionFailed", str(error))
    if not count:
        return succeeded(log, "NoSections", "the documents hold no section, so no question can be answered from them")
    return succeeded(log, "Ingested", f"{count} section{'s' if count > 1 else ''}")


async def ingest(config: KnowledgeConfig, writer: KnowledgeWriter, embedder: Embedder) -> int:
    """Store the snapshot unless it is there; verified before anything is embedded. How many sections it has."""
    files = knowledge.verified(knowledge.read_files(config.sources), config.snapshot)
    sections = knowledge.sections(files)
    if await writer.has_snapshot(config.snapshot, embedder.identity):
        logger.info("snapshot is there already", extra={"snapshot": config.snapshot[:10]})
        return len(sections)
    for section in sections:
        if rules := matching_rules(section.content):
            logger.warning("approved text touches a NEVER rule", extra={"section": section.uri, "rules": rules})
    items = await embedded(sections, embedder)
    await writer.write_snapshot(config.snapshot, embedder.identity, embedder.dimensions, items)
    logger.info("snapshot stored", extra={"snapshot": config.snapshot[:10], "sections": len(items)})
    return len(items)
