"""``python -m fte_operator.topics.child``: one `ensure`, from a request on stdin to an outcome on stdout, both JSON.

What it may take is bound before the first byte of a broker is read. Whatever a broker makes of it, a crash included,
ends with this process.
"""

import asyncio
import json
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fte_operator.topics import kafka
from fte_operator.topics.base import Claim, KafkaUnreachable, TopicsError
from fte_transport.access import KafkaAccess

HEADROOM_BYTES = 48 * 1024 * 1024
"""Address space beyond what the imports took."""
STARTED = b"\n"
"""Written once the imports are done and the deadline begins."""
_CPU_SECONDS = 5
_MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class _Topic:
    name: str
    partitions: int
    retention_ms: int
    grow: bool


def main() -> None:
    """The program."""
    request = json.load(sys.stdin)
    _confine(request["deadline"])
    sys.stdout.buffer.write(STARTED)
    sys.stdout.buffer.flush()
    json.dump(asyncio.run(_outcome(request)), sys.stdout)


async def _outcome(request: Mapping[str, Any]) -> dict[str, Any]:
    access, wanted = KafkaAccess(**request["access"]), [_Topic(**each) for each in request["wanted"]]
    try:
        return {"partitions": await kafka.ensure(access, Claim(**request["claim"]), wanted, request["deadline"])}
    except TopicsError as error:
        return {"reason": error.reason, "message": str(error)[:_MAX_TEXT], "cause": repr(error.__cause__)[:_MAX_TEXT]}
    except Exception as error:  # noqa: BLE001 - what is no Kafka makes the client fail in any way; it is an outcome
        what = f"what answers at {access.bootstrap_servers} does not speak as Kafka does"
        message = f"{what}; check spec.kafka.bootstrapServers"
        return {"reason": KafkaUnreachable.reason, "message": message, "cause": repr(error)[:_MAX_TEXT]}


def _confine(deadline: float) -> None:
    """Bound memory and time, and stand behind the operator where they share a CPU."""
    os.nice(19)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    seconds = int(deadline) + _CPU_SECONDS
    for what, limit in (
        (resource.RLIMIT_AS, taken + HEADROOM_BYTES),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


if __name__ == "__main__":
    main()
