"""What a consumer group has read of a topic and what it has not, as the brokers know it."""

import asyncio
import time
from collections.abc import Callable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import for_code

from fte_runtime.bus.base import GroupState
from fte_runtime.bus.kafka_client import GONE, arguments, public, started, stopped, text
from fte_runtime.bus.standing import Standing
from fte_runtime.errors import BusUnavailable
from fte_transport.access import KafkaAccess

STABLE = frozenset({"Stable", "Empty", "Dead"})
"""States of a group that last; in the others its members are just being given their partitions."""

_READ_MS = 500


class KafkaGroup:
    """Looks at one group from outside: it never joins, never commits. Clients are made when first needed."""

    def __init__(
        self,
        access: KafkaAccess,
        *,
        topic: str,
        group: str,
        client_id: str,
        timeout: float = 5.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._access, self._bootstrap = access, access.bootstrap_servers
        self._topic = topic
        self._group = group
        self._client_id = client_id
        self._timeout = timeout
        self._clients: tuple[AIOKafkaAdminClient, AIOKafkaConsumer] | None = None
        self._one = asyncio.Lock()
        self._standing: Standing[TopicPartition] = Standing(now)

    async def look(self) -> GroupState:
        """The group's state now; raises `BusUnavailable`. A topic that is not there has no partition."""
        async with self._one:
            try:
                async with asyncio.timeout(self._timeout):
                    admin, reader = await self._connected()
                    return await self._look(admin, reader)
            except GONE as error:
                await self.aclose()
                raise BusUnavailable(f"Kafka {self._bootstrap}: group: {text(error)}", public(error)) from error
            except BaseException:
                await self.aclose()
                raise

    async def aclose(self) -> None:
        """Disconnect."""
        if self._clients is not None:
            (admin, reader), self._clients = self._clients, None
            await stopped(admin.close)
            await stopped(reader.stop)

    async def _connected(self) -> tuple[AIOKafkaAdminClient, AIOKafkaConsumer]:
        if self._clients is None:
            options = arguments(self._access, self._client_id) | {"request_timeout_ms": int(self._timeout * 1000)}
            admin = AIOKafkaAdminClient(**options)
            reader = AIOKafkaConsumer(
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=1,  # a broker sends at least one batch
                **options,
            )
            self._clients = admin, reader
            await started(reader, self._access)
            await admin.start()  # closed by `aclose` if it fails
        return self._clients

    async def _look(self, admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer) -> GroupState:
        [topic] = await admin.describe_topics([self._topic])
        partitions = [TopicPartition(self._topic, each["partition"]) for each in topic["partitions"]]
        if not partitions:
            return GroupState(0, 0, None)
        assigned = await self._assigned(admin)
        unread = await self._unread(admin, reader, partitions)
        times = await _read(reader, unread) if unread else {}
        firsts = {each: first for each, (first, _) in unread.items()}
        return GroupState(len(partitions), assigned, self._standing.oldest(firsts, times))

    async def _assigned(self, admin: AIOKafkaAdminClient) -> int | None:
        [answer] = await admin.describe_consumer_groups([self._group])
        [(code, _, state, _, _, members, *_)] = answer.groups
        if code:
            raise for_code(code)(self._group)
        if state not in STABLE:
            return None
        given = [ConsumerProtocolMemberAssignment.decode(member[4]) for member in members if member[4]]
        return len({each for one in given for each in one.partitions() if each.topic == self._topic})

    async def _unread(
        self, admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer, partitions: list[TopicPartition]
    ) -> Mapping[TopicPartition, tuple[int, int]]:
        """The first unread offset of every partition that has one, and the offset that comes next."""
        committed = await admin.list_consumer_group_offsets(self._group)
        first, end = await asyncio.gather(reader.beginning_offsets(partitions), reader.end_offsets(partitions))
        starts = {each: max(committed[each].offset if each in committed else 0, first[each]) for each in partitions}
        return {each: (start, end[each]) for each, start in starts.items() if start < end[each]}


async def _read(
    reader: AIOKafkaConsumer, unread: Mapping[TopicPartition, tuple[int, int]]
) -> dict[TopicPartition, float | None]:
    """The time of each of these records that can be read in time; None where there turns out to be none."""
    reader.assign(list(unread))
    for partition, (first, _) in unread.items():
        reader.seek(partition, first)
    times: dict[TopicPartition, float | None] = {}
    ends = asyncio.get_running_loop().time() + _READ_MS / 1000
    while len(times) < len(unread) and asyncio.get_running_loop().time() < ends:
        for partition, records in (await reader.getmany(timeout_ms=_READ_MS // 2)).items():
            times.setdefault(partition, records[0].timestamp / 1000)
        for partition in unread.keys() - times.keys():
            if await reader.position(partition) >= unread[partition][1]:
                times[partition] = None
    reader.unsubscribe()
    return times
