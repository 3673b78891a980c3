"""A hosted model behind real processes: a ticket through it, a wrong key told and healed, the key nowhere."""

from typing import Any

import asyncpg
import pytest
from data_plane import FACT, DataPlane, until
from model_endpoint import Endpoint, an_endpoint

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

KEY = "key-canary-4711"
WRONG = "wrong-canary-0815"


@pytest.fixture
async def endpoint(data_plane: DataPlane) -> Endpoint:
    return await an_endpoint(data_plane, KEY)


async def model_part(plane: DataPlane) -> dict[str, Any] | None:
    report = (await plane.http.get(f"{plane.inner}/health")).json()
    part: dict[str, Any] | None = report["answering"].get("model")
    return part


async def until_model(plane: DataPlane, *, ok: bool) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        part = await model_part(plane)
        return part if part is not None and part["ok"] == ok else None

    return await until(ask, 60, "the model's part of /health") or {}


async def rows_with(plane: DataPlane, text: str) -> list[str]:
    """Tables of which a row holds ``text``."""
    names = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    tables = [row[0] for row in await plane.rows(names)]
    assert len(tables) > 10
    connection = await asyncpg.connect(plane.database_url)
    try:
        found = []
        for table in tables:
            count = f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE $1'  # noqa: S608
            found.append((table, await connection.fetchval(count, f"%{text}%")))
    finally:
        await connection.close()
    return [table for table, count in found if count]


async def leaks(plane: DataPlane, key: str) -> list[str]:
    """Logs, documents, rows and reports that hold the key."""
    files = [path for path in plane.folder.iterdir() if path.is_file() and key in path.read_text(errors="replace")]
    report = (await plane.http.get(f"{plane.inner}/health")).text
    return [path.name for path in files] + await rows_with(plane, key) + (["health"] if key in report else [])


async def test_a_ticket_is_answered_through_the_model_and_the_key_stands_nowhere(
    data_plane: DataPlane, endpoint: Endpoint
) -> None:
    data_plane.use_model(endpoint.base_url, KEY)
    await data_plane.api()
    await data_plane.worker()
    assert (await until_model(data_plane, ok=True))["error"] is None
    ticket = await data_plane.submit()
    page = await data_plane.answered(ticket, seconds=60)
    _, reply = page["messages"]
    assert (reply["author"], FACT in reply["text"]) == ("ai", True)
    [run] = await data_plane.rows("SELECT model, input_tokens FROM agent_runs")
    assert run["model"] == "gpt-4o" and run["input_tokens"] > 0
    assert '"operation": "chat"' in endpoint.journal.read_text()
    assert await leaks(data_plane, KEY) == []
    assert await rows_with(data_plane, FACT), "the search finds what is there"


async def test_a_wrong_key_is_told_while_nobody_writes_and_heals_and_no_ticket_is_lost(
    data_plane: DataPlane, endpoint: Endpoint
) -> None:
    data_plane.use_model(endpoint.base_url, WRONG)
    await data_plane.api()
    worker = await data_plane.worker(answer_deadline_seconds=5)
    told = await until_model(data_plane, ok=False)
    assert told["error"] == "credentials: the model's endpoint refuses the key"
    ticket = await data_plane.submit()
    page = await data_plane.answered(ticket, seconds=90)
    assert (page["status"], [m["author"] for m in page["messages"]]) == ("escalated", ["customer", "system"])
    assert await data_plane.rows("SELECT DISTINCT reason_code FROM escalations") == [("overdue",)]
    assert await data_plane.stop(worker) == 0
    assert await leaks(data_plane, WRONG) == []
    data_plane.use_model(endpoint.base_url, KEY)
    await data_plane.worker()
    await until_model(data_plane, ok=True)
    page = await data_plane.answered(await data_plane.submit(), seconds=60)
    assert [m["author"] for m in page["messages"]] == ["customer", "ai"]
