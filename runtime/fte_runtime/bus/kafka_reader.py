"""Reading a topic from its beginning to where it ends now, without a group and without a trace."""

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from fte_runtime.bus.base import Record
from fte_runtime.bus.kafka_consumer import record_of
from fte_runtime.errors import BusUnavailable

POLL_MS = 500


class KafkaReader:
    """Reads whole topics, for commands that people run."""

    def __init__(self, bootstrap_servers: str, *, client_id: str) -> None:
        self._bootstrap = bootstrap_servers
        self._client_id = client_id

    async def records(self, topic: str) -> AsyncIterator[Record]:
        """Every record that is there when asked, each partition's in order; raises `BusUnavailable`."""
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        try:
            await consumer.start()  # without a group every partition is ours
            try:
                ends = await consumer.end_offsets(consumer.assignment())
                while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                    for partition, batch in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                        for record in batch:
                            if record.offset < ends[partition]:
                                yield record_of(record)
            finally:
                await consumer.stop()
        except (KafkaError, OSError, TimeoutError) as error:
            raise BusUnavailable(f"Kafka {self._bootstrap}: read {topic}: {type(error).__name__}") from error
