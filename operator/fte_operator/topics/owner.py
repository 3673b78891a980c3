"""Whose topics they are: the first record of a topic of its own, written once and kept for ever.

The first record wins, so of two that claim at once one is refused. It outlives the employee, as the topics do: who is
gone still owns them, and who comes next under the same prefix is told so. Runs where `kafka` runs.
"""

import re
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from fte_operator.topics.base import Claim, OwnedByAnother

_OWNER = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z]([-a-z0-9]*[a-z0-9])?")
_MAX_BYTES = 64 * 1024


async def check(arguments: Mapping[str, Any], claim: Claim) -> None:
    """Hold the claim, made now if nobody has it; `arguments` are those that every client of the brokers takes.

    Raises:
        OwnedByAnother: somebody else was first.
    """
    async with AIOKafkaConsumer(
        **arguments,
        client_id="fte-operator",
        enable_auto_commit=False,
        fetch_max_bytes=_MAX_BYTES,
        max_partition_fetch_bytes=_MAX_BYTES,
    ) as consumer:
        found = await _first(consumer, claim.topic)
        if found is None:
            async with AIOKafkaProducer(**arguments, client_id="fte-operator", acks="all") as producer:
                await producer.send_and_wait(claim.topic, claim.owner.encode(), partition=0)
            found = await _first(consumer, claim.topic)
    if found != claim.owner:
        raise OwnedByAnother(_words(claim, found or ""))


async def _first(consumer: AIOKafkaConsumer, topic: str) -> str | None:
    """What the first record says; None while there is none."""
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    if await consumer.position(partition) >= (await consumer.end_offsets([partition]))[partition]:
        return None
    record = await consumer.getone(partition)
    return (record.value or b"").decode(errors="replace")


def _words(claim: Claim, found: str) -> str:
    """An owner of another namespace is not named: its namespace and name are not the reader's business."""
    prefix = claim.topic.rpartition(".")[0]
    namespace, _, name = found.partition("/")
    ours = _OWNER.fullmatch(found) and namespace == claim.owner.partition("/")[0]
    who = f"DigitalFTE {name}, even if that one is gone" if ours else "an employee of another namespace"
    remedy = "make this one again with a spec.kafka.topicPrefix of its own"
    return f"the topics under {prefix} belong to {who}: {remedy}, or have topic {claim.topic} and the rest removed"
