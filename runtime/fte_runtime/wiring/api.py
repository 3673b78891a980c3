"""The API's composition. It starts while Kafka and PostgreSQL are away."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

from starlette.applications import Starlette

from fte_database.pool import Database
from fte_database.repositories.status import StatusStore
from fte_runtime.api.app import build_app
from fte_runtime.api.form import FormPage
from fte_runtime.api.intake import Intake
from fte_runtime.api.support import SupportRoutes
from fte_runtime.api.tickets import TicketPage
from fte_runtime.bus.base import Publisher
from fte_runtime.bus.kafka import KafkaPublisher
from fte_runtime.clock import SystemClock
from fte_runtime.config import ApiConfig
from fte_runtime.errors import BusUnavailable
from fte_runtime.events import Topics
from fte_runtime.health import Health
from fte_runtime.metrics import ApiMetrics
from fte_runtime.tokens import load_tokens
from fte_runtime.wiring.database import open_database

logger = logging.getLogger(__name__)

RECONNECT_SECONDS = 2.0


@asynccontextmanager
async def api_app(config: ApiConfig) -> AsyncIterator[Starlette]:
    """The application on its real adapters, connecting in the background.

    Raises:
        ConfigError: a secret file is missing or empty.
    """
    client = f"fte-api-{socket.gethostname()}"
    tokens = load_tokens(config.runtime_secrets)
    async with (
        open_database(config.database, "fte-api") as database,
        aclosing(KafkaPublisher(config.kafka.bootstrap_servers, client_id=client)) as publisher,
    ):
        clock, metrics = SystemClock(), ApiMetrics()
        intake = Intake(
            forms=config.channels,
            topics=Topics(config.kafka.topic_prefix),
            publisher=publisher,
            tokens=tokens,
            clock=clock,
            metrics=metrics,
        )
        support = SupportRoutes(
            intake=intake,
            tickets=TicketPage(lookup=StatusStore(database), tokens=tokens, clock=clock),
            form=FormPage(intake.forms),
            public_url=config.public_url,
            clock=clock,
            metrics=metrics,
        )
        connecting = asyncio.create_task(_connect(publisher))
        try:
            yield build_app(support=support, health=_health(config, publisher, database), metrics=metrics)
        finally:
            connecting.cancel()
            with suppress(asyncio.CancelledError):
                await connecting
            await intake.drain()


def _health(config: ApiConfig, publisher: Publisher, database: Database) -> Health:
    return Health(
        kafka=lambda: publisher.check(Topics(config.kafka.topic_prefix).incoming),
        database=database.ping,
        channels=[channel.name for channel in config.channels],
        seen=StatusStore(database).last_inbound,
        clock=SystemClock(),
    )


async def _connect(publisher: Publisher) -> None:
    """Be connected before the first customer comes, whenever the bus does."""
    while True:
        try:
            await publisher.check()
        except BusUnavailable as error:
            logger.warning("bus not reached", extra={"error": str(error)})
            await asyncio.sleep(RECONNECT_SECONDS)
        else:
            return
