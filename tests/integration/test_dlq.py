"""``fte-dlq`` as a process over a real broker: what a worker put aside is listed, shown and played again."""

import json
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from kafka_topics import make_topics

from fte_runtime.bus.base import Record
from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.bus.kafka_reader import KafkaReader
from fte_runtime.dead_letter_writer import DeadLetters
from fte_transport.access import KafkaAccess

pytestmark = pytest.mark.kafka

PARTITIONS = 3
JUNK = b'{"body": "canary"'


@pytest.fixture
async def prefix(kafka_bootstrap: str) -> AsyncIterator[str]:
    prefix = f"dlq-{secrets.token_hex(6)}"
    topics = [f"{prefix}.tickets.incoming", f"{prefix}.dlq"]
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await make_topics(admin, [NewTopic(topic, PARTITIONS, 1) for topic in topics])
        yield prefix
        await admin.delete_topics(topics)
    finally:
        await admin.close()


@pytest.fixture
async def publisher(kafka_bootstrap: str) -> AsyncIterator[KafkaPublisher]:
    made = KafkaPublisher(KafkaAccess(kafka_bootstrap), client_id="test")
    yield made
    await made.aclose()


@pytest.fixture
def document(tmp_path: Path, kafka_bootstrap: str, prefix: str) -> Path:
    path = tmp_path / "worker.yaml"
    kafka = {"bootstrap_servers": kafka_bootstrap, "topic_prefix": prefix}
    database = {"url_file": str(tmp_path / "url"), "owner": "tests/helper"}
    path.write_text(yaml.safe_dump({"kafka": kafka, "database": database, "channels": []}))
    return path


def dlq(document: Path, *words: str, status: int = 0) -> list[dict[str, object]]:
    """Run the command; its lines."""
    command = [Path(sys.executable).parent / "fte-dlq", "--config", document, *words]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == status, result.stderr
    assert ("canary" in result.stdout + result.stderr) == ("--body" in words)
    return [json.loads(line) for line in result.stdout.splitlines()]


async def put_aside(publisher: KafkaPublisher, prefix: str, *keys: bytes) -> None:
    letters = DeadLetters(publisher, f"{prefix}.dlq")
    for offset, key in enumerate(keys):
        record = Record(f"{prefix}.tickets.incoming", 0, offset, key, JUNK)
        await letters.dead_letter(record, cause="undecodable", error=ValueError("no JSON"))


async def test_what_was_put_aside_is_listed_from_every_partition_and_shown_on_demand(document, publisher, prefix):
    assert dlq(document, "list") == []
    await put_aside(publisher, prefix, *(str(number).encode() for number in range(12)))
    listed = dlq(document, "list")
    assert sorted(line["source-offset"] for line in listed) == sorted(str(number) for number in range(12))
    assert {line["cause"] for line in listed} == {"undecodable"}
    assert len({str(line["place"]).split(":")[0] for line in listed}) > 1
    [shown] = dlq(document, "show", str(listed[0]["place"]))
    assert shown == listed[0]
    [whole] = dlq(document, "show", str(listed[0]["place"]), "--body")
    assert whole["body"] == JUNK.decode()


async def test_a_replay_is_back_on_its_topic_and_marked(document, publisher, prefix, kafka_bootstrap):
    await put_aside(publisher, prefix, b"ada")
    [letter] = dlq(document, "list")
    assert dlq(document, "replay", str(letter["place"])) == [{"place": letter["place"], "replayed": True}]
    reader = KafkaReader(KafkaAccess(kafka_bootstrap), client_id="test")
    [back] = [record async for record in reader.records(f"{prefix}.tickets.incoming")]
    assert (back.key, back.value) == (b"ada", JUNK)
    assert [line["replayed"] for line in dlq(document, "list")] == [True]


async def test_what_is_not_there_is_said_and_nothing_is_done(document, publisher, prefix):
    await put_aside(publisher, prefix, b"ada")
    [letter] = dlq(document, "list")
    assert dlq(document, "replay", str(letter["place"]), "0:99", status=1) == []
    assert [line["replayed"] for line in dlq(document, "list")] == [False]
