"""The files of an evaluation: suites, documents and rules read, reports written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from fte_agent.domain.knowledge import Section
from fte_agent.escalation.rules import EscalationRules, InvalidRules, parse_rules
from fte_agent.evaluation.page import page
from fte_agent.evaluation.report import Report, as_dict, markdown
from fte_agent.evaluation.suite import InvalidSuite, Suite, parse_suite
from fte_agent.knowledge.proposed import SUITE_REFUSAL, marked_suite
from fte_agent.knowledge.sections import InvalidSource
from fte_runtime import knowledge
from fte_runtime.errors import DataPlaneError

SOURCE = "docs"
"""Name of the one source that an evaluation's documents make."""

YAML = (".yaml", ".yml")
"""Endings of suites that are YAML."""

BEGIN, END = "<!-- fte-evaluate:begin -->", "<!-- fte-evaluate:end -->"


class BadInput(DataPlaneError):
    """What the command was given cannot be used; the message names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The sections to answer from, and the snapshot they make."""

    snapshot: str
    sections: Sequence[Section]


def read_suite(path: Path) -> Suite:
    """The suite in a file, JSON or, by its name, YAML; raises `BadInput`, also for a proposal that nobody approved."""
    text = _text(path)
    if line := marked_suite(text):
        raise BadInput(f"{path}:{line}: {SUITE_REFUSAL}")
    try:
        return parse_suite(_as_json(path, text) if path.suffix.lower() in YAML else text)
    except InvalidSuite as error:
        raise BadInput(f"{path}: {error}") from error


def _as_json(path: Path, text: str) -> str:
    try:
        return json.dumps(yaml.safe_load(text))
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is no suite in YAML: {' '.join(str(error).split())}") from error


def read_documents(path: Path) -> Documents:
    """The sections of one Markdown file, or of every ``*.md`` directly in a folder; raises `BadInput`."""
    try:
        files = sorted(f for f in path.iterdir() if f.suffix == ".md" and f.is_file()) if path.is_dir() else [path]
        read = [knowledge.SourceFile(SOURCE, file.name, file.read_bytes()) for file in files]
    except OSError as error:
        raise BadInput(f"{error.filename}: cannot be read: {error.strerror}") from error
    if not read:
        raise BadInput(f"{path}: holds no *.md file; name a folder of Markdown documents or one document")
    try:
        return Documents(knowledge.snapshot_of(read), knowledge.sections(read))
    except InvalidSource as error:
        raise BadInput(f"{path}: {error}") from error


def read_rules(path: Path) -> EscalationRules:
    """The escalation rules in a file; raises `BadInput`."""
    try:
        return parse_rules(_text(path))
    except InvalidRules as error:
        raise BadInput(f"{path}: {error}") from error


def make_folder(folder: Path) -> None:
    """Make the folder of the report unless it is there; raises `BadInput`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be made a folder: {error.strerror}") from error


def write_report(folder: Path, report: Report) -> None:
    """Write ``report.json``, ``report.html`` and ``report.md`` into ``folder``; raises `BadInput`."""
    try:
        data = json.dumps(as_dict(report), ensure_ascii=False, indent=1)
        (folder / "report.json").write_text(data + "\n", encoding="utf-8")
        (folder / "report.html").write_text(page(report), encoding="utf-8")
        (folder / "report.md").write_text(markdown(report) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written: {error.strerror}") from error


def marked(path: Path) -> tuple[str, str]:
    """What stands in a document before and after the marked block, markers included; raises `BadInput`."""
    text = _text(path)
    if (text.count(BEGIN), text.count(END)) != (1, 1) or text.index(BEGIN) > text.index(END):
        raise BadInput(f"{path}: must hold {BEGIN} and, after it, {END}, once each; add them where the block belongs")
    return text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]


def write_marked(path: Path, report: Report) -> None:
    """Replace the marked block of a document by the report's Markdown; raises `BadInput`."""
    before, after = marked(path)
    try:
        path.write_text(f"{before}\n{markdown(report)}\n{after}", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: is not UTF-8 text; save it as UTF-8") from error
