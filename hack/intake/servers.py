"""The servers under load, each a process: the product's API on Kafka, the same without a broker, and the baselines."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from data_plane import PUBLIC_URL, DataPlane, free_port, until
from doubles.twilio.account import Account, Sender
from doubles.twilio.double import TwilioDouble
from doubles.twilio_world import OURS
from intake.load import get, load, post, rss_mib
from intake.messages import TEXT, webhook
from intake.services import fresh_database, kafka

HERE = Path(__file__).resolve().parent
CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Round:
    """CPU of one request at each server, in microseconds."""

    SERVERS: ClassVar[tuple[str, ...]] = ("hello", "plain", "form", "webhook", "webhook_no_broker")

    requests: int
    hello: float
    plain: float
    form: float
    webhook: float
    webhook_no_broker: float


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers on ``port``."""

    process: subprocess.Popen[bytes]
    port: int

    async def take(self, requests: Sequence[bytes], status: int) -> float:
        """CPU of one of ``requests``, in microseconds."""
        loaded = await load(self.process.pid, self.port, requests, connections=CONNECTIONS, status=status)
        return loaded.cpu_us


class Bench:
    """All servers at once; only one is under load at a time."""

    def __init__(self, plane: DataPlane, token: str, servers: dict[str, Server]) -> None:
        self.plane = plane
        self._token = token
        self._servers = servers

    @property
    def api_rss_mib(self) -> float:
        """Memory of the product's API now."""
        return rss_mib(self._servers["product"].process.pid)

    async def round(self, count: int) -> Round:
        """Every server once, under ``count`` requests nobody has sent before."""
        product, apart = self._servers["product"], self._servers["no_broker"]
        return Round(
            requests=count,
            hello=await self._servers["hello"].take([get("/")] * count, 200),
            webhook=await product.take(_many(self._webhook, count), 200),
            form=await product.take(_many(lambda: self._form("/support/submit"), count), 202),
            plain=await self._servers["plain"].take(_many(lambda: self._form("/submit"), count), 202),
            webhook_no_broker=await apart.take(_many(self._webhook, count), 200),
        )

    def _form(self, path: str) -> bytes:
        return post(path, json.dumps(self.plane.form(TEXT)).encode(), {"content-type": "application/json"})

    def _webhook(self) -> bytes:
        return webhook(f"{PUBLIC_URL}/webhooks/whatsapp", self._token, OURS)


@asynccontextmanager
async def open_bench(folder: Path) -> AsyncIterator[Bench]:
    """Everything that is measured, running; it ends with the block."""
    with fresh_database() as database_url:
        plane = DataPlane(folder, database_url, kafka())
        await plane.create()
        try:
            async with TwilioDouble(Account(senders=[Sender(OURS)]), reach=plane.reach) as twilio:
                plane.add_whatsapp(twilio)
                # Every request of a round comes from this machine within seconds: no form is that popular.
                plane.channels[0]["web_form"] = {"rate_limit_per_minute": 1_000_000}
                servers = {"product": Server(await plane.api(), plane.api_port)}
                document = next(plane.folder.glob("api-*.yaml"))
                baselines = {
                    "hello": ("baselines.py", "hello"),
                    "plain": ("baselines.py", "plain", plane.bootstrap, f"{plane.prefix}.metrics"),
                    "no_broker": ("no_broker.py", str(document)),
                }
                for name, (script, *words) in baselines.items():
                    servers[name] = await _started(plane, HERE / script, words)
                yield Bench(plane, twilio.account.auth_token, servers)
        finally:
            await plane.close()


async def _started(plane: DataPlane, script: Path, words: Sequence[str]) -> Server:
    port = free_port()
    kind, *rest = words
    process = plane.start(sys.executable, script, kind, str(port), *rest)

    async def answers() -> bool:
        if process.poll() is not None:
            raise AssertionError(plane.logs())
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    await until(answers, 60, script.name)
    return Server(process, port)


def _many(make: Callable[[], bytes], count: int) -> list[bytes]:
    return [make() for _ in range(count)]
