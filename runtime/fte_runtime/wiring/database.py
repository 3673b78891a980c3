"""The database, ready for use but not yet dialled."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fte_database.errors import Unreachable
from fte_database.pool import Database
from fte_runtime.config import Database as Settings
from fte_runtime.config import read_secret

logger = logging.getLogger(__name__)

API = "fte-api"
"""What the API's sessions are called."""


@asynccontextmanager
async def open_database(settings: Settings, program: str) -> AsyncIterator[Database]:
    """A pool for ``program``.

    A URL or CA that makes no sense is logged and leaves every call `Unreachable`: the process still serves what
    it can, and says what is wrong where it is asked.

    Raises:
        ConfigError: a file is missing or empty.
    """
    url, ca = read_secret(settings.url_file), read_secret(settings.ca_file) if settings.ca_file else None
    database = Database(url, ca=ca, owner=settings.owner, size=settings.pool_size, application_name=program)
    try:
        await database.open()
    except Unreachable as error:
        logger.error("database not usable", extra={"error": str(error)})
    try:
        yield database
    finally:
        await database.close()
