"""The HTTP server around an application of two routes, for tests of what it does with connections."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx
from data_plane import until
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fte_runtime.commands import server

HEAD = b"POST /echo HTTP/1.1\r\nhost: x\r\n"


class Served:
    """A real server; `held` requests wait until `free` is set.

    ``asked`` counts what came to a handler, ``names`` are the headers of what came last.
    """

    def __init__(self, port: int) -> None:
        self.port, self.free, self.asked = port, asyncio.Event(), 0
        self.names: list[bytes] = []

    async def open(self, data: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        await writer.drain()
        return reader, writer

    async def told(self, *pieces: bytes) -> bytes:
        """All that is answered to these pieces until the connection ends."""
        reader, writer = await self.open()
        for piece in pieces:
            writer.write(piece)
            try:
                await writer.drain()
            except ConnectionError:
                break
        try:
            return await asyncio.wait_for(reader.read(), 20)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def status(self) -> int:
        """What an honest visitor is answered."""
        async with httpx.AsyncClient() as http:
            response = await http.post(f"http://127.0.0.1:{self.port}/echo", content=b"Hello")
            return response.status_code

    async def becomes(self, wanted: int, seconds: float = 20) -> None:
        async def became() -> bool:
            try:
                return await self.status() == wanted
            except httpx.TransportError:
                return False

        await until(became, seconds, f"the status {wanted}")


async def serve(served: Served, stop: asyncio.Event) -> None:
    """Until ``stop``, with the limits that are set when it begins."""

    async def echo(request: Request) -> Response:
        served.asked += 1
        body = await request.body()
        served.names = [name for name, _ in request.scope["headers"]]
        return PlainTextResponse(body)

    async def held(_: Request) -> Response:
        served.asked += 1
        await served.free.wait()
        return PlainTextResponse("held")

    routes = [Route("/echo", echo, methods=["POST"]), Route("/held", held)]
    async with server.serving(Starlette(routes=routes), served.port, grace_seconds=0):
        await stop.wait()


Start = Callable[[], Awaitable[Served]]


def faults(answer: bytes) -> list[str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head and b"connection: close" in head
    return [error["code"] for error in json.loads(body)["errors"]]
