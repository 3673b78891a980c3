"""The search with a hosted embedder, by its document: asked as a turn asks it, paid for, and honest when it fails."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from api_world import WEBSITE, an_api
from doubles.openai.double import KEY, OpenAIDouble
from doubles.openai.misbehaviour import Rule
from httpx import AsyncClient
from management_world import OWNER, READER, TablesAlone, bearer, problems, token_files

from fte_database.migrate import migrate
from fte_database.pool import Database
from fte_database.repositories.privacy.erasures import ErasureStore
from fte_runtime.config import ConfigError, Management
from fte_runtime.wiring.management import open_management

pytestmark = pytest.mark.postgres

MODEL = {"model": "text-embedding-3-small", "dimensions": 64, "price": 20_000}


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


def document(folder: Path, base_url: str) -> Management:
    (folder / "api-key").write_text(f"{KEY}\n")
    access = {"api_key_file": folder / "api-key", "base_url": base_url}
    return Management.model_validate({"tokens": token_files(folder / "tokens"), "embedding": access | MODEL})


@asynccontextmanager
async def opened(url: str, config: Management) -> AsyncIterator[AsyncClient]:
    await migrate(url, OWNER)
    async with AsyncExitStack() as resources:
        database = Database(url, owner=OWNER, size=2, application_name="test")
        await database.open()
        resources.push_async_callback(database.close)
        context = await open_management(config, database, TablesAlone(ErasureStore(database)), resources)
        yield (await resources.enter_async_context(an_api(WEBSITE, management=context))).http


async def ingested(url: str) -> None:
    """A snapshot of one section by that embedder, whatever it made of it."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "INSERT INTO knowledge_snapshots (snapshot, embedder, dimensions, sections) VALUES ('s', $1, 64, 1)",
            "text-embedding-3-small@64",
        )
        await connection.execute(
            "INSERT INTO knowledge_base (snapshot, embedder, source_uri, title, heading, content, embedding)"
            " VALUES ('s', $1, 'docs/a.md#a', 'A', 'Hours', 'We open at nine.', $2::text::halfvec)",
            "text-embedding-3-small@64",
            str([0.125] * 64),
        )
    finally:
        await connection.close()


async def spent(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT coalesce(sum(spent_micro_usd), 0) FROM budget_entries"))
    finally:
        await connection.close()


async def test_a_question_is_embedded_by_the_key_of_its_file_and_charged_to_the_day(
    database_url: str, tmp_path: Path, double: OpenAIDouble
) -> None:
    async with opened(database_url, document(tmp_path, double.base_url)) as http:
        await ingested(database_url)
        found = await http.get("/knowledge/search", params={"q": "When do you open?"}, headers=bearer(READER))
    assert found.status_code == 200
    assert [each["uri"] for each in found.json()["passages"]] == ["docs/a.md#a"]
    assert [body["input"] for body in double.journal.bodies()] == [["When do you open?"]]
    assert await spent(database_url) > 0


async def test_an_embedder_that_gives_nothing_is_a_503_that_says_so_and_shows_no_key(
    database_url: str, tmp_path: Path, double: OpenAIDouble
) -> None:
    double.script.add(Rule(on="embeddings", status=401, code="invalid_api_key", times=None))
    async with opened(database_url, document(tmp_path, double.base_url)) as http:
        await ingested(database_url)
        failed = await http.get("/knowledge/search", params={"q": "hours"}, headers=bearer(READER))
        listed = await http.get("/tickets", headers=bearer(READER))
    assert failed.status_code == 503
    assert problems(failed) == [("embedder", "unavailable")]
    assert KEY not in failed.text
    assert listed.status_code == 200


async def test_a_document_whose_files_are_wrong_says_which(
    database_url: str, tmp_path: Path, double: OpenAIDouble
) -> None:
    right = document(tmp_path, double.base_url)
    (tmp_path / "tokens" / "agent").write_text("short")
    with pytest.raises(ConfigError, match="tokens/agent: line 1 is no token"):
        async with opened(database_url, right):
            pass
    with pytest.raises(ConfigError, match="api-key: cannot be read"):
        async with opened(database_url, document_without_key(tmp_path, double.base_url)):
            pass


def document_without_key(folder: Path, base_url: str) -> Management:
    found = document(folder, base_url)
    (folder / "api-key").unlink()
    return found
