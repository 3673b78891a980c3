"""A migrated database of the test's own, and a plain connection to look into it."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from crm import Sql
from identity_world import CountedDatabase

from fte_database.migrate import migrate
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.tickets import PostgresTicketStore

OWNER = "shop/helper"


@pytest.fixture
async def migrated_url(database_url: str) -> str:
    await migrate(database_url, OWNER)
    return database_url


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    database = Database(migrated_url, owner=OWNER, size=16, application_name="test")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def counted(migrated_url: str) -> AsyncIterator[CountedDatabase]:
    database = CountedDatabase(migrated_url, owner=OWNER)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> PostgresTicketStore:
    return PostgresTicketStore(database, topic_prefix="shop")


@pytest.fixture
def deliveries(database: Database) -> PostgresDeliveryStore:
    return PostgresDeliveryStore(database, topic_prefix="shop")


@pytest.fixture
async def sql(migrated_url: str) -> AsyncIterator[Sql]:
    """Run a statement outside the code under test; rows come back as dicts."""
    connection = await asyncpg.connect(migrated_url)

    async def run(statement: str, *arguments: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await connection.fetch(statement, *arguments)]

    yield run
    await connection.close()
