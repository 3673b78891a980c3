"""What the Kafka adapters have in common: how a lost broker is told, and how a client is closed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    LeaderNotAvailableError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from fte_transport.access import KafkaAccess
from fte_transport.errors import AccessRefused
from fte_transport.kafka import refusal

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 3.0
GONE = (KafkaError, OSError, TimeoutError, AccessRefused)
"""What a client raises when the broker cannot be reached, and `started` when it refuses us."""

_PUBLIC: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "does not answer in time"),
    (KafkaTimeoutError, "does not answer in time"),
    (UnknownTopicOrPartitionError, "a topic is missing"),
    (LeaderNotAvailableError, "a partition has no leader"),
    (TopicAuthorizationFailedError, "does not let us use a topic"),
    (GroupAuthorizationFailedError, "does not let us use our consumer group"),
    (ClusterAuthorizationFailedError, "does not let us write"),  # as it is told to who may write no topic at all
)


class Client(Protocol):
    """Any client of the library."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""


async def started(client: Client, access: KafkaAccess) -> None:
    """Start a client, or stop it again; raises one of `GONE`, of which `AccessRefused` says what to change."""
    try:
        await client.start()
    except BaseException as error:
        await stopped(client.stop)
        if not isinstance(error, Exception):
            raise
        if refused := await refusal(access):
            raise refused from error
        if isinstance(error, GONE):
            raise
        raise KafkaConnectionError(f"not as a broker answers: {text(error)}") from error


def arguments(access: KafkaAccess, client_id: str) -> dict[str, Any]:
    """What every client is made with; raises `AccessRefused`."""
    return {**access.client_arguments(), "client_id": client_id}


async def stopped(stop: Callable[[], Awaitable[None]]) -> None:
    """Stop a client, within reason: its flush waits for a broker that may be gone."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await stop()
    except GONE as error:
        logger.info("client closed with an error", extra={"error": text(error)})


def public(error: BaseException) -> str:
    """What anybody may be told of it."""
    if isinstance(error, AccessRefused):
        return error.public
    return next((told for kind, told in _PUBLIC if isinstance(error, kind)), "cannot be reached")


def text(error: BaseException) -> str:
    """What our log is told of it."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
