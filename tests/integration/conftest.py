"""A whole data plane of its own per test: topics, database, knowledge, and real processes on them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from data_plane import DataPlane
from own_kafka import SecuredKafka


@pytest.fixture
async def data_plane(tmp_path: Path, database_url: str, kafka_bootstrap: str) -> AsyncIterator[DataPlane]:
    """Migrated, knowing `data_plane.FACTS`, nothing running yet. Processes end with the test."""
    plane = DataPlane(tmp_path, database_url, kafka_bootstrap)
    await plane.create()
    try:
        yield plane
    finally:
        await plane.close()


@pytest.fixture(scope="session")
def granted(secured_kafka: SecuredKafka) -> None:
    """The ACLs of docs/kafka.md, given to two principals with the commands of the page."""
    for name in ("shop", "desk"):
        secured_kafka.grant(name, name)
