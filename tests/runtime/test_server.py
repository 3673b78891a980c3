"""The HTTP server around an application: what it does with more connections than it holds."""

import asyncio

import httpx
from data_plane import free_port, until
from starlette.responses import PlainTextResponse

from fte_runtime.commands import server


async def test_one_connection_too_many_is_refused_and_a_place_is_free_again(monkeypatch):
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 3)
    port = free_port()
    async with server.serving(PlainTextResponse("well"), port), httpx.AsyncClient() as http:

        async def status() -> int:
            response = await http.get(f"http://127.0.0.1:{port}/", headers={"connection": "close"})
            return response.status_code

        await _becomes(status, 200)
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        await _becomes(status, 503)
        for _, writer in idle:
            writer.close()
        await _becomes(status, 200)


async def _becomes(ask, wanted, seconds=10):
    async def became():
        try:
            return await ask() == wanted
        except httpx.ConnectError:
            return False

    await until(became, seconds, f"the status {wanted}")
