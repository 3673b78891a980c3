"""A load of prepared HTTP/1.1 requests over a fixed number of connections, and what a server's CPU did meanwhile."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """One load: requests answered with the expected status, and CPU seconds of the server."""

    requests: int
    cpu_seconds: float

    @property
    def cpu_us(self) -> float:
        """CPU of one request, in microseconds."""
        return self.cpu_seconds / self.requests * 1_000_000


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, to the nanosecond: /proc counts in hundredths of a second.

    The clock's id as ``clock_getcpuclockid`` of the C library makes it for a process.
    """
    return time.clock_gettime((~pid << 3) | 2)


def rss_mib(pid: int) -> float:
    """Resident memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else float("nan")


async def load(pid: int, port: int, requests: Sequence[bytes], *, connections: int, status: int) -> Loaded:
    """Send ``requests`` as fast as answers come; fails on any other status."""
    waiting = iter(requests)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for request in waiting:
                writer.write(request)
                await _answer(reader, status)
        finally:
            writer.close()

    before = cpu_seconds(pid)
    await asyncio.gather(*(connection() for _ in range(connections)))
    return Loaded(len(requests), cpu_seconds(pid) - before)


async def _answer(reader: asyncio.StreamReader, status: int) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    if int(head.split(b" ", 2)[1]) != status:
        raise AssertionError(f"expected {status}: {head[:200]!r} {body[:200]!r}")


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "host: bench", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def get(path: str) -> bytes:
    """A request without a body."""
    return f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode()
