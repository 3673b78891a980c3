"""Reading a topic from its beginning to where it ends now, without a group and without a trace."""

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer

from fte_runtime.bus.base import Record
from fte_runtime.bus.kafka_client import GONE, arguments, public, started, text
from fte_runtime.bus.kafka_consumer import record_of
from fte_runtime.errors import BusUnavailable
from fte_transport.access import KafkaAccess

POLL_MS = 500


class KafkaReader:
    """Reads whole topics, for commands that people run."""

    def __init__(self, access: KafkaAccess, *, client_id: str) -> None:
        self._access, self._bootstrap = access, access.bootstrap_servers
        self._client_id = client_id

    async def records(self, topic: str) -> AsyncIterator[Record]:
        """Every record that is there when asked, each partition's in order; raises `BusUnavailable`."""
        try:
            consumer = AIOKafkaConsumer(
                topic,
                **arguments(self._access, self._client_id),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            )
            await started(consumer, self._access)  # without a group every partition is ours
            try:
                ends = await consumer.end_offsets(consumer.assignment())
                while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                    for partition, batch in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                        for record in batch:
                            if record.offset < ends[partition]:
                                yield record_of(record)
            finally:
                await consumer.stop()
        except GONE as error:
            raise BusUnavailable(f"Kafka {self._bootstrap}: read {topic}: {text(error)}", public(error)) from error
