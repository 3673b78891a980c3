"""The API on doubles: everything real but the bus, the clock and the ticket rows. And the HTTP server alone."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from api_world import WEBSITE, Api, an_api
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
