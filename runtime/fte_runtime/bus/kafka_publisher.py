"""Acknowledged writes to Apache Kafka by aiokafka.

The client's defaults are unsafe here and some of its promises are not kept; each setting has its reason next to it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    LeaderNotAvailableError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from fte_runtime.bus.kafka_client import GONE, arguments, public, started, stopped, text
from fte_runtime.errors import BusUnavailable, RecordTooLarge
from fte_transport.access import KafkaAccess
from fte_transport.kafka import refusal


class KafkaPublisher:
    """One idempotent producer, made when first needed and again after it broke.

    ``timeout`` (seconds) bounds connecting, sending and the acknowledgement together: an idempotent
    producer itself never gives up, and in an outage `send` blocks as well. ``linger`` (seconds) is how long a record
    may wait for others, which then share one request: many callers at once cost less, a single one waits.
    """

    def __init__(self, access: KafkaAccess, *, client_id: str, timeout: float = 5.0, linger: float = 0.0) -> None:
        self._access, self._bootstrap = access, access.bootstrap_servers
        self._client_id = client_id
        self._timeout = timeout
        self._linger = linger
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()

    async def publish(
        self, topic: str, *, key: bytes, value: bytes, headers: Mapping[str, bytes] | None = None
    ) -> None:
        """Write one record with acks=all; raises `BusUnavailable` or `RecordTooLarge`."""
        try:
            async with asyncio.timeout(self._timeout):
                producer = await self._connected()
                try:
                    await (await self._send(producer, topic, key, value, headers or {}))
                except MessageSizeTooLargeError as error:  # the broker's: its sequence number is spent
                    await self._drop(producer)
                    raise RecordTooLarge(f"{topic} takes no record of {len(value)} bytes") from error
                except KafkaError:
                    await self._drop(producer)  # a broken idempotent producer stays broken
                    raise
        except GONE as error:
            raise self._unavailable("publish", error) from error

    async def publish_many(
        self, topic: str, records: Sequence[tuple[bytes, bytes]], *, headers: Mapping[str, bytes]
    ) -> None:
        """Hand over all keys and values, then wait; raises `BusUnavailable` when one is not confirmed."""
        try:
            async with asyncio.timeout(self._timeout):
                producer = await self._connected()
                sent = [await self._send(producer, topic, key, value, headers) for key, value in records]
                results = await asyncio.gather(*sent, return_exceptions=True)
                if failed := next((result for result in results if isinstance(result, BaseException)), None):
                    await self._drop(producer)
                    raise failed
        except GONE as error:
            raise self._unavailable("publish", error) from error

    async def check(self, topic: str | None = None) -> None:
        """Fetch the metadata afresh; every partition of ``topic`` needs a leader. Raises `BusUnavailable`."""
        topics = [] if topic is None else [topic]
        for fault in (await self._faults(topics)).values():
            raise self._unavailable("check", fault) from fault

    async def lacking(self, topics: Sequence[str]) -> Mapping[str, str]:
        """Fetch the metadata afresh; those of ``topics`` that take no record now, and what is wrong with each.

        Raises:
            BusUnavailable: no broker answers.
        """
        return {topic: public(fault) for topic, fault in (await self._faults(topics)).items()}

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
                    **arguments(self._access, self._client_id),
                    enable_idempotence=True,  # implies acks=all
                    request_timeout_ms=int(self._timeout * 1000),
                    linger_ms=int(self._linger * 1000),
                    partitioner=partition_of,
                )
                await started(producer, self._access)
                self._producer = producer
            return self._producer

    async def _faults(self, topics: Sequence[str]) -> Mapping[str, KafkaError]:
        """What keeps those of ``topics`` that take no record from it, by metadata of now."""
        try:
            async with asyncio.timeout(self._timeout):
                client = (await self._connected()).client
                for topic in topics:
                    client.add_topic(topic)
                if not await client.force_metadata_update():
                    raise await refusal(self._access) or KafkaConnectionError("no broker answers")
        except GONE as error:
            raise self._unavailable("check", error) from error
        return {topic: fault for topic in topics if (fault := _fault(client, topic))}

    async def _drop(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
        await stopped(producer.stop)

    def _unavailable(self, what: str, error: BaseException) -> BusUnavailable:
        return BusUnavailable(f"Kafka {self._bootstrap}: {what}: {text(error)}", public(error))


def _fault(client: AIOKafkaClient, topic: str) -> KafkaError | None:
    """What keeps a topic from taking records, by the newest metadata."""
    if topic in client.cluster.unauthorized_topics:
        return TopicAuthorizationFailedError(topic)
    if not (partitions := client.cluster.partitions_for_topic(topic)):
        return UnknownTopicOrPartitionError(topic)
    if len(client.cluster.available_partitions_for_topic(topic) or ()) < len(partitions):
        return LeaderNotAvailableError(topic)
    return None


def partition_of(key: bytes, partitions: Sequence[int], _: Sequence[int]) -> int:
    """A key's partition, as librdkafka's ``consistent`` chooses it; the client's own hash is slow plain Python.

    https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md, ``partitioner``.
    """
    return partitions[crc32(key) % len(partitions)]
