"""Every statement is named, described, used, and understood by the schema it is meant for."""

import re
from pathlib import Path

import pytest

import fte_database
from fte_database.pool import Database
from fte_database.sql import QUERIES, bound, numbered, parse

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
    assert name.startswith("invariant_") or any(
        re.search(rf'QUERIES\["{name}"\]|bound\(\s*"{name}"', source) for source in SOURCES
    )


def test_named_parameters_are_numbered_and_literals_are_not() -> None:
    statement, names = numbered("SELECT :b::text, 'a:b', x[1:2], :a + :b -- :c")
    assert statement == "SELECT $1::text, 'a:b', x[1:2], $2 + $1 -- :c"
    assert names == ("b", "a")


def test_parameters_are_given_by_name() -> None:
    text, *values = bound("start_run", worker="w", to_seq=2, from_seq=1, epoch=3, conversation="c")
    assert (text, values) == (QUERIES["start_run"], ["c", 3, 1, 2, "w"])
    with pytest.raises(TypeError, match="start_run takes conversation, epoch"):
        bound("start_run", worker="w")


BATCHED = {"insert_section"}
"""Statements of `executemany`, which takes rows and no names."""


@pytest.mark.parametrize("name", QUERIES)
def test_more_than_four_parameters_have_names(name: str) -> None:
    source = (Path(fte_database.__file__).parent / "sql" / "queries").glob("*.sql")
    raw = {key: text for file in source for key, text in parse(file.read_text(encoding="utf-8")).items()}
    assert name in BATCHED or "$5" not in raw[name]


@pytest.mark.postgres
async def test_every_statement_fits_the_schema(database: Database) -> None:
    async with database.connection() as connection:
        for statement in QUERIES.values():
            await connection.prepare(statement)
