"""``fte-privacy``: one customer's export or erasure, and retention, which is the Job of ``spec.retention``."""

import argparse
import asyncio
import json
import logging
import sys
from uuid import UUID

from fte_database.errors import DatabaseError
from fte_database.repositories.privacy.erasures import Erasure, Refusal
from fte_database.repositories.privacy.exports import ExportStore
from fte_database.repositories.privacy.retention import RetentionStore
from fte_runtime.clock import SystemClock
from fte_runtime.commands.arguments import argument_parser, read_document
from fte_runtime.commands.termination import failed, succeeded
from fte_runtime.config import ConfigError, RetentionConfig, WorkerConfig
from fte_runtime.errors import DataPlaneError
from fte_runtime.privacy.erasing import receipt_json
from fte_runtime.privacy.exporting import document
from fte_runtime.wiring.database import open_database
from fte_runtime.wiring.privacy import PROGRAM, ages, open_erasing

logger = logging.getLogger(__name__)

IN_USE = 3
"""Exit status of an erasure that is refused, as it is with a person or on its way."""


def main() -> None:
    """Entry point; exits with 2 for a wrong document, 1 when it failed, 3 when an erasure needs ``--force``."""
    arguments = _arguments()
    if arguments.command == "retain":
        sys.exit(asyncio.run(retain(read_document(RetentionConfig, arguments.config, PROGRAM))))
    config = read_document(WorkerConfig, arguments.config, PROGRAM)
    try:
        sys.exit(asyncio.run((_export if arguments.command == "export" else _erase)(config, arguments)))
    except (ConfigError, DatabaseError, DataPlaneError) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        raise SystemExit(1) from error


async def retain(config: RetentionConfig) -> int:
    """Let go of what is too old; the exit status."""
    try:
        async with open_database(config.database, f"{PROGRAM}-retain") as database:
            counts = await RetentionStore(database).retain(ages(config.retention))
    except ConfigError as error:
        return failed(config.termination_log, "Unreachable", str(error))
    except DatabaseError as error:
        known = error.reason != DatabaseError.reason
        return failed(config.termination_log, error.reason if known else "RetentionFailed", str(error))
    told = ", ".join(f"{table} {rows}" for table, rows in sorted(counts.items()))
    return succeeded(config.termination_log, "Retained", told or "nothing was too old")


async def _export(config: WorkerConfig, arguments: argparse.Namespace) -> int:
    async with open_database(config.database, PROGRAM) as database:
        exports = ExportStore(database)
        subject = await exports.subject(arguments.customer, arguments.actor)
        if subject is None:
            return _unknown(arguments.customer)
        async for piece in document(exports, subject, SystemClock().now()):
            sys.stdout.write(piece)
    return 0


async def _erase(config: WorkerConfig, arguments: argparse.Namespace) -> int:
    async with open_erasing(config) as erasing:
        outcome = await erasing.erase(arguments.customer, arguments.actor, force=arguments.force)
    match outcome:
        case Erasure():
            sys.stdout.write(json.dumps(receipt_json(outcome)) + "\n")
            return 0
        case Refusal():
            sys.stderr.write(f"{PROGRAM}: {outcome.text}; wait, or use --force\n")
            return IN_USE
    return _unknown(arguments.customer)


def _unknown(customer: UUID) -> int:
    sys.stderr.write(f"{PROGRAM}: there is no customer {customer}; GET /customers/lookup finds ids by address\n")
    return 1


def _arguments() -> argparse.Namespace:
    parser = argument_parser(PROGRAM, "Export or erase one customer, or let go of what is too old.")
    commands = parser.add_subparsers(dest="command", required=True)
    export = commands.add_parser("export", help="one customer as a JSON document")
    erase = commands.add_parser("erase", help="one customer from every store; prints a receipt, and the same one again")
    for each in (export, erase):
        each.add_argument("customer", type=UUID, help="id of the customer, or of any record that was merged with it")
        each.add_argument("--actor", required=True, help="who asks for it, for the audit log")
    erase.add_argument("--force", action="store_true", help="also while a person has a conversation or a reply leaves")
    commands.add_parser("retain", help="what is older than its document says goes")
    return parser.parse_args()
