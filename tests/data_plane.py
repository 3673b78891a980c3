"""Real processes of the data plane on real Kafka and PostgreSQL, and an oracle that asks only those."""

import asyncio
import secrets
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import httpx
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from doubles.twilio.double import TwilioDouble
from kafka_topics import make_topics
from ports import free_port

from fte_runtime.config import KnowledgeSource
from fte_runtime.knowledge import read_files, snapshot_of

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
PARTITIONS = 3
OWNER = "tests/helper"
PUBLIC_URL = "https://support.example.org"
"""Where the outside would reach the API; the Twilio double reaches it by `DataPlane.reach`."""

FACTS = """\
# Help centre

## Returns

Unused goods may be sent back within 47 days of delivery. The parcel label is in the order page.

## Opening hours

The showroom in Leeds is open from Tuesday to Saturday, 10:00 to 18:30.
"""
QUESTION = "How long after delivery can I send back goods that I did not use?"
FACT = "47 days"

T = TypeVar("T")


async def until(ask: Callable[[], Awaitable[T]], seconds: float = 30, what: str = "it") -> T:
    """Ask until the answer is true; fails after ``seconds`` with the last answer."""
    answer = None
    try:
        async with asyncio.timeout(seconds):
            while not (answer := await ask()):  # noqa: ASYNC110 - other processes set no event
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen within {seconds} s; last answer: {answer!r}") from None
    return answer


