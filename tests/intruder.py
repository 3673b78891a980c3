"""What somebody gets out of a Kafka, as a program for a pod of theirs: JSON comes in, JSON goes out.

In: ``ways`` (name: the fields of `KafkaAccess`), ``topic`` and ``group``, somebody else's. Out: for each way and each
attempt what was got, or the name of the error that it was refused with.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from fte_transport.access import KafkaAccess

ATTEMPT_SECONDS = 20


async def topics(access: KafkaAccess, topic: str, group: str) -> list[str]:
    """The topics that are shown."""
    return sorted(await _asked(access, lambda admin: admin.list_topics()))


async def offsets(access: KafkaAccess, topic: str, group: str) -> int:
    """How many of the group's offsets are told."""
    return len(await _asked(access, lambda admin: admin.list_consumer_group_offsets(group)))


async def records(access: KafkaAccess, topic: str, group: str) -> int:
    """How many of the topic's records are got, without a group."""
    return await _received(access, topic, None)


async def work(access: KafkaAccess, topic: str, group: str) -> int:
    """How many of the topic's records are got as a member of the group."""
    return await _received(access, topic, group)


async def written(access: KafkaAccess, topic: str, group: str) -> bool:
    """Whether a record is taken."""
    producer = AIOKafkaProducer(**access.client_arguments())
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"from outside")
        return True
    finally:
        await producer.stop()


ATTEMPTS = {attempt.__name__: attempt for attempt in (topics, offsets, records, work, written)}


async def _asked(access: KafkaAccess, ask: Callable[[AIOKafkaAdminClient], Awaitable[Any]]) -> Any:
    admin = AIOKafkaAdminClient(**access.client_arguments())
    try:
        await admin.start()
        return await ask(admin)
    finally:
        await admin.close()


async def _received(access: KafkaAccess, topic: str, group: str | None) -> int:
    consumer = AIOKafkaConsumer(topic, **access.client_arguments(), group_id=group, auto_offset_reset="earliest")
    try:
        await consumer.start()
        while not (batches := await consumer.getmany(timeout_ms=500)):
            continue
        return sum(map(len, batches.values()))
    finally:
        await consumer.stop()


async def _outcome(way: str, name: str, told: dict[str, Any]) -> Any:
    access = KafkaAccess(**told["ways"][way])
    try:
        async with asyncio.timeout(ATTEMPT_SECONDS):
            return await ATTEMPTS[name](access, told["topic"], told["group"])
    except (KafkaError, TimeoutError) as error:
        return type(error).__name__


async def main() -> None:
    """Every attempt that is asked for, by every way; ``attempts`` leaves out what would disturb."""
    told = json.load(sys.stdin)
    names = told.get("attempts", list(ATTEMPTS))
    pairs = [(way, name) for way in told["ways"] for name in names]
    outcomes = await asyncio.gather(*(_outcome(*pair, told) for pair in pairs))
    found: dict[str, dict[str, Any]] = {way: {} for way in told["ways"]}
    for (way, name), outcome in zip(pairs, outcomes, strict=True):
        found[way][name] = outcome
    print(json.dumps(found))  # noqa: T201 - a program's answer


if __name__ == "__main__":
    asyncio.run(main())
