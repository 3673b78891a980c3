"""The API on doubles: everything real but the bus, the clock and the ticket rows."""

from collections.abc import AsyncIterator

import pytest
from api_world import WEBSITE, Api, an_api


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with an_api(WEBSITE, public_url="https://help.example.org") as it:
        yield it


@pytest.fixture
async def two_forms() -> AsyncIterator[Api]:
    async with an_api(WEBSITE, WEBSITE.model_copy(update={"name": "shop"})) as it:
        yield it
