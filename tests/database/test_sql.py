"""Every statement is named, described, used, and understood by the schema it is meant for."""

from pathlib import Path

import pytest

import fte_database
from fte_database.pool import Database
from fte_database.sql import QUERIES, parse

SOURCES = [path.read_text(encoding="utf-8") for path in Path(fte_database.__file__).parent.rglob("*.py")]


def test_a_statement_is_what_stands_below_its_description() -> None:
    text = "-- one --\n-- The first.\nSELECT 1;\n\n-- two --\n-- The second,\n-- in two lines.\nSELECT 2 -- why\n"
    assert parse(text) == {"one": "SELECT 1", "two": "SELECT 2 -- why"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- one --\nSELECT 1;\n", "no description"),
        ("-- one --\n-- Nothing.\n", "empty"),
        ("-- one --\n-- A.\nSELECT 1;\n-- one --\n-- B.\nSELECT 2;\n", "twice"),
    ],
)
def test_a_file_that_breaks_the_form_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(text)


def test_the_mapping_is_frozen() -> None:
    with pytest.raises(TypeError):
        QUERIES["ping"] = "SELECT 2"  # type: ignore[index]


@pytest.mark.parametrize("name", QUERIES)
def test_every_statement_is_used(name: str) -> None:
    assert any(f'QUERIES["{name}"]' in source for source in SOURCES)


@pytest.mark.postgres
async def test_every_statement_fits_the_schema(database: Database) -> None:
    async with database.connection() as connection:
        for statement in QUERIES.values():
            await connection.prepare(statement)
