"""An HTTP server inside a process that has its own idea of signals."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from fte_runtime.commands.guarded_http import GuardedProtocol, guarded

GRACE_SECONDS = 10
PROBE_GRACE_SECONDS = 1
"""Where only probes are served."""

MAX_CONNECTIONS = 1000
"""Open at once; one more is answered 503. Bodies of 256 KiB on all of them fit the memory.

At nine tenths of it those that wait for their visitor make room.
"""

_TICKS = 2
"""Of a tenth of a second, between two looks for connections that are overdue."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, listening: asyncio.Event) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell that it listens."""
        await super().startup(sockets)
        if self.started:
            self._listening.set()

    async def on_tick(self, counter: int) -> bool:
        """End what is overdue."""
        if counter % _TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                cast(GuardedProtocol, connection).look(now)
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's business; uvicorn would raise them again before we have cleaned up."""
        yield


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp, port: int, *, grace_seconds: int = GRACE_SECONDS, listening: asyncio.Event | None = None
) -> AsyncIterator[None]:
    """Serve ``app`` while the block runs, then let requests in flight end within ``grace_seconds``.

    ``listening`` is set once connections are taken.
    """
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
        http=guarded(MAX_CONNECTIONS * 9 // 10),
        ws="none",
        timeout_graceful_shutdown=grace_seconds,
    )
    server = _Server(config, listening or asyncio.Event())
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
