"""Proposals as files for a change in git: written, and written anew as long as no person has edited them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import yaml

from fte_agent.learning.pages import escalations_of, is_untouched, section_page, suite_of, suite_page
from fte_agent.learning.proposals import Proposal
from fte_runtime.errors import DataPlaneError

KNOWLEDGE, SUITES = "knowledge", "suite"
"""Folders of sections and of suites."""


class NoFolder(DataPlaneError):
    """Proposals cannot be written or read there; the message names the path and the remedy."""


class Written(StrEnum):
    """What became of a file. ``KEPT``: a person edited it, or wrote it, so it stays as it is."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"


def write(folder: Path, proposals: Sequence[Proposal]) -> list[tuple[Written, Written]]:
    """What became of each proposal's section and of its suite; raises `NoFolder`."""
    try:
        for name in (KNOWLEDGE, SUITES):
            (folder / name).mkdir(parents=True, exist_ok=True)
        return [
            (
                _write(folder / KNOWLEDGE / f"{each.name}.md", section_page(each)),
                _write(folder / SUITES / f"{each.name}.yaml", suite_page(each, _document(each))),
            )
            for each in proposals
        ]
    except OSError as error:
        raise NoFolder(f"{error.filename}: {error.strerror}; name a folder that can be written by --out") from error


def proposed(folder: Path) -> Mapping[str, str]:
    """By escalation the name of the proposal that was made of it, also where a person has approved it since."""
    found: dict[str, str] = {}
    try:
        pages = sorted(path for path in (folder / KNOWLEDGE).iterdir() if path.suffix == ".md")
        for path in pages:
            found |= dict.fromkeys(escalations_of(path.read_text(encoding="utf-8")), path.stem)
    except (OSError, UnicodeDecodeError) as error:
        told = f"{folder}: holds no proposals that can be read ({error}); name the folder that --out of propose named"
        raise NoFolder(told) from error
    return found


def _write(path: Path, page: str) -> Written:
    try:
        there = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        there = None
    if there == page:
        return Written.UNCHANGED
    if there is not None and not is_untouched(there):
        return Written.KEPT
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(page.encode())
    beside.replace(path)  # a file is whole or not there
    return Written.NEW if there is None else Written.UPDATED


def _document(proposal: Proposal) -> str:
    suite = suite_of(proposal).model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(suite, sort_keys=False, allow_unicode=True, width=100)
