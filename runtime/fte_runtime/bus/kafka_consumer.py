"""Reads of Apache Kafka by aiokafka, committed only by hand.

The client's defaults are unsafe here: automatic commits, start at the end.
"""

import logging
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from fte_runtime.bus.base import Record
from fte_runtime.bus.kafka_client import GONE, stopped, text
from fte_runtime.errors import BusUnavailable

logger = logging.getLogger(__name__)


class KafkaConsumer:
    """One dynamic member of a group (a static one makes the others wait out its session on a stop)."""

    def __init__(self, bootstrap_servers: str, *, topics: Sequence[str], group: str, client_id: str) -> None:
        self._bootstrap = bootstrap_servers
        self._make: Callable[[], AIOKafkaConsumer] = lambda: AIOKafkaConsumer(
            *topics,
            bootstrap_servers=bootstrap_servers,
            group_id=group,
            client_id=client_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # a new group must not skip the backlog
            max_partition_fetch_bytes=65536,  # what is prefetched while held is thrown away
        )
        self._consumer: AIOKafkaConsumer | None = None

    @property
    def _joined(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise BusUnavailable("the consumer has not joined its group")
        return self._consumer

    async def start(self) -> None:
        """Join the group; raises `BusUnavailable` when the bus cannot be reached."""
        consumer = self._make()
        try:
            await consumer.start()
        except BaseException as error:
            await stopped(consumer.stop)
            if isinstance(error, GONE):
                raise BusUnavailable(f"Kafka {self._bootstrap}: join: {text(error)}") from error
            raise
        self._consumer = consumer

    async def stop(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await stopped(consumer.stop)

    async def poll(self, *, seconds: float, limit: int) -> Sequence[Sequence[Record]]:
        """Records by partition; raises `BusUnavailable` on what the client does not heal by itself."""
        try:
            batch = await self._joined.getmany(timeout_ms=int(seconds * 1000), max_records=limit)
        except GONE as error:
            raise BusUnavailable(f"Kafka {self._bootstrap}: poll: {text(error)}") from error
        return [[record_of(r) for r in records] for records in batch.values() if records]

    def hold(self, held: bool) -> None:
        """Pause or resume what is assigned now."""
        consumer = self._joined
        if held:
            consumer.pause(*(consumer.assignment() - consumer.paused()))
        else:
            consumer.resume(*(consumer.paused() & consumer.assignment()))

    def rewind(self, record: Record) -> None:
        """Seek back to the record, if its partition is still ours."""
        partition = TopicPartition(record.topic, record.partition)
        if partition in self._joined.assignment():
            self._joined.seek(partition, record.offset)

    async def commit(self, record: Record) -> None:
        """Commit the offset after the record; a failure is only logged."""
        try:
            await self._joined.commit({TopicPartition(record.topic, record.partition): record.offset + 1})
        except GONE as error:
            logger.warning("offset not committed", extra={"partition": record.partition, "error": text(error)})


def record_of(source: ConsumerRecord) -> Record:
    """A record of the client's as ours."""
    return Record(
        topic=source.topic,
        partition=source.partition,
        offset=source.offset,
        key=source.key,
        value=source.value,
        timestamp=source.timestamp,
        headers=dict(source.headers),
    )
