"""Deleting the beginning of partitions, and what has to be known for that."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import PolicyViolationError, TopicAuthorizationFailedError, for_code

from fte_runtime.bus.base import Bounds, Partition
from fte_runtime.bus.kafka_client import GONE, arguments, public, started, stopped, text
from fte_runtime.errors import BusUnavailable, DeletionRefused
from fte_transport.access import KafkaAccess

_RETENTION = "retention.ms"


class KafkaEraser:
    """Looks at topics and shortens them; a client for each call, as people call it."""

    def __init__(self, access: KafkaAccess, *, client_id: str) -> None:
        self._access, self._bootstrap = access, access.bootstrap_servers
        self._client_id = client_id

    async def bounds(self, topics: Collection[str]) -> Mapping[Partition, Bounds]:
        """The first offset of each partition and the one that comes next; none of a topic that is not there."""
        async with self._admin() as admin:
            found = [each for each in await admin.describe_topics(list(topics)) if not each["error_code"]]
        partitions = [TopicPartition(each["topic"], one["partition"]) for each in found for one in each["partitions"]]
        if not partitions:
            return {}
        async with self._told("offsets"):
            consumer = AIOKafkaConsumer(**arguments(self._access, self._client_id), enable_auto_commit=False)
            await started(consumer, self._access)
            try:
                first, end = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
            finally:
                await stopped(consumer.stop)
        return {(each.topic, each.partition): Bounds(first[each], end[each]) for each in partitions}

    async def committed(self, group: str) -> Mapping[Partition, int]:
        """What the members of a group have done, by the offset that comes next."""
        async with self._admin() as admin:
            found = await admin.list_consumer_group_offsets(group)
        return {(each.topic, each.partition): done.offset for each, done in found.items() if done.offset >= 0}

    async def delete_before(self, offsets: Mapping[Partition, int]) -> None:
        """Delete what stands before these offsets; raises `BusUnavailable`, or `DeletionRefused` for a topic's."""
        if not offsets:
            return
        topics = sorted({topic for topic, _ in offsets})
        async with self._admin() as admin:
            try:
                for found in await admin.describe_topics(topics):  # a topic that we may not see has no leader for us
                    if found["error_code"] == TopicAuthorizationFailedError.errno:
                        raise TopicAuthorizationFailedError(found["topic"])
                await admin.delete_records(
                    {TopicPartition(*place): RecordsToDelete(offset) for place, offset in offsets.items()}
                )
            except (TopicAuthorizationFailedError, PolicyViolationError) as error:
                told = f"Kafka lets us delete no record of {', '.join(topics)}: {text(error)}"
                raise DeletionRefused(told) from error

    async def retention(self, topics: Collection[str]) -> Mapping[str, int | None]:
        """For how many milliseconds a record of each topic is kept; None where nobody tells us, -1 for ever."""
        resources = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
        async with self._admin() as admin:
            answers = await admin.describe_configs(resources)
        known: dict[str, int | None] = dict.fromkeys(topics)
        for answer in answers:
            for code, _, _, topic, entries in answer.resources:
                if code and not issubclass(for_code(code), TopicAuthorizationFailedError):
                    continue
                known[topic] = next((int(entry[1]) for entry in entries if entry[0] == _RETENTION), None)
        return known

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        async with self._told("records"):
            admin = AIOKafkaAdminClient(**arguments(self._access, self._client_id))
            try:
                await admin.start()
                yield admin
            finally:
                await stopped(admin.close)

    @asynccontextmanager
    async def _told(self, what: str) -> AsyncIterator[None]:
        try:
            yield
        except GONE as error:
            raise BusUnavailable(f"Kafka {self._bootstrap}: {what}: {text(error)}", public(error)) from error
