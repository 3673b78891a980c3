"""A person merges two customers and takes it back: nothing is lost, whatever happened in between."""

import asyncio
from collections.abc import Awaitable
from uuid import UUID, uuid4

import pytest
from crm import Sql, answer, replied
from identity_world import ADA, ADAS_PHONE, by_chat, by_form, by_mail, dump, families, identity_store, past, turn

from fte_database.errors import AlreadyMerged, MergeCycle, MergeRefused, NoSuchCustomer, NotMerged, SameCustomer
from fte_database.pool import Database
from fte_database.repositories.merges import PostgresMergeStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

LOGS = frozenset({"customer_merges", "audit_log"})
"""What remembers that there was a merge."""

Records = dict[str, UUID]


@pytest.fixture
def store(database: Database) -> PostgresTicketStore:
    return identity_store(database)


@pytest.fixture
def merges(database: Database) -> PostgresMergeStore:
    return PostgresMergeStore(database)


async def people(store: PostgresTicketStore, sql: Sql, count: int = 3) -> list[UUID]:
    """As many records, each with a number, the oldest first."""
    for number in range(count):
        await replied(store, by_chat(f"I am {number}", f"+4917055503{number:02d}"), answer())
    return [row["customer_id"] for row in await sql("SELECT customer_id FROM customer_identifiers ORDER BY id")]


async def test_a_merge_makes_one_customer_and_a_split_restores_every_row(
    store: PostgresTicketStore, merges: PostgresMergeStore, database: Database, sql: Sql
) -> None:
    await replied(store, by_mail("by mail"), answer())
    await replied(store, by_chat("by chat"), answer())
    await replied(store, by_form("by form"), answer())
    before, found = await dump(sql, LOGS), await families(sql)
    merge = await merges.merge(found[ADAS_PHONE], found[ADA], actor="bob", reason="she told me on the phone")
    during = await dump(sql, LOGS)
    assert {name for name in before if before[name] != during[name]} == {"customers"}
    assert len(set((await families(sql)).values())) == 1
    assert await merges.split(merge, actor="eve") == found[ADAS_PHONE]
    assert await dump(sql, LOGS) == before
    assert [(row["actor"], row["action"], row["subject"]) for row in await sql("SELECT * FROM audit_log")] == [
        ("bob", "customer_merge", str(found[ADAS_PHONE])),
        ("eve", "customer_split", str(found[ADAS_PHONE])),
    ]
    [row] = await sql("SELECT actor, reason, split_by, split_at IS NOT NULL AS split FROM customer_merges")
    assert tuple(row.values()) == ("bob", "she told me on the phone", "eve", True)


async def test_what_came_after_the_merge_is_its_writer_s_again_after_the_split(
    store: PostgresTicketStore, merges: PostgresMergeStore, database: Database, sql: Sql
) -> None:
    await replied(store, by_mail("mail 1", thread_key="1"), answer())
    await replied(store, by_chat("chat 1"), answer())
    found = await families(sql)
    await merges.merge(found[ADAS_PHONE], found[ADA], actor="bob", reason="one person")
    mailed = await turn(store, by_mail("mail 2", thread_key="2"))
    chatted = await turn(store, by_chat("chat 2"))
    assert {each.question for each in (await past(database, mailed)).tickets} == {"mail 1", "chat 2"}
    assert {each.question for each in (await past(database, chatted)).tickets} == {"mail 1", "mail 2"}
    await merges.split(found[ADAS_PHONE], actor="bob")
    assert {each.question for each in (await past(database, mailed)).tickets} == {"mail 1"}
    assert (await past(database, chatted)).tickets == ()


