"""An HTTP server inside a process that has its own idea of signals."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

GRACE_SECONDS = 10
PROBE_GRACE_SECONDS = 1
"""Where only probes are served."""

MAX_CONNECTIONS = 1000
"""Open at once, idle ones too; one more is answered 503. Bodies of 256 KiB on all of them fit the memory."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's business; uvicorn would raise them again before we have cleaned up."""
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, port: int, *, grace_seconds: int = GRACE_SECONDS) -> AsyncIterator[None]:
    """Serve ``app`` while the block runs, then let requests in flight end within ``grace_seconds``."""
    config = uvicorn.Config(
        app,
        host="0.0.0.0",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nobody asks who the client is
        lifespan="off",
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=grace_seconds,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(), name="http")
    try:
        yield
    finally:
        server.should_exit = True
        await task


def shutdown_event() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
