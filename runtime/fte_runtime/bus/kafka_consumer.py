"""Reads of Apache Kafka by aiokafka, committed only by hand.

The client's defaults are unsafe here: automatic commits, start at the end.
"""

import logging
from collections.abc import Callable, Collection, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from fte_runtime.bus.base import Partition, Record
from fte_runtime.bus.kafka_client import GONE, arguments, public, started, stopped, text
from fte_runtime.errors import BusUnavailable
from fte_transport.access import KafkaAccess

logger = logging.getLogger(__name__)

METADATA_SECONDS = 10.0
"""How old what is known of the topics may be. The client's own five minutes are how long a group would sit on an empty
assignment after its topic was made again."""


class KafkaConsumer:
    """One dynamic member of a group (a static one makes the others wait out its session on a stop)."""

    def __init__(self, access: KafkaAccess, *, topics: Sequence[str], group: str, client_id: str) -> None:
        self._access, self._bootstrap = access, access.bootstrap_servers
        self._make: Callable[[], AIOKafkaConsumer] = lambda: AIOKafkaConsumer(
            *topics,
            **arguments(access, client_id),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # a new group must not skip the backlog
            metadata_max_age_ms=int(METADATA_SECONDS * 1000),
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
        try:
            consumer = self._make()
            await started(consumer, self._access)
        except GONE as error:
            raise BusUnavailable(f"Kafka {self._bootstrap}: join: {text(error)}", public(error)) from error
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
            raise BusUnavailable(f"Kafka {self._bootstrap}: poll: {text(error)}", public(error)) from error
        return [[record_of(r) for r in records] for records in batch.values() if records]

    def hold(self, held: bool, waiting: Collection[Partition] = ()) -> None:
        """Pause or resume what is assigned now; those ``waiting`` are paused either way."""
        consumer = self._joined
        assigned, paused = consumer.assignment(), consumer.paused()
        wanted = assigned if held else assigned & {TopicPartition(*partition) for partition in waiting}
        consumer.pause(*(wanted - paused))
        consumer.resume(*((paused & assigned) - wanted))

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
