"""Every column that can hold a customer's words has a fate, so that a new one cannot be forgotten."""

import re
from pathlib import Path

import pytest
from crm import Sql

from fte_database.repositories.privacy.inventory import FATES, Rule

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).resolve().parents[2]
QUERIES = ROOT / "database" / "fte_database" / "sql" / "queries"
WRITES = re.compile(r"(INSERT INTO|UPDATE) (embeddings|knowledge_)")
HOLDING = """
SELECT columns.table_name AS table, columns.column_name AS column, columns.is_nullable = 'YES' AS nullable
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND tables.table_type = 'BASE TABLE'
  AND NOT (columns.udt_name = ANY ($1::text[]))
"""
NUMBERS = ["uuid", "_uuid", "int2", "int4", "int8", "_int8", "float4", "float8", "numeric", "bool"]
TIMES = ["timestamptz", "date", "interval"]
"""Types that hold no words. Any other, also one that nobody has used yet, asks for a fate."""


async def test_every_column_that_can_hold_words_has_a_fate_and_no_other(sql: Sql) -> None:
    columns = {(row["table"], row["column"]) for row in await sql(HOLDING, [*NUMBERS, *TIMES])}
    listed = {(table, column) for table, fates in FATES.items() for column in fates}
    assert sorted(columns - listed) == []
    assert sorted(listed - columns) == []


def test_what_is_kept_says_why() -> None:
    fates = [fate for columns in FATES.values() for fate in columns.values()]
    assert all((fate.rule is Rule.KEEP) == bool(fate.why) for fate in fates)


def test_a_row_goes_as_a_whole() -> None:
    for table, columns in FATES.items():
        rules = {fate.rule for fate in columns.values()}
        assert Rule.DELETE not in rules or rules == {Rule.DELETE}, table


def test_what_customers_ask_is_kept_by_no_embedding_cache_and_no_knowledge_table() -> None:
    """They are filled by the knowledge Job alone, which reads documents; ``knowledge_ports`` is its composition."""
    sources = {
        path: path.read_text("utf-8") for each in ("runtime", "database") for path in (ROOT / each).rglob("*.py")
    }
    users = {path.name for path, text in sources.items() if "import PostgresEmbeddingCache" in text}
    writers = {path.stem for path in QUERIES.glob("*.sql") if WRITES.search(path.read_text("utf-8"))}
    wiring = (ROOT / "runtime/fte_runtime/wiring/knowledge.py").read_text("utf-8")
    assert users == {"knowledge.py"} and writers == {"knowledge"}
    assert wiring.count("PostgresEmbeddingCache(") == 1
    assert "PostgresEmbeddingCache(" in wiring.partition("async def knowledge_ports")[2].partition("\n@")[0]


async def test_a_new_column_or_table_is_noticed(sql: Sql) -> None:
    await sql("ALTER TABLE tickets ADD COLUMN remark text")
    await sql("CREATE TABLE remarks (id bigint, of_whom inet)")
    columns = {(row["table"], row["column"]) for row in await sql(HOLDING, [*NUMBERS, *TIMES])}
    listed = {(table, column) for table, fates in FATES.items() for column in fates}
    assert columns - listed == {("tickets", "remark"), ("remarks", "of_whom")}
