"""Every column that can hold a customer's words has a fate, so that a new one cannot be forgotten."""

import pytest
from crm import Sql

from fte_database.repositories.privacy.inventory import FATES, Rule

pytestmark = pytest.mark.postgres

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


async def test_a_new_column_or_table_is_noticed(sql: Sql) -> None:
    await sql("ALTER TABLE tickets ADD COLUMN remark text")
    await sql("CREATE TABLE remarks (id bigint, of_whom inet)")
    columns = {(row["table"], row["column"]) for row in await sql(HOLDING, [*NUMBERS, *TIMES])}
    listed = {(table, column) for table, fates in FATES.items() for column in fates}
    assert columns - listed == {("tickets", "remark"), ("remarks", "of_whom")}
