"""``fte-evaluate``: labelled tickets through the employee's real turn, scored.

Exit status: 0 when no target is missed, 1 when one is, 2 when the input cannot be used, 3 when the command itself
failed, with the traceback on standard error, 4 when it did not come to its end: the model could not be asked, or it was
not to begin; 130 when it was interrupted.
"""

import argparse
import asyncio
import sys
import traceback

from fte_agent.errors import ModelFailed
from fte_agent.evaluation.suite import InvalidSuite
from fte_agent.evaluation.table import table
from fte_agent.evaluation.traffic import NotRecorded
from fte_runtime.commands.evaluate_arguments import employee, manner, parser
from fte_runtime.config import ConfigError
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
from fte_runtime.evaluation_run import NotAgreed
from fte_runtime.examinee import Examinee
from fte_runtime.wiring.evaluation import evaluate
from fte_runtime.worker.model import WORDS


def main() -> None:
    """Entry point."""
    arguments = parser().parse_args()
    try:
        sys.exit(asyncio.run(run(arguments)))
    except (BadInput, ConfigError, InvalidSuite, NotRecorded) as error:
        raise SystemExit(_told(2, str(error))) from error
    except NotAgreed as error:
        raise SystemExit(_told(4, str(error))) from error
    except ModelFailed as error:
        raise SystemExit(_told(4, f"{WORDS[error.reason]} ({error.reason}){_kept(arguments)}")) from error
    except KeyboardInterrupt as error:
        raise SystemExit(_told(130, f"interrupted{_kept(arguments)}")) from error
    except Exception as error:
        traceback.print_exc()  # Python's own status for it would be 1, which means a missed target
        raise SystemExit(3) from error


async def run(arguments: argparse.Namespace) -> int:
    """Evaluate and report; the exit status. What cannot be used is refused before anything is played."""
    suites = [read_suite(path) for path in arguments.suite]
    documents, rules = read_documents(arguments.knowledge), read_rules(arguments.rules)
    behaviour, access = employee(arguments)
    if arguments.report is not None:
        make_folder(arguments.report)
    if arguments.markdown is not None:
        marked(arguments.markdown)
    report = await evaluate(suites, Examinee(behaviour, documents, rules, access), manner(arguments))
    if arguments.report is not None:
        write_report(arguments.report, report)
    if arguments.markdown is not None:
        write_marked(arguments.markdown, report)
    sys.stdout.write(table(report))
    return 1 if report.score.missed else 0


def _kept(arguments: argparse.Namespace) -> str:
    journal = manner(arguments).journal
    return "" if journal is None else f"; {journal} keeps what was played: run again to go on"


def _told(status: int, message: str) -> int:
    sys.stderr.write(f"fte-evaluate: {message}\n")
    return status
