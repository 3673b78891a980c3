"""Topics of tests on the real broker."""

import asyncio
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic


async def make_topics(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic], seconds: float = 30) -> None:
    """Create them, and wait until the broker tells of them: the controller confirms earlier."""
    await admin.create_topics(list(topics))
    partitions = {topic.name: topic.num_partitions for topic in topics}

    async def told() -> bool:
        return {
            each["topic"]: len(each["partitions"]) for each in await admin.describe_topics([*partitions])
        } == partitions

    async with asyncio.timeout(seconds):
        while not await told():  # noqa: ASYNC110 - a broker sets no event
            await asyncio.sleep(0.05)


async def delete_topics(bootstrap: str, prefix: str) -> None:
    """Delete all that begin with `prefix`: what an employee leaves behind on purpose."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([name for name in await admin.list_topics() if name.startswith(prefix)])
    finally:
        await admin.close()
