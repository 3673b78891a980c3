"""A broker and a database of one run's own, which it may stop: `hack/services` with another folder and other ports."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from data_plane import ROOT
from ports import free_port, free_port_with

PODS_OFFSET = 10000
"""As `hack/services` has it, which also takes the port after the broker's."""


class Services:
    """Kafka and PostgreSQL below ``folder``; the jars that were fetched once are shared."""

    def __init__(self, folder: Path) -> None:
        given = os.environ.get("FTE_CACHE") or Path.home() / ".cache" / "digital-fte"
        cache = folder / "cache"
        cache.mkdir()
        jars = Path(given) / "kafka"
        jars.mkdir(parents=True, exist_ok=True)
        (cache / "kafka").symlink_to(jars)
        own = {"FTE_CACHE": cache, "FTE_KAFKA_PORT": free_port_with(1, PODS_OFFSET), "FTE_POSTGRES_PORT": free_port()}
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
