"""``fte-api``: the intake API. It starts whatever is down, and says so."""

import logging

import uvicorn
import uvloop

from fte_runtime.commands.arguments import configured
from fte_runtime.config import ApiConfig, ConfigError
from fte_runtime.wiring.api import api_app

logger = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 10


def main() -> None:
    """Entry point; returns after SIGTERM, when requests in flight were answered."""
    config = configured(ApiConfig, "fte-api", "Serve the intake API.")
    try:
        uvloop.run(run(config))
    except ConfigError as error:
        logger.critical("cannot start", extra={"error": str(error)})
        raise SystemExit(2) from error


async def run(config: ApiConfig) -> None:
    """Serve until SIGTERM or SIGINT."""
    async with api_app(config) as app:
        settings = uvicorn.Config(
            app,
            host="0.0.0.0",
            port=config.port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        await uvicorn.Server(settings).serve()
