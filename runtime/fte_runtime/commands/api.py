"""``fte-api``: the intake API. It starts whatever is down, and says so."""

import logging

import uvloop

from fte_runtime.commands.arguments import configured
from fte_runtime.commands.server import serving, shutdown_event
from fte_runtime.config import ApiConfig, ConfigError
from fte_runtime.wiring.api import api_apps

logger = logging.getLogger(__name__)


def main() -> None:
    """Entry point; returns after SIGTERM, when requests in flight were answered."""
    config = configured(ApiConfig, "fte-api", "Serve the intake API.")
    try:
        uvloop.run(run(config))
    except ConfigError as error:
        logger.critical("cannot start", extra={"error": str(error)})
        raise SystemExit(2) from error


async def run(config: ApiConfig) -> None:
    """Serve until SIGTERM or SIGINT; metrics on a port of their own."""
    stopping = shutdown_event()
    async with api_apps(config) as apps, serving(apps.metrics, config.metrics_port), serving(apps.public, config.port):
        await stopping.wait()
