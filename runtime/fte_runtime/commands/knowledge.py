"""``fte-knowledge``: documents into one immutable snapshot of embedded sections, and a look at what is there.

Without a command it is the Job: ``sync``. The others read, and answer with a line of JSON each.
"""

import argparse
import asyncio
import json
import sys

from fte_agent.errors import EmbeddingFailed
from fte_agent.knowledge.sections import InvalidSource
from fte_database.errors import Busy, DatabaseError, Unreachable
from fte_runtime import knowledge
from fte_runtime.commands.arguments import argument_parser, read_document
from fte_runtime.commands.knowledge_reading import gaps, read_reading, search, stats
from fte_runtime.commands.termination import failed, succeeded
from fte_runtime.config import ConfigError, KnowledgeConfig
from fte_runtime.ingestion import EMBEDDING_REASONS, ingest
from fte_runtime.wiring.knowledge import PROGRAM, knowledge_ports


def main() -> None:
    """Entry point; exits with 2 for a wrong document and 1 when it failed; the Job then with a termination message."""
    arguments = _arguments()
    if arguments.command in (None, "sync"):
        sys.exit(asyncio.run(run(read_document(KnowledgeConfig, arguments.config, PROGRAM))))
    try:
        for line in asyncio.run(_read(arguments)):
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    except (ConfigError, DatabaseError, EmbeddingFailed) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        raise SystemExit(1) from error


async def run(config: KnowledgeConfig) -> int:
    """Ingest; the exit status."""
    log = config.termination_log
    try:
        async with knowledge_ports(config) as ports:
            count = await ingest(config, ports.writer, ports.embedder, ports.cache)
    except (knowledge.SourceChanged, InvalidSource, ConfigError, EmbeddingFailed, DatabaseError) as error:
        return failed(log, _reason(error), str(error))
    if not count:
        return succeeded(log, "NoSections", "the documents hold no section, so no question can be answered from them")
    return succeeded(log, "Ingested", f"{count} section{'s' if count > 1 else ''}")


def _reason(error: Exception) -> str:
    match error:
        case knowledge.SourceChanged() | InvalidSource():
            return type(error).__name__
        case EmbeddingFailed(reason=reason):
            return EMBEDDING_REASONS[reason]
        case Unreachable() | Busy():
            return error.reason
        case ConfigError():
            return "Unreachable"
        case _:
            return "IngestionFailed"


async def _read(arguments: argparse.Namespace) -> list[dict[str, object]]:
    reading = read_reading(arguments.config)
    match arguments.command:
        case "search":
            return await search(reading, arguments.query, arguments.limit)
        case "stats":
            return await stats(reading)
        case _:
            return await gaps(reading, arguments.days)


def _arguments() -> argparse.Namespace:
    parser = argument_parser(PROGRAM, "Ingest the employee's knowledge, or look at what is there.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("sync", help="ingest the documents as one snapshot, as without a command")
    found = commands.add_parser("search", help="the sections that a question finds, best first")
    found.add_argument("query", help="the question, in a customer's words")
    found.add_argument("--limit", type=int, choices=range(1, 21), default=5, metavar="1..20", help="sections at most")
    commands.add_parser("stats", help="every snapshot, newest first")
    asked = commands.add_parser("gaps", help="questions that nothing approved answered, with how many asked")
    asked.add_argument("--days", type=int, choices=range(1, 366), default=30, metavar="1..365", help="how far back")
    return parser.parse_args()
