"""Apache Kafka by aiokafka: acknowledged writes, and reads committed only by hand.

The client's defaults are unsafe here (automatic commits, start at the end, no idempotence) and some
of its promises are not kept; each setting below has its reason in docs/adr or next to it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    LeaderNotAvailableError,
    MessageSizeTooLargeError,
    UnknownTopicOrPartitionError,
)

from fte_runtime.bus.base import Record
from fte_runtime.bus.partitions import partition_of
from fte_runtime.errors import BusUnavailable, RecordTooLarge

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 3.0
_GONE = (KafkaError, OSError, TimeoutError)
_PUBLIC: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "does not answer in time"),
    (KafkaTimeoutError, "does not answer in time"),
    (UnknownTopicOrPartitionError, "a topic is missing"),
    (LeaderNotAvailableError, "a partition has no leader"),
)


class KafkaPublisher:
    """One idempotent producer, made when first needed and again after it broke.

    ``timeout`` (seconds) bounds connecting, sending and the acknowledgement together: an idempotent
    producer itself never gives up, and in an outage `send` blocks as well. ``linger`` (seconds) is how long a record
    may wait for others, which then share one request: many callers at once cost less, a single one waits.
    """

    def __init__(self, bootstrap_servers: str, *, client_id: str, timeout: float = 5.0, linger: float = 0.0) -> None:
        self._bootstrap = bootstrap_servers
        self._client_id = client_id
        self._timeout = timeout
        self._linger = linger
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()

    async def publish(
        self, topic: str, *, key: bytes, value: bytes, headers: Mapping[str, bytes] | None = None
    ) -> None:
        """Write one record with acks=all; raises `BusUnavailable` or `RecordTooLarge`."""
        async with self._deadline("publish"):
            producer = await self._connected()
            try:
                acknowledged = await self._send(producer, topic, key, value, headers or {})
                await acknowledged
            except MessageSizeTooLargeError as error:  # the broker's: its sequence number is spent
                await self._drop(producer)
                raise RecordTooLarge(f"{topic} takes no record of {len(value)} bytes") from error
            except KafkaError:
                await self._drop(producer)  # a broken idempotent producer stays broken
                raise

    async def publish_many(
        self, topic: str, records: Sequence[tuple[bytes, bytes]], *, headers: Mapping[str, bytes]
    ) -> None:
        """Hand over all keys and values, then wait; raises `BusUnavailable` when one is not confirmed."""
        async with self._deadline("publish"):
            producer = await self._connected()
            sent = [await self._send(producer, topic, key, value, headers) for key, value in records]
            results = await asyncio.gather(*sent, return_exceptions=True)
            if failed := next((result for result in results if isinstance(result, BaseException)), None):
                await self._drop(producer)
                raise failed

    async def check(self, topic: str | None = None) -> None:
        """Fetch the metadata afresh; every partition of ``topic`` needs a leader. Raises `BusUnavailable`."""
        async with self._deadline("check"):
            client = (await self._connected()).client
            if topic is not None:
                client.add_topic(topic)
            if not await client.force_metadata_update():
                raise KafkaConnectionError("no broker answers")
            if topic is None:
                return
            if not (partitions := client.cluster.partitions_for_topic(topic)):
                raise UnknownTopicOrPartitionError(topic)
            if len(client.cluster.available_partitions_for_topic(topic) or ()) < len(partitions):
                raise LeaderNotAvailableError(topic)

    @staticmethod
    async def _send(
        producer: AIOKafkaProducer, topic: str, key: bytes, value: bytes, headers: Mapping[str, bytes]
    ) -> asyncio.Future[object]:
        """Hand a record to the client; one too large for it never left, so the producer is as good as before."""
        try:
            sent: asyncio.Future[object] = await producer.send(topic, value, key=key, headers=list(headers.items()))
        except MessageSizeTooLargeError as error:
            raise RecordTooLarge(f"a record of {len(value)} bytes is too large to send") from error
        return sent

    async def aclose(self) -> None:
        """Flush what is pending, briefly, and disconnect."""
        if self._producer is not None:
            await self._drop(self._producer)

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is not None:
            return self._producer
        async with self._connecting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    client_id=self._client_id,
                    enable_idempotence=True,  # implies acks=all
                    request_timeout_ms=int(self._timeout * 1000),
                    linger_ms=int(self._linger * 1000),
                    partitioner=partition_of,
                )
                try:
                    await producer.start()
                except BaseException:
                    await _stopped(producer.stop)
                    raise
                self._producer = producer
            return self._producer

    async def _drop(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
        await _stopped(producer.stop)

    @asynccontextmanager
    async def _deadline(self, what: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except _GONE as error:
            raise BusUnavailable(f"Kafka {self._bootstrap}: {what}: {_text(error)}", _public(error)) from error


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
            await _stopped(consumer.stop)
            if isinstance(error, _GONE):
                raise BusUnavailable(f"Kafka {self._bootstrap}: join: {_text(error)}") from error
            raise
        self._consumer = consumer

    async def stop(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await _stopped(consumer.stop)

    async def poll(self, *, seconds: float, limit: int) -> Sequence[Sequence[Record]]:
        """Records by partition; raises `BusUnavailable` on what the client does not heal by itself."""
        try:
            batch = await self._joined.getmany(timeout_ms=int(seconds * 1000), max_records=limit)
        except _GONE as error:
            raise BusUnavailable(f"Kafka {self._bootstrap}: poll: {_text(error)}") from error
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
        except _GONE as error:
            logger.warning("offset not committed", extra={"partition": record.partition, "error": _text(error)})


async def _stopped(stop: Callable[[], Awaitable[None]]) -> None:
    """Stop a client, within reason: its flush waits for a broker that may be gone."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await stop()
    except _GONE as error:
        logger.info("client closed with an error", extra={"error": _text(error)})


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


def _public(error: BaseException) -> str:
    return next((told for kind, told in _PUBLIC if isinstance(error, kind)), "cannot be reached")


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
