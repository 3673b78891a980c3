"""``fte-migrate``: the database brought to this release's schema, for one owner."""

import asyncio
import logging
import sys

from fte_database.errors import DatabaseError
from fte_database.migrate import migrate
from fte_runtime.commands.arguments import configured
from fte_runtime.commands.termination import failed
from fte_runtime.config import ConfigError, MigrateConfig, read_secret

logger = logging.getLogger(__name__)


def main() -> None:
    """Entry point; exits with 1 and a termination message when it failed."""
    config = configured(MigrateConfig, "fte-migrate", "Migrate the employee's database.")
    sys.exit(asyncio.run(run(config)))


async def run(config: MigrateConfig) -> int:
    """Migrate; the exit status."""
    try:
        url, ca_file = read_secret(config.database.url_file), config.database.ca_file
        applied = await migrate(url, config.database.owner, ca=read_secret(ca_file) if ca_file else None)
    except ConfigError as error:
        return failed(config.termination_log, "Unreachable", str(error))
    except DatabaseError as error:
        return failed(config.termination_log, reason_of(error), str(error))
    logger.info("migrated", extra={"applied": applied})
    return 0


def reason_of(error: DatabaseError) -> str:
    """The condition's reason for an error of the database."""
    return error.reason if error.reason != DatabaseError.reason else "MigrationFailed"
