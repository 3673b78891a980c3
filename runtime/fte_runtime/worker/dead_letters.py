"""What nobody can read or store, put onto the dead-letter topic with the cause; ``fte-dlq`` reads it there."""

import hashlib
import logging

from fte_runtime.bus.base import Publisher, Record
from fte_runtime.errors import RecordTooLarge
from fte_runtime.logs import redact

logger = logging.getLogger(__name__)

MAX_KEY_BYTES = 1024
MAX_VALUE_BYTES = 512 * 1024
"""Bytes kept of what is put aside: an uncompressed record must fit where a compressed one came through."""

MAX_ERROR_CHARS = 500


class DeadLetters:
    """Writes onto the dead-letter topic ``topic``."""

    def __init__(self, publisher: Publisher, topic: str) -> None:
        self._publisher = publisher
        self._topic = topic

    async def dead_letter(self, record: Record, *, cause: str, error: Exception) -> None:
        """Put ``record`` aside; ``cause`` is a stable word, ``error`` says what is wrong in ours.

        Raises:
            BusUnavailable: not confirmed; the record is still to be put aside.
        """
        headers = {
            "cause": cause.encode(),
            "error": redact(str(error))[:MAX_ERROR_CHARS].encode(),
            "source-topic": record.topic.encode(),
            "source-partition": str(record.partition).encode(),
            "source-offset": str(record.offset).encode(),
            "source-timestamp": str(record.timestamp).encode(),
        }
        try:
            await self._publish(record, MAX_VALUE_BYTES, headers)
        except RecordTooLarge:  # the topic's own limit is lower still: the headers say what it was
            await self._publish(record, 0, headers)
        extra = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        logger.error("record dead-lettered", extra=extra | {"cause": cause, "error": str(error)})

    async def _publish(self, record: Record, limit: int, headers: dict[str, bytes]) -> None:
        """With at most ``limit`` bytes of the value, saying so when that is not all."""
        value = record.value or b""
        if len(value) > limit:
            cut = {"truncated": b"true", "original-size": str(len(value)).encode()}
            headers = headers | cut | {"sha256": hashlib.sha256(value).hexdigest().encode()}
        key = (record.key or b"")[:MAX_KEY_BYTES]
        await self._publisher.publish(self._topic, key=key, value=value[:limit], headers=headers)
