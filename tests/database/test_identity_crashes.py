"""A process that dies after any statement of a claim, a proof, a merge or a split leaves all of it or nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
from crm import Sql, answer, replied
from identity_world import (
    ADA,
    ADAS_PHONE,
    CODES,
    CountedDatabase,
    by_chat,
    by_form,
    by_mail,
    confirm_form,
    dump,
    families,
    identity_store,
    last_code,
    turn,
    wish,
)

from fte_agent.domain.identity import Claimed
from fte_database.pool import Connection, Database
from fte_database.repositories.merges import PostgresMergeStore

pytestmark = pytest.mark.postgres

MAIL = Claimed("email", ADA)
MOST = 200


class Died(Exception):
    """The process is gone."""


class Mortal:
    """A connection whose process dies when its database has run out of statements."""

    def __init__(self, connection: Connection, database: "MortalDatabase") -> None:
        self._connection, self._database = connection, database

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)

        async def called(*arguments: Any) -> Any:
            result = await method(*arguments)
            self._database.left -= 1
            if self._database.left == 0:
                raise Died
            return result

        return called


class MortalDatabase(Database):
    """``left`` counts the statements of all its transactions; 0 lets it live."""

    left = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as connection:
            yield cast(Connection, Mortal(connection, self)) if self.left else connection


@pytest.fixture
async def mortal(migrated_url: str) -> AsyncIterator[MortalDatabase]:
    database = MortalDatabase(migrated_url, owner="shop/helper")
    await database.open()
    yield database
    await database.close()


async def dies_everywhere(mortal: MortalDatabase, sql: Sql, act: Callable[[], Awaitable[object]]) -> int:
    """Die after each statement of ``act`` in turn until there is none more; how many there were."""
    before = await dump(sql)
    for number in range(1, MOST):
        mortal.left = number
        try:
            await act()
        except Died:
            assert await dump(sql) == before, number
        else:
            mortal.left = 0
            assert await dump(sql) != before
            return number - 1
    raise AssertionError("it never came to an end")


async def test_a_reply_that_announces_a_code_is_there_with_it_or_not_at_all(mortal: MortalDatabase, sql: Sql) -> None:
    store = identity_store(mortal)
    await turn(store, by_chat(), claimed=Claimed("email", "wrong@example.com"))
    await store.ingest(by_chat("No, this"))
    claim = await store.claim("w")
    assert claim is not None
    assert await dies_everywhere(mortal, sql, lambda: store.commit(claim, answer(claim=MAIL), revision="r")) > 10
    assert [row["state"] for row in await sql(CODES)] == ["cancelled", "pending"]


async def test_a_form_s_wish_for_a_code_is_kept_with_it_or_not_at_all(mortal: MortalDatabase, sql: Sql) -> None:
    store = identity_store(mortal)
    done = await replied(store, by_form(), answer())
    asked = wish(done.ticket_id, "asked")
    assert await dies_everywhere(mortal, sql, lambda: store.ingest(asked)) > 10
    given = wish(done.ticket_id, "code", await last_code(sql))
    assert await dies_everywhere(mortal, sql, lambda: store.ingest(given)) > 10
    assert await sql("SELECT email FROM customers") == [{"email": ADA}]


@pytest.mark.parametrize("known", [True, False])
async def test_a_proof_is_heard_with_all_that_follows_or_not_at_all(
    mortal: MortalDatabase, sql: Sql, known: bool
) -> None:
    store = identity_store(mortal)
    if known:
        await confirm_form(store, sql, await replied(store, by_form(), answer()))
    await turn(store, by_chat(), claimed=MAIL)
    code = by_chat(await last_code(sql))
    assert await dies_everywhere(mortal, sql, lambda: store.ingest(code)) > 15
    found = await families(sql)
    assert found[ADA] == found[ADAS_PHONE]


async def test_a_merge_and_a_split_are_whole_or_not_at_all(mortal: MortalDatabase, sql: Sql) -> None:
    store, merges = identity_store(mortal), PostgresMergeStore(mortal)
    await replied(store, by_mail(), answer())
    await replied(store, by_chat(), answer())
    found = await families(sql)

    def merge() -> Awaitable[object]:
        return merges.merge(found[ADAS_PHONE], found[ADA], actor="bob", reason="")

    assert await dies_everywhere(mortal, sql, merge) > 3
    assert await dies_everywhere(mortal, sql, lambda: merges.split(found[ADAS_PHONE], actor="bob")) > 2


async def test_an_ordinary_message_costs_one_statement_more_at_most(counted: CountedDatabase) -> None:
    """A form's in its ticket: whether that is confirmed. Nothing else asks before a message holds a code."""
    store = identity_store(counted)
    ours = {"claimed_by", "lock_identifiers", "lock_merges", "lock_roots", "find_claim", "is_confirmed", "is_proven"}
    for message, asked in ((by_mail(), []), (by_chat(), []), (by_form(), ["is_confirmed"])):
        await store.ingest(message)
        counted.asked.clear()
        await store.ingest(replace(message, dedupe_key="again", body="again"))
        await asyncio.sleep(0)
        assert [name for name in counted.asked if name in ours] == asked
