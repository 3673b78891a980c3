"""The suites in this repository: they can be played, and the held-back one is what it was when it was written."""

import hashlib
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from fte_agent.domain.knowledge import Section
from fte_agent.evaluation.accepted import accepted_uris
from fte_agent.evaluation.suite import parse_suite
from fte_agent.knowledge.sections import decode, sections_of

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "context/ticket-suite.schema.json"
DESK = ROOT / "context/product-docs.md"
SUITES = {
    ROOT / "context/sample-tickets.json": [DESK],
    ROOT / "context/held-back-tickets.json": [DESK],
    **{
        suite: sorted(suite.parent.glob("knowledge/*.md"))
        for suite in sorted((ROOT / "tests/data/suites").glob("*/tickets.json"))
    },
}
HELD_BACK_SHA256 = "9c5fb7625e027d04a5f2d1c074f1cb59a9eea4dcbba0d3209120316440d862e5"
"""Nobody may tune the tickets to the employee: whoever corrects a label changes this line, and says why."""


def name_of(path: object) -> str | None:
    return str(path.relative_to(ROOT)) if isinstance(path, Path) else None


def sections(files: list[Path]) -> list[Section]:
    return [s for file in files for s in sections_of("docs", file.name, decode("docs", file.name, file.read_bytes()))]


def test_every_suite_is_listed() -> None:
    found = {*(ROOT / "context").glob("*.json"), *(ROOT / "tests/data/suites").rglob("*.json")} - {SCHEMA}
    assert found == set(SUITES)
    assert len(SUITES) >= 4


@pytest.mark.parametrize("path", SUITES, ids=name_of)
def test_it_is_what_the_schema_and_the_program_read(path: Path) -> None:
    text = path.read_text("utf-8")
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(json.loads(text))
    assert parse_suite(text).tickets


@pytest.mark.parametrize(("path", "documents"), SUITES.items(), ids=name_of)
def test_every_accepted_section_is_in_the_knowledge(path: Path, documents: list[Path]) -> None:
    tickets = parse_suite(path.read_text("utf-8")).tickets
    meant = accepted_uris(tickets, sections(documents))
    assert all(meant[ticket.id] for ticket in tickets if ticket.accepted_sections)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text("utf-8")))


def test_the_held_back_tickets_are_unchanged() -> None:
    assert hashlib.sha256((ROOT / "context/held-back-tickets.json").read_bytes()).hexdigest() == HELD_BACK_SHA256
