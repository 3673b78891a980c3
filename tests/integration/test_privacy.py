"""``fte-privacy`` as a process over a real broker and a real database, while workers run.

The oracle reads every topic from its earliest offset and every row of every table.
"""

import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from data_plane import PARTITIONS, PROGRAMS, QUESTION, DataPlane, until
from doubles.twilio.account import Account, Sender
from doubles.twilio.double import TwilioDouble
from doubles.twilio.inbound import Inbound
from doubles.twilio_world import ADA, OURS
from privacy_world import Life, dump, holding

from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.events import Topics
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import ApiMetrics
from fte_transport.access import KafkaAccess

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

CANARY = Life("kanarie", ADA.removeprefix("whatsapp:+"))
OTHER = Life("bystander", "1705550142")
WORDS = (CANARY.word, CANARY.digits)
NAMES = (
    "tickets.incoming",
    "channels.email.inbound",
    "channels.webform.inbound",
    "channels.whatsapp.inbound",
    "escalations",
    "metrics",
    "dlq",
)


@pytest.fixture
async def twilio(data_plane: DataPlane) -> AsyncIterator[TwilioDouble]:
    """API and worker run, and customers can write to them."""
    async with TwilioDouble(Account(senders=[Sender(OURS)]), reach=data_plane.reach) as double:
        data_plane.add_whatsapp(double)
        await data_plane.api()
        await data_plane.worker()
        yield double


@pytest.fixture
async def intake(data_plane: DataPlane) -> AsyncIterator[BusInboundPublisher]:
    publisher = KafkaPublisher(KafkaAccess(data_plane.bootstrap), client_id="test")
    yield BusInboundPublisher(topics=Topics(data_plane.prefix), publisher=publisher, metrics=ApiMetrics().inbound)
    await publisher.aclose()


def privacy(plane: DataPlane, *words: str, status: int = 0) -> dict[str, Any]:
    """Run the command; what it prints."""
    command = [PROGRAMS / "fte-privacy", "--config", plane.worker_document(), *words]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == status, result.stderr
    assert CANARY.word not in result.stderr
    return json.loads(result.stdout) if result.stdout else {}


async def everything(plane: DataPlane) -> set[tuple[str, str]]:
    """Every row and every record, with where it is."""
    connection = await asyncpg.connect(plane.database_url)

    async def sql(statement: str, *arguments: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await connection.fetch(statement, *arguments)]

    try:
        found = await dump(sql)
    finally:
        await connection.close()
    for name in NAMES:
        for record in await records(plane, name):
            parts = (record.key or b"", record.value or b"", *(value for _, value in record.headers))
            found.add((name, b" ".join(parts).decode(errors="replace")))
    return found


async def records(plane: DataPlane, name: str) -> list[Any]:
    """All that a topic has from its earliest offset on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=plane.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(f"{plane.prefix}.{name}", number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning()
        found: list[Any] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                found += batch
        return found
    finally:
        await consumer.stop()


async def settled(plane: DataPlane, rows: int, letters: int) -> None:
    """So many messages came in, all are answered, sent and told, and the workers have read every topic they read."""

    async def done() -> bool:
        [counted] = await plane.rows(
            "SELECT (SELECT count(*) FROM messages WHERE direction = 'inbound') AS messages,"
            " (SELECT count(*) FROM conversations WHERE unanswered_since IS NOT NULL) AS unanswered,"
            " (SELECT count(*) FROM deliveries WHERE channel = 'whatsapp' AND state <> 'delivered') AS under_way,"
            " (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS untold"
        )
        raw = [await records(plane, f"channels.{name}.inbound") for name in ("email", "webform", "whatsapp")]
        aside = await records(plane, "dlq")
        return (
            tuple(counted.values()) == (rows, 0, 0, 0)
            and len(aside) == letters
            and all(raw)
            and await plane.lag() == 0
            and await events_lag(plane) == 0
        )

    await until(done, 60, "an end of all work")


async def events_lag(plane: DataPlane) -> int:
    """Records of the WhatsApp channel's topic that the workers' other group has not read."""
    consumer = AIOKafkaConsumer(bootstrap_servers=plane.bootstrap, group_id=f"{plane.prefix}.events")
    await consumer.start()
    try:
        partitions = [TopicPartition(f"{plane.prefix}.channels.whatsapp.inbound", n) for n in range(PARTITIONS)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        return sum([ends[each] - (await consumer.committed(each) or 0) for each in partitions])
    finally:
        await consumer.stop()


async def wrote(plane: DataPlane, twilio: TwilioDouble, intake: BusInboundPublisher) -> UUID:
    """Canary and neighbour write on every channel, one letter of each is put aside; the canary's customer."""
    for life in (OTHER, CANARY):
        form = plane.form(f"{QUESTION} {life.word}", email=life.address, name=life.word, subject=life.word)
        await plane.submit(form)
        await intake.publish(life.mail("My lawyer will call"), f"raw mail of {life.word}".encode())
        await plane.publish(f"junk from={life.address} {life.word}".encode(), key=f"email:{life.address}".encode())
    received = await twilio.receive(Inbound(ADA, f"{QUESTION} {CANARY.word}"))
    assert [outcome.status for outcome in received.outcomes] == [200]
    await settled(plane, rows=5, letters=2)
    found = "SELECT customer_id AS id FROM customer_identifiers WHERE value_norm LIKE $1"
    [phone] = await plane.rows(found, f"%{CANARY.digits}%")
    [address] = await plane.rows(found, CANARY.address)
    await plane.rows("UPDATE customers SET merged_into = $1 WHERE id = $2", address["id"], phone["id"])
    customer: UUID = phone["id"]
    return customer


