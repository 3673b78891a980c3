"""What nobody can read or store, put onto the dead-letter topic with the cause; ``fte-dlq`` reads it there."""

import hashlib
import logging
from collections.abc import Mapping

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
        source = {
            "topic": record.topic,
            "partition": str(record.partition),
            "offset": str(record.offset),
            "timestamp": str(record.timestamp),
        }
        await self.put_aside(record.value or b"", key=record.key or b"", source=source, cause=cause, error=error)

    async def put_aside(
        self, value: bytes, *, key: bytes, source: Mapping[str, str], cause: str, error: Exception
    ) -> None:
        """Put ``value`` aside, which may be no record yet; ``source`` says in words where it came from.

        Raises:
            BusUnavailable: not confirmed; it is still to be put aside.
        """
        headers = {"cause": cause.encode(), "error": redact(str(error))[:MAX_ERROR_CHARS].encode()}
        headers |= {f"source-{name}": text.encode() for name, text in source.items()}
        try:
            await self._publish(key, value, MAX_VALUE_BYTES, headers)
        except RecordTooLarge:  # the topic's own limit is lower still: the headers say what it was
            await self._publish(key, value, 0, headers)
        extra = {f"source_{name}": text for name, text in source.items()}
        logger.error("dead-lettered", extra=extra | {"cause": cause, "error": str(error)})

    async def _publish(self, key: bytes, value: bytes, limit: int, headers: dict[str, bytes]) -> None:
        """With at most ``limit`` bytes of the value, saying so when that is not all."""
        if len(value) > limit:
            cut = {"truncated": b"true", "original-size": str(len(value)).encode()}
            headers = headers | cut | {"sha256": hashlib.sha256(value).hexdigest().encode()}
        await self._publisher.publish(self._topic, key=key[:MAX_KEY_BYTES], value=value[:limit], headers=headers)
