"""What exports, erases and retains, on the adapters that a document names."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

from fte_database.pool import Database
from fte_database.repositories.privacy.erasures import ErasureStore
from fte_database.repositories.privacy.retention import Ages
from fte_runtime.bus.base import Publisher
from fte_runtime.bus.kafka_eraser import KafkaEraser
from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.bus.kafka_reader import KafkaReader
from fte_runtime.config import ApiConfig, Retention, WorkerConfig
from fte_runtime.events import Topics
from fte_runtime.privacy.erasing import Erasing
from fte_runtime.wiring.database import open_database
from fte_runtime.wiring.kafka import kafka_access

PROGRAM = "fte-privacy"


def erasing(config: ApiConfig | WorkerConfig, database: Database, publisher: Publisher) -> Erasing:
    """The erasure over ``database`` and the topics; raises `ConfigError` for a secret that is missing."""
    access = kafka_access(config.kafka)
    return Erasing(
        store=ErasureStore(database),
        topics=Topics(config.kafka.topic_prefix),
        bound={channel.kind for channel in config.channels},
        reader=KafkaReader(access, client_id=PROGRAM),
        publisher=publisher,
        eraser=KafkaEraser(access, client_id=PROGRAM),
    )


@asynccontextmanager
async def open_erasing(config: WorkerConfig) -> AsyncIterator[Erasing]:
    """The same as a command has it, closed on leaving."""
    access = kafka_access(config.kafka)
    async with (
        open_database(config.database, PROGRAM) as database,
        aclosing(KafkaPublisher(access, client_id=PROGRAM)) as publisher,
    ):
        yield erasing(config, database, publisher)


def ages(retention: Retention) -> Ages:
    """What a document's days are."""
    return Ages(
        messages=_days(retention.messages_days),
        raw_events=_days(retention.raw_events_days),
        runs=_days(retention.runs_days),
        audit=_days(retention.audit_days),
        customers=_days(retention.customers_days),
    )


def _days(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(days=number)
