"""The routes that export and erase a customer, on a real database."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from api_world import WEBSITE, an_api
from crm import Sql
from management_world import ADMIN, TablesAlone, bearer, token_files
from privacy_world import Desk, Life

from fte_agent.offline.embedder import shared_embedder
from fte_database.migrate import migrate
from fte_database.pool import Database
from fte_database.repositories.privacy.erasures import ErasureStore
from fte_runtime.management.tokens import load_management_tokens
from fte_runtime.wiring.management import management_on

pytestmark = pytest.mark.postgres

CANARY = Life("kanarie", "1705550199")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await migrate(database_url, "shop/helper")
    database = Database(database_url, owner="shop/helper")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def sql(database: Database, database_url: str) -> AsyncIterator[Sql]:
    connection = await asyncpg.connect(database_url)

    async def run(statement: str, *arguments: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await connection.fetch(statement, *arguments)]

    yield run
    await connection.close()


@pytest.fixture
def erasing(database: Database) -> TablesAlone:
    return TablesAlone(ErasureStore(database))


@pytest.fixture
async def client(database: Database, erasing: TablesAlone, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    tokens = load_management_tokens(token_files(tmp_path / "tokens"))
    management = management_on(database, tokens, shared_embedder(), erasing)
    async with an_api(WEBSITE, management=management) as api:
        api.http.headers.update(bearer(ADMIN))
        yield api.http


async def lives(database: Database, sql: Sql, *, held: bool = False) -> UUID:
    desk = Desk.of(database, sql)
    await desk.store.ingest(CANARY.mail())
    claim = await desk.store.claim("w")
    assert claim is not None
    await desk.store.commit(claim, CANARY.escalation() if held else CANARY.answer(), revision="r")
    (customer,) = await desk.customers(CANARY)
    return customer  # type: ignore[no-any-return]


async def test_an_export_is_a_document_to_keep(client: httpx.AsyncClient, database: Database, sql: Sql) -> None:
    customer = await lives(database, sql)
    answer = await client.post(f"/customers/{customer}/export")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "private, no-store"
    assert f"customer-{customer}.json" in answer.headers["content-disposition"]
    assert CANARY.word in answer.text and answer.json()["email"] == CANARY.address


async def test_an_erasure_gives_a_receipt_and_the_same_again(
    client: httpx.AsyncClient, database: Database, sql: Sql
) -> None:
    customer = await lives(database, sql)
    first = await client.post(f"/customers/{customer}/erase")
    assert first.status_code == 200
    assert first.json()["customers"] == [str(customer)] and first.json()["actor"].startswith("admin")
    assert CANARY.word not in first.text
    again = await client.post(f"/customers/{customer}/erase", json={"force": True})
    assert again.json() == first.json()
    exported = await client.post(f"/customers/{customer}/export")
    assert exported.status_code == 200 and CANARY.word not in exported.text


async def test_what_a_person_has_is_a_409_that_names_it(
    client: httpx.AsyncClient, database: Database, sql: Sql
) -> None:
    customer = await lives(database, sql, held=True)
    answer = await client.post(f"/customers/{customer}/erase", json={})
    [fault] = answer.json()["errors"]
    [conversation] = await sql("SELECT id FROM conversations")
    assert answer.status_code == 409 and fault["code"] == "in_use"
    assert str(conversation["id"]) in fault["message"] and "force" in fault["message"]
    assert (await client.post(f"/customers/{customer}/erase", json={"force": True})).status_code == 200


async def test_what_is_not_done_to_its_end_is_to_be_asked_again(
    client: httpx.AsyncClient, database: Database, sql: Sql, erasing: TablesAlone
) -> None:
    customer, erasing.down = await lives(database, sql), True
    answer = await client.post(f"/customers/{customer}/erase")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    erasing.down = False
    assert (await client.post(f"/customers/{customer}/erase")).json()["finished_at"]


@pytest.mark.parametrize("route", ["export", "erase"])
async def test_bad_requests_are_problems(client: httpx.AsyncClient, route: str) -> None:
    unknown = await client.post(f"/customers/{uuid4()}/{route}")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (404, "customer_id")
    malformed = await client.post(f"/customers/ada/{route}")
    assert (malformed.status_code, malformed.json()["errors"][0]["field"]) == (422, "customer_id")
    assert (await client.post(f"/customers/{uuid4()}/{route}", headers={"authorization": ""})).status_code == 401
    for body in ({"force": "perhaps"}, {"forced": True}):
        assert route == "export" or (await client.post(f"/customers/{uuid4()}/erase", json=body)).status_code == 422
