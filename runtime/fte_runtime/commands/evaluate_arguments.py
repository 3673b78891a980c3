"""The command line of ``fte-evaluate``, and what it says of the employee and of how to play."""

import argparse
import sys
from pathlib import Path

from fte_agent.composition import ModelAccess
from fte_agent.domain.behaviour import Behaviour, Company
from fte_runtime.behaviour import load_behaviour
from fte_runtime.config import ModelAccess as AccessDocument
from fte_runtime.config import WorkerConfig, read_secret
from fte_runtime.evaluation import BadInput
from fte_runtime.evaluation_run import Manner

_REPOSITORY = Path(__file__).resolve().parents[3] / "context"
_IMAGE: Path = WorkerConfig.model_fields["escalation_rules"].default.parent
CONTEXT = _REPOSITORY if _REPOSITORY.is_dir() else _IMAGE
"""Where the dossier stands: in the repository this runs from, else in the image."""

COMPANY = "Northwind Desk"
JOURNAL = "journal.jsonl"
REQUEST_SECONDS: float = AccessDocument.model_fields["request_timeout_seconds"].default
MAX_REQUEST_SECONDS = 45.0
_KEY_OF_A_REPLAY = "none"

_STATUS = (
    "Exit status: 0 when no target is missed, 1 when one is, 2 when the input cannot be used, "
    "3 when the command itself failed, with the traceback on standard error, "
    "4 when the model could not be asked or you did not agree, 130 when it was interrupted."
)


def parser() -> argparse.ArgumentParser:
    """What the command's line may hold."""
    made = argparse.ArgumentParser(
        prog="fte-evaluate", description="Evaluate the employee on labelled tickets.", epilog=_STATUS
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    play = commands.add_parser(
        "run",
        help="play suites and score them",
        description="Play suites of labelled tickets and score them: with Offline, or with the model of a document.",
        epilog=_STATUS,
    )
    _what(play)
    _with_a_model(play.add_argument_group("with the model of a behaviour document"))
    return made


def _what(play: argparse.ArgumentParser) -> None:
    add = play.add_argument
    add("--suite", type=Path, action="append", required=True, metavar="FILE", help="a suite; may be given repeatedly")
    documents, rules = CONTEXT / "product-docs.md", CONTEXT / "escalation-rules.md"
    add(
        "--knowledge", type=Path, default=documents, metavar="PATH", help=f"a document or folder (default: {documents})"
    )
    add("--rules", type=Path, default=rules, metavar="FILE", help=f"the escalation rules (default: {rules})")
    add("--company", default=COMPANY, metavar="NAME", help="whom Offline speaks for (default: %(default)s)")
    add("--report", type=Path, metavar="DIR", help="write report.json, report.html and report.md there")
    add("--markdown", type=Path, metavar="FILE", help="replace the marked block of this document")
    add("--no-removal", dest="removal", action="store_false", help="do not play tickets again without their sections")
    add("--allow-missing-sections", action="store_true", help="play tickets whose accepted sections do not exist")
    add("--repeats", type=_count, default=1, metavar="K", help="play every ticket K times (default: 1)")
    add("--concurrency", type=_count, default=1, metavar="N", help="turns at a time (default: 1)")
    add("--journal", type=Path, metavar="FILE", help=f"go on from there (default with --config: {JOURNAL} of --report)")


def _with_a_model(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--config", type=Path, metavar="DOCUMENT", help="the behaviour document, as the operator renders it")
    add("--key-file", type=Path, metavar="FILE", help="holds the key of the document's model")
    add(
        "--request-timeout",
        type=_seconds,
        default=REQUEST_SECONDS,
        metavar="SECONDS",
        help="of one request to the model (default: %(default)g)",
    )
    traffic = group.add_mutually_exclusive_group()
    traffic.add_argument("--record", type=Path, metavar="FILE", help="write the model's traffic there, without the key")
    traffic.add_argument("--replay", type=Path, metavar="FILE", help="take it from there: no key, no network")
    add("--yes", action="store_true", help="do not ask before it begins; without a terminal nobody is asked")


def employee(arguments: argparse.Namespace) -> tuple[Behaviour, ModelAccess | None]:
    """Who is evaluated, and what reaches a hosted model.

    Raises:
        BadInput: options that do not go together.
        ConfigError: the document or the key cannot be used.
    """
    if arguments.config is None:
        for name in ("key_file", "record", "replay"):
            if getattr(arguments, name) is not None:
                raise BadInput(f"--{name.replace('_', '-')} needs --config: Offline has no model to be asked")
        company = Company(arguments.company)
        return Behaviour("", company, "Offline", "offline", None), None
    if arguments.company != COMPANY:
        raise BadInput("--company does not go with --config: the document names the company")
    behaviour = load_behaviour(arguments.config)
    if behaviour.endpoint is None:
        return behaviour, None
    if arguments.replay is not None:
        return behaviour, ModelAccess(_KEY_OF_A_REPLAY, arguments.request_timeout)
    if arguments.key_file is None:
        raise BadInput(f"{arguments.config}: its model is hosted; name a file with its key by --key-file")
    return behaviour, ModelAccess(read_secret(arguments.key_file).strip(), arguments.request_timeout)


def manner(arguments: argparse.Namespace) -> Manner:
    """How it is played; raises `BadInput`."""
    journal = arguments.journal
    if arguments.replay is not None and journal is not None:
        raise BadInput("--journal does not go with --replay: a replay costs nothing and begins anew")
    if journal is None and arguments.config and arguments.report and not arguments.replay:
        journal = arguments.report / JOURNAL
    quiet = arguments.config is None and journal is None
    return Manner(
        repeats=arguments.repeats,
        concurrency=arguments.concurrency,
        removal=arguments.removal,
        allow_missing=arguments.allow_missing_sections,
        journal=journal,
        record=arguments.record,
        replay=arguments.replay,
        say=(lambda line: None) if quiet else _say,
        agree=(lambda: True) if arguments.yes or not sys.stdin.isatty() else _agree,
    )


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _agree() -> bool:
    sys.stderr.write("Begin? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 100:
        raise argparse.ArgumentTypeError("must be from 1 to 100")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= MAX_REQUEST_SECONDS:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most {MAX_REQUEST_SECONDS:g}")
    return value
