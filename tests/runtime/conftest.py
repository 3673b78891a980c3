"""The API on doubles: everything real but the bus, the clock and the ticket rows. And the HTTP server alone."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from api_world import WEBSITE, Api, an_api
from evaluation_desk import a_desk
from hosted_desk import KEY, Hosted, model_endpoint
from learning_world import Desk
from learning_world import a_desk as a_learning_desk
from ports import free_port
from served import Served, Start, serve


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with an_api(WEBSITE, public_url="https://help.example.org") as it:
        yield it


@pytest.fixture
async def two_forms() -> AsyncIterator[Api]:
    async with an_api(WEBSITE, WEBSITE.model_copy(update={"name": "shop"})) as it:
        yield it


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts the server, with the limits that the test has set by then."""
    stop = asyncio.Event()
    running: list[asyncio.Task[None]] = []

    async def begin() -> Served:
        served = Served(free_port())
        running.append(asyncio.create_task(serve(served, stop)))
        await served.becomes(200)
        return served

    yield begin
    stop.set()
    await asyncio.gather(*running)


@pytest.fixture(scope="module")
def model_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A double of a model's endpoint as a process: its URL and its journal."""
    with model_endpoint(tmp_path_factory.mktemp("model")) as found:
        yield found


@pytest.fixture
def hosted(
    model_url: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Hosted]:
    """``fte-evaluate`` beside that endpoint, which is orderly again afterwards."""
    made = Hosted(a_desk(tmp_path, monkeypatch, capsys), *model_url)
    made.requests()
    yield made
    made.order("script", [])
    made.order("forget", {})
    made.order("keys", [KEY])


@pytest.fixture
async def learning_desk(database_url: str) -> AsyncIterator[Desk]:
    """Where the employee hands over and people answer, on real PostgreSQL."""
    async with a_learning_desk(database_url) as it:
        yield it