async def test_an_erased_customer_is_in_no_row_and_on_no_topic_and_others_letters_are(data_plane, twilio, intake):
    customer = await wrote(data_plane, twilio, intake)
    before = await everything(data_plane)
    held = {place for place, _ in holding(before, *WORDS)}
    assert held >= {
        "tickets.incoming",
        "dlq",
        *(f"channels.{name}.inbound" for name in ("email", "webform", "whatsapp")),
    }
    assert held >= {"messages", "deliveries", "inbound_events", "escalations", "agent_runs", "customer_identifiers"}
    told = privacy(data_plane, "export", str(customer), "--actor", "admin")
    assert len(told["conversations"]) == 3

    assert privacy(data_plane, "erase", str(customer), "--actor", "admin", status=3) == {}
    assert {place for place, _ in holding(await everything(data_plane), *WORDS)} >= held
    receipt = privacy(data_plane, "erase", str(customer), "--actor", "admin", "--force")
    after = await everything(data_plane)
    assert holding(after, *WORDS) == []
    assert holding({row for row in before if row[0] == "dlq"}, OTHER.word) == holding(
        {row for row in after if row[0] == "dlq"}, OTHER.word
    )
    tables = {row for row in before if row[0] not in NAMES} - {row for row in before if row[0] in MOVING}
    assert {row for row in tables if OTHER.word in row[1]} <= after

    assert receipt["counts"]["dead letters"] == 1
    assert CANARY.word not in json.dumps(receipt) and CANARY.digits not in json.dumps(receipt)
    assert {name.removeprefix(f"{data_plane.prefix}.") for name in receipt["topics"]} == set(NAMES)
    assert all(topic["retention_ms"] for topic in receipt["topics"].values())
    assert receipt["topics"][f"{data_plane.prefix}.tickets.incoming"]["left"] == 0
    assert privacy(data_plane, "erase", str(customer), "--actor", "another") == receipt


MOVING = ("worker_health", "channel_health", "channel_cursors")
"""Tables that workers write all the time."""


async def test_what_no_worker_has_read_yet_stays_and_is_read(data_plane, twilio, intake):
    customer = await wrote(data_plane, twilio, intake)
    await data_plane.end()
    await intake.publish(OTHER.mail("One more", key="one-more", external_id="<more@example.com>"), b"raw")
    receipt = privacy(data_plane, "erase", str(customer), "--actor", "admin", "--force")
    assert receipt["topics"][f"{data_plane.prefix}.tickets.incoming"]["left"] == 1
    [left] = await records(data_plane, "tickets.incoming")
    assert b"one-more" in left.value


async def test_an_id_that_nobody_has_is_told(data_plane: DataPlane, tmp_path: Path) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for command in ("export", "erase"):
        assert privacy(data_plane, command, nobody, "--actor", "admin", status=1) == {}