async def test_a_merge_of_a_merged_family_is_undone_in_any_order(
    store: PostgresTicketStore, merges: PostgresMergeStore, sql: Sql
) -> None:
    a, b, c = await people(store, sql)
    first = await merges.merge(a, b, actor="bob", reason="")
    await merges.merge(b, c, actor="bob", reason="")
    assert set((await families(sql)).values()) == {c}
    await merges.split(first, actor="bob")
    assert list((await families(sql)).values()) == [a, c, c]
    await merges.merge(a, b, actor="bob", reason="again")
    await merges.split(b, actor="bob")
    assert list((await families(sql)).values()) == [b, b, c]


async def test_what_cannot_be_merged_names_both_and_changes_nothing(
    store: PostgresTicketStore, merges: PostgresMergeStore, sql: Sql
) -> None:
    a, b, c = await people(store, sql)
    await merges.merge(a, b, actor="bob", reason="")
    before = await dump(sql, LOGS), await sql("SELECT * FROM customer_merges"), await sql("SELECT * FROM audit_log")
    nobody = uuid4()
    refused: list[tuple[UUID, UUID, type[MergeRefused], tuple[UUID, ...]]] = [
        (c, c, SameCustomer, (c, c)),
        (c, nobody, NoSuchCustomer, (nobody,)),
        (nobody, c, NoSuchCustomer, (nobody,)),
        (a, c, AlreadyMerged, (a, c)),
        (a, b, AlreadyMerged, (a, b)),
        (b, a, MergeCycle, (b, a)),
    ]
    for victim, survivor, error, named in refused:
        with pytest.raises(error) as caught:
            await merges.merge(victim, survivor, actor="bob", reason="")
        assert caught.value.customers == named and not caught.value.retryable
        assert all(str(each) in str(caught.value) for each in named)
    for target in (c, b, nobody):
        with pytest.raises(NotMerged, match=str(target)):
            await merges.split(target, actor="bob")
    assert (
        await dump(sql, LOGS),
        await sql("SELECT * FROM customer_merges"),
        await sql("SELECT * FROM audit_log"),
    ) == before


async def test_an_erased_customer_is_merged_with_nobody(
    store: PostgresTicketStore, merges: PostgresMergeStore, sql: Sql
) -> None:
    a, b, _ = await people(store, sql)
    await sql("UPDATE customers SET erased_at = now() WHERE id = $1", a)
    for victim, survivor in ((a, b), (b, a)):
        with pytest.raises(NoSuchCustomer, match=str(a)):
            await merges.merge(victim, survivor, actor="bob", reason="")


async def refusals(*calls: Awaitable[object]) -> list[type]:
    """What those were refused with that did not succeed."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    return [type(each) for each in results if not isinstance(each, UUID)]


async def test_of_two_merges_in_opposite_directions_at_once_one_wins(
    store: PostgresTicketStore, merges: PostgresMergeStore, sql: Sql
) -> None:
    a, b, _ = await people(store, sql)
    for _ in range(10):
        both = (merges.merge(a, b, actor="bob", reason=""), merges.merge(b, a, actor="eve", reason=""))
        assert await refusals(*both) == [MergeCycle]
        [row] = await sql("SELECT victim FROM customer_merges WHERE split_at IS NULL")
        await merges.split(row["victim"], actor="bob")


async def test_of_merges_in_a_ring_at_once_one_is_refused(
    store: PostgresTicketStore, merges: PostgresMergeStore, sql: Sql
) -> None:
    ids = await people(store, sql, 5)
    ring = [merges.merge(one, other, actor="bob", reason="") for one, other in zip(ids, ids[1:] + ids[:1], strict=True)]
    assert await refusals(*ring) == [MergeCycle]
    assert len(set((await families(sql)).values())) == 1


async def test_one_merge_is_split_once(store: PostgresTicketStore, merges: PostgresMergeStore, sql: Sql) -> None:
    a, b, _ = await people(store, sql)
    merge = await merges.merge(a, b, actor="bob", reason="")
    splits = [merges.split(target, actor="bob") for target in (merge, a, merge)]
    assert await refusals(*splits) == [NotMerged, NotMerged]
