"""A broker and a database of one run's own, which it may stop: `hack/services` with another folder and other ports."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from data_plane import ROOT, free_port

PODS_OFFSET = 10000


class Services:
    """Kafka and PostgreSQL below ``folder``; the jars that were fetched once are shared."""

    def __init__(self, folder: Path) -> None:
        given = os.environ.get("FTE_CACHE") or Path.home() / ".cache" / "digital-fte"
        cache = folder / "cache"
        cache.mkdir()
        jars = Path(given) / "kafka"
        jars.mkdir(parents=True, exist_ok=True)
        (cache / "kafka").symlink_to(jars)
        own = {"FTE_CACHE": cache, "FTE_KAFKA_PORT": _broker_port(), "FTE_POSTGRES_PORT": free_port()}
        inherited = {name: value for name, value in os.environ.items() if name not in ("FTE_KAFKA", "FTE_DATABASE_URL")}
        self._environment = inherited | {name: str(value) for name, value in own.items()}

    async def start(self, *names: str) -> None:
        """Start them and wait until they answer."""
        await self._run("start", *names)

    async def stop(self, *names: str) -> None:
        """Stop them in order."""
        await self._run("stop", *names)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """A service and its children stand still for as long as this lasts."""
        first = int((Path(self._environment["FTE_CACHE"]) / "services" / name / "pid").read_text())
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        processes = [first, *map(int, children)]
        for number in processes:
            os.kill(number, signal.SIGSTOP)
        try:
            yield
        finally:
            for number in processes:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGCONT)

    async def addresses(self) -> dict[str, str]:
        """Their addresses by variable name."""
        return dict(line.split("=", 1) for line in (await self._run("env")).splitlines())

    async def _run(self, verb: str, *names: str) -> str:
        def run() -> str:
            command = [str(ROOT / "hack" / "services"), verb, *([" ".join(names)] if names else [])]
            result = subprocess.run(
                command, env=self._environment, capture_output=True, text=True, timeout=300, check=False
            )
            assert result.returncode == 0, result.stderr
            return result.stdout

        return await asyncio.to_thread(run)


def _broker_port() -> int:
    """A port that is free together with those `hack/services` derives from it."""
    while True:
        first = 20000 + secrets.randbelow(6000) * 2
        try:
            for port in (first, first + 1, first + PODS_OFFSET):
                with socket.socket() as listener:
                    listener.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
