"""``fte-migrate``: the database brought to this release's schema, for one owner."""

import asyncio
import logging
import sys

from fte_database.errors import Busy, DatabaseError, OwnedByAnother, PgvectorMissing, Unreachable
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
        applied = await migrate(read_secret(config.database.url_file), config.database.owner)
    except ConfigError as error:
        return failed(config.termination_log, "Unreachable", str(error))
    except DatabaseError as error:
        return failed(config.termination_log, reason_of(error), str(error))
    logger.info("migrated", extra={"applied": applied})
    return 0


def reason_of(error: DatabaseError) -> str:
    """The condition's reason for an error of the database."""
    match error:
        case Unreachable() | Busy():
            return "Unreachable"
        case OwnedByAnother():
            return "OwnedByAnother"
        case PgvectorMissing():
            return "PgvectorMissing"
        case _:
            return "MigrationFailed"
