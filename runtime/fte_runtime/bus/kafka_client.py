"""What the Kafka adapters have in common: how a lost broker is told, and how a client is closed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiokafka.errors import KafkaError, KafkaTimeoutError, LeaderNotAvailableError, UnknownTopicOrPartitionError

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 3.0
GONE = (KafkaError, OSError, TimeoutError)
"""What a client raises when the broker cannot be reached."""

_PUBLIC: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "does not answer in time"),
    (KafkaTimeoutError, "does not answer in time"),
    (UnknownTopicOrPartitionError, "a topic is missing"),
    (LeaderNotAvailableError, "a partition has no leader"),
)


async def stopped(stop: Callable[[], Awaitable[None]]) -> None:
    """Stop a client, within reason: its flush waits for a broker that may be gone."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await stop()
    except GONE as error:
        logger.info("client closed with an error", extra={"error": text(error)})


def public(error: BaseException) -> str:
    """What anybody may be told of it."""
    return next((told for kind, told in _PUBLIC if isinstance(error, kind)), "cannot be reached")


def text(error: BaseException) -> str:
    """What our log is told of it."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
