"""``fte-worker``: the roles that turn messages into answers, in one process."""

import json
import logging
import sys

import uvloop

from fte_database.errors import DatabaseError
from fte_runtime.commands.arguments import argument_parser, read_document
from fte_runtime.commands.server import PROBE_GRACE_SECONDS, serving, shutdown_event
from fte_runtime.config import ConfigError, WorkerConfig
from fte_runtime.health import examine, inner_app
from fte_runtime.wiring.ports import Ports
from fte_runtime.wiring.roles import supervisor
from fte_runtime.wiring.worker import PROGRAM, invariant_store, worker_ports

logger = logging.getLogger(__name__)


def main() -> None:
    """Entry point; exits with 1 when a role died or an invariant is violated, 0 after SIGTERM."""
    parser = argument_parser(PROGRAM, "Answer the employee's customers.")
    checks = "only look for rows that break a rule of the store: a line of JSON per rule, status 1 for any"
    parser.add_argument("--check-invariants", action="store_true", help=checks)
    arguments = parser.parse_args()
    config = read_document(WorkerConfig, arguments.config, PROGRAM)
    try:
        well = uvloop.run(check_invariants(config) if arguments.check_invariants else run(config))
    except ConfigError as error:
        logger.critical("cannot start", extra={"error": str(error)})
        raise SystemExit(2) from error
    sys.exit(0 if well else 1)


async def run(config: WorkerConfig) -> bool:
    """Compose the real ports and work until told to stop."""
    async with worker_ports(config) as ports:
        return await work(config, ports)


async def work(config: WorkerConfig, ports: Ports) -> bool:
    """Run the roles on ``ports`` until SIGTERM or SIGINT; True when all of them ended as told."""
    stopping = shutdown_event()
    roles = supervisor(config, ports, stopping)
    inner = inner_app(lambda: metrics_of(ports), alive=lambda: roles.alive, ready=lambda: roles.alive)
    async with serving(inner, config.metrics_port, grace_seconds=PROBE_GRACE_SECONDS):
        return await roles.run()


async def check_invariants(config: WorkerConfig) -> bool:
    """Tell of each invariant how many rows break it; True when none does."""
    try:
        async with invariant_store(config) as store:
            found = await store.violations()
    except DatabaseError as error:
        raise ConfigError(f"the database cannot be asked: {error}") from error
    for name, rows in sorted(found.items()):
        sys.stdout.write(json.dumps({"invariant": name, "violations": rows}) + "\n")
    return not any(found.values())


async def metrics_of(ports: Ports) -> bytes:
    """The worker's counts and the true backlog; unknown is not zero."""
    ports.metrics.backlog.set(float("nan"))

    async def count() -> None:
        ports.metrics.backlog.set(await ports.status.backlog_conversations())

    await examine(count)
    return ports.metrics.render()