class DataPlane:
    """One employee's topics, database and processes."""

    def __init__(self, folder: Path, database_url: str, bootstrap: str) -> None:
        self.folder = folder
        self.bootstrap = bootstrap
        self.prefix = f"test-{secrets.token_hex(6)}"
        self.database_url = database_url
        self.api_port, self.api_metrics_port = free_port(), free_port()
        self.channels: list[dict[str, object]] = [{"name": "website", "type": "WebForm"}]
        self.public: dict[str, object] = {}
        self.model: dict[str, object] = {"provider": "Offline", "name": "offline"}
        self.model_access: dict[str, object] = {}
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.api_port}", timeout=20)
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def inner(self) -> str:
        """Where the API's probes, counts and health are."""
        return f"http://127.0.0.1:{self.api_metrics_port}"

    @property
    def reach(self) -> dict[str, str]:
        """Where public URLs are served."""
        return {PUBLIC_URL: f"http://127.0.0.1:{self.api_port}"}

    async def create(self) -> None:
        secret = self.folder / "secrets"
        secret.mkdir()
        (secret / "url").write_text(self.database_url)
        (secret / "status-token-current").write_text(secrets.token_hex(32))
        knowledge = self.folder / "knowledge"
        knowledge.mkdir()
        (knowledge / "help.md").write_text(FACTS)
        await self._topics()
        self.run("fte-migrate", {"database": self._database()})
        source = KnowledgeSource(name="docs", path=knowledge)
        self.snapshot = snapshot_of(read_files([source]))
        self.run(
            "fte-knowledge",
            {
                "database": self._database(),
                "snapshot": self.snapshot,
                "sources": [{"name": source.name, "path": str(source.path)}],
            },
        )

    def add_whatsapp(self, twilio: TwilioDouble, **changes: object) -> None:
        """A channel ``whatsapp`` on the double's first sender, whose webhooks lead to the API; call it before those."""
        secret = self.folder / "secrets" / "whatsapp"
        secret.mkdir()
        (secret / "account-sid").write_text(twilio.account.sid)
        (secret / "auth-token").write_text(twilio.account.auth_token)
        sender = twilio.account.senders[0]
        settings: dict[str, object] = {
            "sender": sender.address.removeprefix("whatsapp:"),
            "account_sid_file": str(secret / "account-sid"),
            "auth_token_file": str(secret / "auth-token"),
            "api_url": twilio.url,
            "templates": {"reopen": {"content_sid": "HX" + "0" * 32}},
        }
        channel = {"name": "whatsapp", "type": "TwilioWhatsApp", "quiet_seconds": 0.2}
        self.channels.append(channel | {"twilio_whatsapp": settings | changes})
        self.public = {"public_url": PUBLIC_URL}
        sender.webhook["callback_url"] = f"{PUBLIC_URL}/webhooks/whatsapp"

    def use_model(self, base_url: str, key: str) -> None:
        """A hosted model for workers that start from now on; the key is the file's."""
        file = self.folder / "secrets" / "api-key"
        file.write_text(f"{key}\n")
        endpoint = {
            "base_url": base_url,
            "api": "ChatCompletions",
            "max_output_tokens": 2048,
            "store": False,
            "parallel_tool_calls": True,
            "tool_choice": True,
            "preload": "Calls",
        }
        self.model = {"provider": "OpenAICompatible", "name": "gpt-4o", "endpoint": endpoint}
        self.model_access = {"model": {"api_key_file": str(file), "base_url": base_url}}

    async def end(self) -> None:
        """End every process."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        await self.http.aclose()

    def resident_mib(self) -> int:
        """Memory of the process started last."""
        status = Path(f"/proc/{self._processes[-1].pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024

    async def close(self) -> None:
        await self.end()
        await self._admin(lambda admin: admin.delete_topics(self._names()))

    def _names(self) -> list[str]:
        channels = ("channels.email.inbound", "channels.webform.inbound", "channels.whatsapp.inbound")
        return [f"{self.prefix}.{name}" for name in ("tickets.incoming", *channels, "escalations", "metrics", "dlq")]

    async def _topics(self) -> None:
        await self._admin(lambda admin: make_topics(admin, [NewTopic(name, PARTITIONS, 1) for name in self._names()]))

    async def _admin(self, act: Callable[[Any], Awaitable[Any]]) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await act(admin)
        finally:
            await admin.close()

    def _database(self) -> dict[str, object]:
        return {"url_file": str(self.folder / "secrets" / "url"), "owner": OWNER}

    def document(self, name: str, content: dict[str, object]) -> Path:
        path = self.folder / f"{name}-{uuid4().hex[:6]}.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    def run(self, program: str, content: dict[str, object]) -> None:
        """Run a job to its end."""
        content = content | {"termination_log": str(self.folder / f"{program}.json")}
        command = [PROGRAMS / program, "--config", self.document(program, content)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert result.returncode == 0, result.stderr

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{len(self._processes)}-{Path(command[0]).name}.log").open("wb")
        with log:
            process = subprocess.Popen([str(word) for word in command], stderr=log, stdout=log)
        self._processes.append(process)
        return process

    def logs(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    async def api(self, **changes: object) -> subprocess.Popen[bytes]:
        """Start ``fte-api`` and wait until it serves."""
        content: dict[str, object] = {
            "kafka": {"bootstrap_servers": self.bootstrap, "topic_prefix": self.prefix},
            "database": self._database(),
            "channels": self.channels,
            "runtime_secrets": str(self.folder / "secrets"),
            "port": self.api_port,
            "metrics_port": self.api_metrics_port,
            **self.public,
        }
        process = self.start(PROGRAMS / "fte-api", "--config", self.document("api", content | changes))
        await self._serves(self.api_metrics_port, process)
        return process

    def worker_document(self, **changes: object) -> Path:
        behaviour = {
            "image": "digital-fte:test",
            "company": {"name": "Example Ltd", "support_email": "help@example.org"},
            "model": self.model,
            "knowledge_snapshot": self.snapshot,
        }
        self.worker_port = free_port()
        return self.document(
            "worker",
            {
                "kafka": {"bootstrap_servers": self.bootstrap, "topic_prefix": self.prefix},
                "database": self._database(),
                "channels": self.channels,
                "behaviour_file": str(self.document("behaviour", behaviour)),
                "escalation_rules": str(ROOT / "context" / "escalation-rules.md"),
                "metrics_port": self.worker_port,
                **self.public,
                **self.model_access,
            }
            | changes,
        )

    async def worker(self, **changes: object) -> subprocess.Popen[bytes]:
        """Start ``fte-worker`` and wait until its roles run."""
        process = self.start(PROGRAMS / "fte-worker", "--config", self.worker_document(**changes))
        await self._serves(self.worker_port, process)
        return process

    def deadly_worker(self, kill: str, *flags: str, **changes: object) -> subprocess.Popen[bytes]:
        """Start the worker that kills itself; ``flags`` are others of tests/faults.py."""
        return self.faulty_worker("--kill", kill, *flags, **changes)

    def faulty_worker(self, *flags: str, **changes: object) -> subprocess.Popen[bytes]:
        """Start the worker with ``flags`` of tests/faults.py."""
        document = self.worker_document(**changes)
        return self.start(sys.executable, ROOT / "tests" / "faults.py", "--config", document, *flags)

    async def killed(self, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
        """Wait until the process has killed itself."""

        async def ended() -> bool:
            return process.poll() is not None

        await until(ended, seconds, "the kill")
        assert process.returncode == -signal.SIGKILL, self.logs()

    async def stop(self, process: subprocess.Popen[bytes], seconds: float = 30) -> int:
        """SIGTERM, and the exit status."""
        process.terminate()

        async def ended() -> bool:
            return process.poll() is not None

        await until(ended, seconds, "the stop")
        return process.returncode

    async def _serves(self, port: int, process: subprocess.Popen[bytes]) -> None:
        async def ready() -> bool:
            if process.poll() is not None:
                raise AssertionError(f"ended with {process.returncode}: {self.logs()}")
            try:
                return (await self.http.get(f"http://127.0.0.1:{port}/readyz")).is_success
            except httpx.TransportError:
                return False

        await until(ready, 60, "readiness")

    def form(self, message: str = QUESTION, **changes: object) -> dict[str, object]:
        fields = {
            "submission_id": str(uuid4()),
            "name": "Ada",
            "email": f"{uuid4().hex}@example.org",
            "subject": "Question",
            "category": "general",
            "message": message,
            "consent": True,
            "hp": "",
            "t0": 0,
        }
        return fields | changes

    async def submit(self, form: dict[str, object] | None = None) -> dict[str, str]:
        response = await self.http.post("/support/submit", json=form or self.form())
        assert response.status_code == 202, response.text
        body: dict[str, str] = response.json()
        return body

    async def page(self, ticket: dict[str, str]) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {ticket['token']}"}
        response = await self.http.get(ticket["status_url"], headers=headers)
        assert response.status_code == 200, response.text
        page: dict[str, Any] = response.json()
        return page

    async def answered(self, ticket: dict[str, str], seconds: float = 30) -> dict[str, Any]:
        """The page once it shows a message that is not the customer's."""

        async def ask() -> dict[str, Any] | None:
            page = await self.page(ticket)
            return page if any(m["author"] != "customer" for m in page["messages"]) else None

        try:
            return await until(ask, seconds, "an answer")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs()}") from None

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def publish(self, value: bytes, key: bytes = b"k") -> None:
        """A record on ``tickets.incoming`` from outside."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            await producer.send_and_wait(f"{self.prefix}.tickets.incoming", value, key=key)
        finally:
            await producer.stop()

    async def records(self, name: str) -> list[Any]:
        """Everything on a topic now."""
        topic = f"{self.prefix}.{name}"
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Any] = []
            while len(found) < sum(ends.values()):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += records
            return found
        finally:
            await consumer.stop()

    async def lag(self) -> int:
        """Records not yet committed by the workers' group."""
        topic = f"{self.prefix}.tickets.incoming"
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=f"{self.prefix}.worker")
        await consumer.start()
        try:
            partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            committed = {p: await consumer.committed(p) or 0 for p in partitions}
            return sum(ends[p] - committed[p] for p in partitions)
        finally:
            await consumer.stop()
