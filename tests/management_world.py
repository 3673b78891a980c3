"""The management API over a real database, with what customers said in it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from api_world import WEBSITE, an_api
from fastapi import FastAPI

from fte_agent.offline.embedder import shared_embedder
from fte_database.migrate import migrate
from fte_database.pool import Database
from fte_database.repositories.privacy.erasures import Erasure, ErasureStore, Refusal
from fte_runtime.errors import BusUnavailable
from fte_runtime.management.tokens import load_management_tokens
from fte_runtime.wiring.management import management_on

OWNER = "shop/helper"
READER, AGENT, ADMIN = "r" * 32, "a" * 32, "A" * 40
TOKENS = {"reader": READER, "agent": AGENT, "admin": ADMIN}


class CountingDatabase(Database):
    """Notes every statement that its connections are sent."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.statements: list[str] = []

    async def _prepare(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await super()._prepare(connection)
        connection.add_query_logger(lambda record: self.statements.append(record.query))


@dataclass
class Managed:
    """The API, the database behind it, and requests as each role."""

    http: httpx.AsyncClient
    database: CountingDatabase
    app: FastAPI
    counted: list[int] = field(default_factory=list)

    async def get(self, path: str, token: str | None = ADMIN, **params: object) -> httpx.Response:
        return await self.http.get(path, params=params or None, headers=bearer(token))  # type: ignore[arg-type]

    async def post(self, path: str, body: object, token: str | None = ADMIN) -> httpx.Response:
        return await self.http.post(path, json=body, headers=bearer(token))

    async def statements(self, path: str, token: str = ADMIN, **params: object) -> list[str]:
        """The statements of one request, on connections that are open already."""
        before = len(self.database.statements)
        await self.get(path, token, **params)
        return self.database.statements[before:]


def bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"authorization": f"Bearer {token}"}


def token_files(folder: Path, **changes: str) -> Path:
    """A folder as it is mounted; ``changes`` are contents by role."""
    folder.mkdir(exist_ok=True)
    for role, content in {**TOKENS, **changes}.items():
        (folder / role).write_text(content)
    return folder


@asynccontextmanager
async def managed(url: str, folder: Path) -> AsyncIterator[Managed]:
    """The API over the database at ``url``, which is migrated."""
    await migrate(url, OWNER)
    database = CountingDatabase(url, owner=OWNER, size=4, application_name="test")
    await database.open()
    try:
        tokens = load_management_tokens(token_files(folder / "tokens"))
        async with an_api(
            WEBSITE, management=management_on(database, tokens, shared_embedder(), TablesAlone(ErasureStore(database)))
        ) as api:
            yield Managed(api.http, database, api.http._transport.app)  # type: ignore[attr-defined]
    finally:
        await database.close()


def problems(response: httpx.Response) -> Sequence[tuple[str, str]]:
    """What a problem names: fields and codes."""
    assert response.headers["content-type"] == "application/problem+json"
    return [(each["field"], each["code"]) for each in response.json()["errors"]]


class TablesAlone:
    """An erasure whose topics are erased in no time; one that is `down` ends before them."""

    def __init__(self, store: ErasureStore) -> None:
        self._store = store
        self.down = False

    async def erase(self, customer: UUID, actor: str, *, force: bool = False) -> Erasure | Refusal | None:
        done = await self._store.erase(customer, actor, force=force)
        if self.down:
            raise BusUnavailable("Kafka is away")
        if isinstance(done, Erasure) and done.finished_at is None:
            return await self._store.finish(done.id, {})
        return done
