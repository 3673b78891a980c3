"""``fte-evaluate``: labelled tickets through the employee's real turn, scored.

Exit status: 0 when no target is missed, 1 when one is, 2 when the input cannot be used, 3 when the command itself
failed, with the traceback on standard error.
"""

import argparse
import asyncio
import sys
import traceback
from pathlib import Path

from fte_agent.evaluation.suite import InvalidSuite
from fte_agent.evaluation.table import table
from fte_runtime.config import WorkerConfig
from fte_runtime.evaluation import (
    BadInput,
    make_folder,
    marked,
    read_documents,
    read_rules,
    read_suite,
    write_marked,
    write_report,
)
from fte_runtime.wiring.evaluation import evaluate

_REPOSITORY = Path(__file__).resolve().parents[3] / "context"
_IMAGE: Path = WorkerConfig.model_fields["escalation_rules"].default.parent
CONTEXT = _REPOSITORY if _REPOSITORY.is_dir() else _IMAGE
"""Where the dossier stands: in the repository this runs from, else in the image."""

_STATUS = (
    "Exit status: 0 when no target is missed, 1 when one is, 2 when the input cannot be used, "
    "3 when the command itself failed, with the traceback on standard error."
)


def main() -> None:
    """Entry point."""
    arguments = parser().parse_args()
    try:
        sys.exit(asyncio.run(run(arguments)))
    except (BadInput, InvalidSuite) as error:
        sys.stderr.write(f"fte-evaluate: {error}\n")
        raise SystemExit(2) from error
    except Exception as error:
        traceback.print_exc()  # Python's own status for it would be 1, which means a missed target
        raise SystemExit(3) from error


async def run(arguments: argparse.Namespace) -> int:
    """Evaluate and report; the exit status. What cannot be used is refused before anything is played."""
    suites = [read_suite(path) for path in arguments.suite]
    documents, rules = read_documents(arguments.knowledge), read_rules(arguments.rules)
    if arguments.report is not None:
        make_folder(arguments.report)
    if arguments.markdown is not None:
        marked(arguments.markdown)
    report = await evaluate(
        suites,
        documents,
        rules,
        company=arguments.company,
        removal=arguments.removal,
        allow_missing=arguments.allow_missing_sections,
    )
    if arguments.report is not None:
        write_report(arguments.report, report)
    if arguments.markdown is not None:
        write_marked(arguments.markdown, report)
    sys.stdout.write(table(report))
    return 1 if report.score.missed else 0


def parser() -> argparse.ArgumentParser:
    """What the command's line may hold."""
    made = argparse.ArgumentParser(
        prog="fte-evaluate", description="Evaluate the employee on labelled tickets.", epilog=_STATUS
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    play = commands.add_parser(
        "run",
        help="play suites and score them",
        description="Play suites of labelled tickets and score them.",
        epilog=_STATUS,
    )
    add = play.add_argument
    add("--suite", type=Path, action="append", required=True, metavar="FILE", help="a suite; may be given repeatedly")
    documents, rules = CONTEXT / "product-docs.md", CONTEXT / "escalation-rules.md"
    add(
        "--knowledge", type=Path, default=documents, metavar="PATH", help=f"a document or folder (default: {documents})"
    )
    add("--rules", type=Path, default=rules, metavar="FILE", help=f"the escalation rules (default: {rules})")
    add(
        "--company",
        default="Northwind Desk",
        metavar="NAME",
        help="whom the employee speaks for (default: %(default)s)",
    )
    add("--report", type=Path, metavar="DIR", help="write report.json, report.html and report.md there")
    add("--markdown", type=Path, metavar="FILE", help="replace the marked block of this document")
    add("--no-removal", dest="removal", action="store_false", help="do not play tickets again without their sections")
    add("--allow-missing-sections", action="store_true", help="play tickets whose accepted sections do not exist")
    return made
