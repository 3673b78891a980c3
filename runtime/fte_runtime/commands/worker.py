"""``fte-worker``: the roles that turn messages into answers, in one process."""

import logging
import sys

import uvloop
from starlette.applications import Starlette

from fte_runtime.commands.arguments import configured
from fte_runtime.commands.server import serving, shutdown_event
from fte_runtime.config import ConfigError, WorkerConfig
from fte_runtime.health import examine, metrics_app, probe_routes
from fte_runtime.wiring.worker import Ports, supervisor, worker_ports

logger = logging.getLogger(__name__)

PROBE_GRACE_SECONDS = 1


def main() -> None:
    """Entry point; exits with 1 when a role died, 0 after SIGTERM."""
    config = configured(WorkerConfig, "fte-worker", "Answer the employee's customers.")
    try:
        stopped_as_told = uvloop.run(run(config))
    except ConfigError as error:
        logger.critical("cannot start", extra={"error": str(error)})
        raise SystemExit(2) from error
    sys.exit(0 if stopped_as_told else 1)


async def run(config: WorkerConfig) -> bool:
    """Compose the real ports and work until told to stop."""
    async with worker_ports(config) as ports:
        return await work(config, ports)


async def work(config: WorkerConfig, ports: Ports) -> bool:
    """Run the roles on ``ports`` until SIGTERM or SIGINT; True when all of them ended as told."""
    stopping = shutdown_event()
    roles = supervisor(config, ports, stopping)
    probes = Starlette(routes=probe_routes(alive=lambda: roles.alive))
    metrics = metrics_app(lambda: metrics_of(ports))
    async with (
        serving(probes, config.port, grace_seconds=PROBE_GRACE_SECONDS),
        serving(metrics, config.metrics_port, grace_seconds=PROBE_GRACE_SECONDS),
    ):
        return await roles.run()


async def metrics_of(ports: Ports) -> bytes:
    """The worker's counts and the true backlog; unknown is not zero."""
    ports.metrics.backlog.set(float("nan"))

    async def count() -> None:
        ports.metrics.backlog.set(await ports.status.backlog_conversations())

    await examine(count)
    return ports.metrics.render()
