"""The worker's whole path against a bare consumer that runs the same statements on the same messages."""

import asyncio
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from subprocess import Popen
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from data_plane import DataPlane, until
from intake.load import cpu_seconds, rss_mib
from intake.messages import TEXT
from intake.services import fresh_database, kafka

from fte_agent.inbound import web_form
from fte_runtime.events import encode, key_of

HERE = Path(__file__).resolve().parent
ACCEPTED = "SELECT count(*) AS n FROM deliveries WHERE state = 'accepted'"
WAITS = 40
"""Replies whose time is taken, one after the other."""


@dataclass(frozen=True, slots=True)
class WorkerFigures:
    """CPU, time and memory of the worker with a model that takes no time."""

    worker_cpu_ratio: float
    worker_cpu_ms_per_message: float
    reply_p95_s_model0: float
    worker_rss_mib: float

    def as_dict(self) -> dict[str, float]:
        """The figures by name."""
        return asdict(self)


async def worker_figures(messages: int) -> WorkerFigures:
    """The worker and the bare consumer, each on a database and topics of its own."""
    bare, _, _ = await _worked_off("bare.py", messages)
    whole, rss, waits = await _worked_off("model0.py", messages, waits=WAITS)
    return WorkerFigures(
        worker_cpu_ratio=round(whole / bare, 2),
        worker_cpu_ms_per_message=round(whole * 1000, 2),
        reply_p95_s_model0=round(sorted(waits)[ceil(0.95 * len(waits)) - 1], 3),
        worker_rss_mib=round(rss, 1),
    )


async def _worked_off(script: str, messages: int, waits: int = 0) -> tuple[float, float, list[float]]:
    """CPU seconds of one message, memory at the end, and seconds from acceptance to delivery of some single ones."""
    with tempfile.TemporaryDirectory() as folder, fresh_database() as database_url:
        plane = DataPlane(Path(folder), database_url, kafka())
        await plane.create()
        try:
            process = plane.start(sys.executable, HERE / script, "--config", plane.worker_document(concurrency=8))
            await _take(plane, process, max(messages // 10, 16), already=0)  # joined and warm
            before = cpu_seconds(process.pid)
            await _take(plane, process, messages, already=max(messages // 10, 16))
            spent = (cpu_seconds(process.pid) - before) / messages
            times = await _waits(plane, waits) if waits else []
            return spent, rss_mib(process.pid), times
        finally:
            await plane.close()


async def _take(plane: DataPlane, process: Popen[bytes], count: int, *, already: int) -> None:
    """Have ``count`` messages more worked off."""
    producer = AIOKafkaProducer(bootstrap_servers=plane.bootstrap)
    await producer.start()
    try:
        for _ in range(count):
            submission = web_form.parse(plane.form(TEXT))
            ticket = web_form.ticket_id(plane.prefix, "website", submission)
            message = web_form.to_message(submission, channel_name="website", ticket=ticket, now=datetime.now(UTC))
            await producer.send(f"{plane.prefix}.tickets.incoming", encode(message), key=key_of(message))
        await producer.flush()
    finally:
        await producer.stop()

    async def done() -> bool:
        if process.poll() is not None:
            raise AssertionError(plane.logs())
        [row] = await plane.rows(ACCEPTED)
        return bool(row["n"] >= already + count)

    await until(done, 300, f"{count} replies")


async def _waits(plane: DataPlane, count: int) -> list[float]:
    """Seconds from the answer 202 to the reply's delivery, of one form at a time."""
    await plane.api()
    found = []
    for _ in range(count):
        form = plane.form(TEXT, submission_id=str(uuid4()))
        ticket = await plane.submit(form)
        accepted = datetime.now(UTC)
        query = (
            "SELECT accepted_at FROM deliveries JOIN tickets USING (conversation_id) "
            "WHERE tickets.id = $1 AND state = 'accepted'"
        )

        async def delivered(query: str = query, ticket: dict[str, str] = ticket) -> datetime | None:
            rows = await plane.rows(query, ticket["ticket_id"])
            return rows[0]["accepted_at"] if rows else None

        found.append(max(0.0, ((await until(delivered, 30, "a delivery")) - accepted).total_seconds()))
    return found


if __name__ == "__main__":
    asyncio.run(worker_figures(100))
