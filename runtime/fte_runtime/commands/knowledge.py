"""``fte-knowledge``: documents into one immutable snapshot of embedded sections, a look at it, and proposals.

Without a command it is the Job: ``sync``. The others read, and answer with a line of JSON each.
"""

import argparse
import asyncio
import json
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

from fte_agent.errors import EmbeddingFailed
from fte_agent.knowledge.sections import InvalidSource
from fte_database.errors import Busy, DatabaseError, Unreachable
from fte_runtime import knowledge
from fte_runtime.commands.arguments import argument_parser, read_document
from fte_runtime.commands.knowledge_learning import gaps, gaps_table, propose
from fte_runtime.commands.knowledge_reading import read_reading, search, stats
from fte_runtime.commands.termination import failed, succeeded
from fte_runtime.config import ConfigError, KnowledgeConfig
from fte_runtime.ingestion import EMBEDDING_REASONS, ingest
from fte_runtime.proposals import NoFolder
from fte_runtime.wiring.knowledge import PROGRAM, knowledge_ports


def main() -> None:
    """Entry point; exits with 2 for a wrong document and 1 when it failed; the Job then with a termination message."""
    arguments = _arguments()
    if arguments.command in (None, "sync"):
        sys.exit(asyncio.run(run(read_document(KnowledgeConfig, arguments.config, PROGRAM))))
    try:
        lines = asyncio.run(_read(arguments))
        sys.stdout.write(gaps_table(lines) if arguments.format == "table" else "".join(map(_json, lines)))
    except (ConfigError, DatabaseError, EmbeddingFailed, NoFolder) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        raise SystemExit(1) from error


def _json(line: dict[str, object]) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"


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
        case "propose":
            return await propose(reading, arguments.out, arguments.since, arguments.conversation)
        case _:
            return await gaps(reading, arguments.days, arguments.proposals)


def _arguments() -> argparse.Namespace:
    parser = argument_parser(PROGRAM, "Ingest the employee's knowledge, look at what is there, or learn from people.")
    parser.set_defaults(format="json")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("sync", help="ingest the documents as one snapshot, as without a command")
    found = commands.add_parser("search", help="the sections that a question finds, best first")
    found.add_argument("query", help="the question, in a customer's words")
    found.add_argument("--limit", type=int, choices=range(1, 21), default=5, metavar="1..20", help="sections at most")
    commands.add_parser("stats", help="every snapshot, newest first")
    asked = commands.add_parser("gaps", help="questions that nothing approved answered, with how many asked")
    asked.add_argument("--days", type=int, choices=range(1, 366), default=30, metavar="1..365", help="how far back")
    asked.add_argument("--proposals", type=Path, metavar="DIR", help="tell which have a proposal there")
    asked.add_argument("--format", choices=("json", "table"), default="json", help="a line of JSON each, or a table")
    made = commands.add_parser("propose", help="what people answered as proposed sections and tickets, for git")
    made.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the proposals")
    made.add_argument("--since", type=_day, metavar="YYYY-MM-DD", help="only with an answer from this day on (UTC)")
    made.add_argument("--conversation", type=_id, metavar="ID", help="only with an answer of this conversation")
    return parser.parse_args()


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2026-01-31") from None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no conversation's id, which is a UUID") from None
