"""The product's API with a bus that takes everything at once: what the intake itself costs.

usage: no_broker.py DOCUMENT PORT
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvicorn

from fte_database.repositories.health import WorkerReport
from fte_runtime.answering import Answering
from fte_runtime.api.app import create_app
from fte_runtime.bus.base import GroupState
from fte_runtime.channels.base import ApiContext
from fte_runtime.clock import SystemClock
from fte_runtime.config import ApiConfig, load
from fte_runtime.events import Topics
from fte_runtime.health import Health
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import ApiMetrics
from fte_runtime.tokens import load_tokens


class Nowhere:
    """Acknowledges without a broker."""

    async def publish(
        self, topic: str, *, key: bytes, value: bytes, headers: Mapping[str, bytes] | None = None
    ) -> None:
        """Taken."""

    async def publish_many(
        self, topic: str, records: Sequence[tuple[bytes, bytes]], *, headers: Mapping[str, bytes] | None = None
    ) -> None:
        """Taken."""

    async def check(self, topic: str | None = None) -> None:
        """Well."""

    async def look(self) -> GroupState:
        """Nobody reads."""
        return GroupState(0, None, None)


async def _nothing() -> dict[str, object]:
    return {}


async def _nobody() -> list[WorkerReport]:
    return []


async def _never() -> float | None:
    return None


def main(document: str, port: str) -> None:
    """Serve until killed."""
    config, bus, metrics, clock = load(ApiConfig, Path(document)), Nowhere(), ApiMetrics(), SystemClock()
    topics = Topics(config.kafka.topic_prefix)
    context = ApiContext(
        clock=clock,
        topic_prefix=config.kafka.topic_prefix,
        public_url=config.public_url,
        publisher=BusInboundPublisher(topics=topics, publisher=bus, metrics=metrics.inbound),
        tokens=load_tokens(config.runtime_secrets),
        tickets=None,
        metrics=metrics,
    )
    names = [channel.name for channel in config.channels]
    health = Health(
        employee="bench/helper",
        kafka=bus.check,
        topics=_nothing,
        database=_nothing,
        writes=_nothing,
        answering=Answering(workers=_nobody, unanswered=_never, group=bus, clock=clock),
        channels=names,
        seen=_nothing,
        parts=_nothing,
        clock=clock,
    )
    uvicorn.run(
        create_app(context, config.channels, health),
        host="127.0.0.1",
        port=int(port),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        loop="uvloop",
        http="httptools",
        lifespan="off",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
