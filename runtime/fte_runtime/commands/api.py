"""``fte-api``: the intake API. It starts whatever is down, and says so."""

import asyncio
import logging

import uvloop

from fte_runtime.commands.arguments import configured
from fte_runtime.commands.server import serving, shutdown_event
from fte_runtime.config import ApiConfig, ConfigError
from fte_runtime.health import inner_app
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
    """Serve until SIGTERM or SIGINT; probes and metrics on a port of their own, which visitors cannot crowd."""
    stopping, listening = shutdown_event(), asyncio.Event()
    async with api_apps(config) as apps:
        inner = inner_app(apps.render, alive=lambda: True, ready=listening.is_set, health=apps.health)
        async with serving(inner, config.metrics_port), serving(apps.public, config.port, listening=listening):
            await stopping.wait()
