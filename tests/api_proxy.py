"""Between the operator and a real API server: refuses, loses events, ends watches."""

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import yaml
from aiohttp import web

PASSED_ON = ("Authorization", "Accept", "Content-Type", "User-Agent")


class ApiProxy:
    """``refusal`` gives the status to refuse a request with, or None; ``deaf_to`` are kinds, by their plural, of whose
    deletion no watch tells; ``lists`` counts what was listed."""

    def __init__(self, server: str, ca: str) -> None:
        self._server, self._tls = server, ssl.create_default_context(cafile=ca)
        self._ends: dict[str, asyncio.Event] = {}
        self.refusal: Callable[[web.Request], int | None] = lambda request: None
        self.deaf_to: set[str] = set()
        self.lists: Counter[str] = Counter()

    def expire(self, plural: str) -> None:
        """End the watches of a kind as an API server does that has forgotten their version."""
        self._ends.pop(plural, asyncio.Event()).set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        if status := self.refusal(request):
            body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": "refused"}
            return web.json_response(body, status=status)
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        plural, watches = request.path.rpartition("/")[2], request.query.get("watch") == "true"
        if request.method == "GET" and not watches:
            self.lists[plural] += 1
        async with (
            aiohttp.ClientSession(self._server, connector=aiohttp.TCPConnector(ssl=self._tls)) as session,
            session.request(
                request.method, request.raw_path, headers=headers, data=await request.read() or None, timeout=TIMEOUT
            ) as answer,
        ):
            if watches:
                return await self._stream(request, answer, plural)
            return web.Response(
                status=answer.status, body=await answer.read(), content_type=answer.content_type, charset="utf-8"
            )

    async def _stream(self, request: web.Request, answer: aiohttp.ClientResponse, plural: str) -> web.StreamResponse:
        stream = web.StreamResponse(status=answer.status, headers={"Content-Type": "application/json"})
        await stream.prepare(request)
        end = self._ends.setdefault(plural, asyncio.Event())
        ending = asyncio.ensure_future(end.wait())
        while True:
            line = asyncio.ensure_future(answer.content.readline())
            await asyncio.wait({line, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not line.done():
                line.cancel()
                await stream.write(EXPIRED)
                return stream
            if not (content := line.result()):
                ending.cancel()
                return stream
            if not (plural in self.deaf_to and json.loads(content)["type"] == "DELETED"):
                await stream.write(content)


TIMEOUT = aiohttp.ClientTimeout(total=None)
EXPIRED = json.dumps(
    {"type": "ERROR", "object": {"kind": "Status", "apiVersion": "v1", "code": 410, "reason": "Expired"}}
).encode()


def _lead(kubeconfig: Path, server: str) -> None:
    access = yaml.safe_load(kubeconfig.read_text())
    access["clusters"][0]["cluster"] = {"server": server}
    kubeconfig.write_text(yaml.safe_dump(access))


@asynccontextmanager
async def proxied(kubeconfig: Path) -> AsyncIterator[ApiProxy]:
    """A proxy that ``kubeconfig`` leads to from now on."""
    access = yaml.safe_load(await asyncio.to_thread(kubeconfig.read_text))
    cluster = access["clusters"][0]["cluster"]
    proxy = ApiProxy(cluster["server"], cluster["certificate-authority"])
    app = web.Application(client_max_size=0)
    app.router.add_route("*", "/{path:.*}", proxy.handle)
    runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await asyncio.to_thread(_lead, kubeconfig, f"http://127.0.0.1:{runner.addresses[0][1]}")
        yield proxy
    finally:
        await runner.cleanup()
