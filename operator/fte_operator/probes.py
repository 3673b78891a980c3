"""The operator's own HTTP server: ``/healthz``, ``/readyz``, ``/metrics``.

kopf has one too, but a follower runs no kopf. A follower is ready: readiness says the process can take over.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], str | None]
"""None while healthy, else what is wrong."""


@asynccontextmanager
async def serve(port: int, *, live: Check, ready: Check) -> AsyncIterator[int]:
    """Serve until the context ends; gives the port (of use with port 0)."""
    app = web.Application()
    app.router.add_get("/healthz", _handler(live))
    app.router.add_get("/readyz", _handler(ready))
    app.router.add_get("/metrics", _metrics)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, keepalive_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "0.0.0.0", port)
    try:
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _handler(check: Check) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        fault = check()
        return web.Response(text=fault or "ok", status=503 if fault else 200)

    return answer


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
