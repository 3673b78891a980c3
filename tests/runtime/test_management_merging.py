"""Merge and split by an admin, over a real database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from crm import chat, form, mail
from management_world import ADMIN, Managed, managed, problems

from fte_agent.domain.messages import Identifier
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Managed]:
    async with managed(database_url, tmp_path) as it:
        yield it


@pytest.fixture
async def three(api: Managed, database_url: str) -> list[UUID]:
    """Three customers: by mail, by number, by form."""
    store = PostgresTicketStore(api.database, topic_prefix="shop")
    for message in (mail(), chat(), form(sender=Identifier("email", "b@example.com"))):
        await store.ingest(message)
    return [row["id"] for row in await rows(database_url, "SELECT id FROM customers ORDER BY created_at")]


async def rows(url: str, statement: str, *arguments: Any) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch(statement, *arguments)]
    finally:
        await connection.close()


async def merge(api: Managed, victim: UUID, into: UUID, reason: str = "one person") -> Any:
    return await api.post(f"/customers/{victim}/merge", {"into": str(into), "reason": reason})


async def split(api: Managed, customer: UUID, merge_id: str | None = None) -> Any:
    return await api.post(f"/customers/{customer}/split", {"merge_id": merge_id, "reason": "two persons after all"})


async def roots(url: str, customers: list[UUID]) -> list[UUID]:
    found = await rows(url, "SELECT id, customer_root(id) AS root FROM customers")
    by_id = {row["id"]: row["root"] for row in found}
    return [by_id[each] for each in customers]


@pytest.mark.parametrize("by_id", [True, False], ids=["by the merge", "by the customer"])
async def test_a_merge_is_undone_by_a_split(api: Managed, database_url: str, three: list[UUID], by_id: bool) -> None:
    a, b, c = three
    made = await merge(api, b, a)
    assert made.status_code == 200
    assert await roots(database_url, three) == [a, a, c]
    undone = await split(api, b, made.json()["merge_id"] if by_id else None)
    assert undone.json() == {"customer_id": str(b)}
    assert await roots(database_url, three) == three


async def test_both_leave_a_line_with_who_what_and_why_and_no_token(
    api: Managed, database_url: str, three: list[UUID]
) -> None:
    a, b, _ = three
    await merge(api, b, a, "the same invoice")
    await split(api, b)
    noted = await rows(database_url, "SELECT actor, action, subject, detail::text FROM audit_log ORDER BY id")
    assert [(each["action"], each["subject"]) for each in noted] == [
        ("customer_merge", str(b)),
        ("customer_split", str(b)),
    ]
    assert all(each["actor"].startswith("admin/") for each in noted)
    assert "the same invoice" in noted[0]["detail"]
    assert str(a) in noted[0]["detail"]
    assert "two persons after all" in noted[1]["detail"]
    assert ADMIN not in str(noted)


async def test_what_contradicts_itself_is_a_conflict_that_names_both(
    api: Managed, database_url: str, three: list[UUID]
) -> None:
    a, b, c = three
    await merge(api, b, a)
    expected = {(b, c): "already_merged", (b, a): "already_merged", (a, b): "merge_cycle", (a, a): "same_customer"}
    for (victim, into), code in expected.items():
        refused = await merge(api, victim, into)
        assert refused.status_code == 409, (victim, into)
        (fault,) = refused.json()["errors"]
        assert fault["code"] == code
        assert str(victim) in fault["message"]
        assert str(into) in fault["message"]
    assert await roots(database_url, three) == [a, a, c], "nothing of it happened"


async def test_who_is_not_there_is_404_and_named_by_the_field(api: Managed, three: list[UUID]) -> None:
    nobody = uuid4()
    for victim, into, field in ((nobody, three[0], "customer_id"), (three[0], nobody, "into")):
        refused = await merge(api, victim, into)
        assert refused.status_code == 404
        assert problems(refused) == [(field, "not_found")]


@pytest.mark.parametrize("given", [None, "00000000-0000-4000-8000-000000000000"])
async def test_a_split_of_what_is_not_merged_is_a_conflict(api: Managed, three: list[UUID], given: str | None) -> None:
    refused = await split(api, three[0], given)
    assert refused.status_code == 409
    assert (given or str(three[0])) in refused.json()["errors"][0]["message"]


async def test_a_merge_is_split_by_any_record_of_its_customer_and_by_no_other(
    api: Managed, database_url: str, three: list[UUID]
) -> None:
    a, b, c = three
    for customer, status in ((a, 200), (b, 200), (c, 409), (uuid4(), 409)):
        made = (await merge(api, b, a)).json()["merge_id"]
        ended = await split(api, customer, made)
        assert ended.status_code == status
        if status == 409:
            assert problems(ended) == [("customer_id", "not_merged")]
            assert {made, str(customer)} <= set(ended.json()["errors"][0]["message"].replace(";", "").split())
            assert await roots(database_url, three) == [a, a, c]
            await split(api, b)


async def test_of_two_merges_in_opposite_directions_at_once_one_wins(
    api: Managed, database_url: str, three: list[UUID]
) -> None:
    a, b, _ = three
    for _ in range(5):
        answers = await asyncio.gather(merge(api, a, b), merge(api, b, a))
        assert sorted(each.status_code for each in answers) == [200, 409]
        root, same = (await roots(database_url, three))[:2]
        assert root == same
        await split(api, b if root == a else a)


async def test_a_split_of_one_of_several_leaves_the_others(api: Managed, database_url: str, three: list[UUID]) -> None:
    a, b, c = three
    await merge(api, c, b)
    await merge(api, b, a)
    assert await roots(database_url, three) == [a, a, a]
    await split(api, c)
    assert await roots(database_url, three) == [a, a, c]
