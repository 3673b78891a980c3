import aiohttp
import pytest

from fte_operator import probes


@pytest.fixture
async def faults():
    return {"live": None, "ready": None}


@pytest.fixture
async def get(faults):
    server = probes.serve(0, live=lambda: faults["live"], ready=lambda: faults["ready"])
    async with server as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:

        async def get(path):
            async with session.get(path) as answer:
                return answer.status, await answer.text()

        yield get


@pytest.mark.parametrize(("path", "which"), [("/healthz", "live"), ("/readyz", "ready")])
async def test_a_probe_says_what_is_wrong(get, faults, path, which):
    assert await get(path) == (200, "ok")
    faults[which] = "watches of Secret deliver nothing"
    assert await get(path) == (503, "watches of Secret deliver nothing")


async def test_metrics_are_served(get):
    status, text = await get("/metrics")
    assert status == 200
    assert "fte_operator_leader" in text
