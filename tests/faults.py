"""Run the real worker with one port method that kills the process: no hook in the product.

``python tests/faults.py --config PATH --kill tickets.ingest:1:after`` runs ``fte-worker`` and sends
itself SIGKILL just after the first call of `Ports.tickets.ingest` returned (``before``: just before it
starts). A port that is a mapping stands for everything in it: ``senders.send`` is any channel's and
``senders[whatsapp].send`` that one's. ``--mutate NAME`` takes a safeguard away (tests/mutations.py). ``--stop`` stops
the process by SIGSTOP instead, until somebody lets it go on. ``--trace FILE`` appends a line per call of that
method, so a test sees how far it came.
"""

import argparse
import asyncio
import dataclasses
import os
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mutations import MUTATIONS

from fte_runtime import logs
from fte_runtime.commands.worker import work
from fte_runtime.config import WorkerConfig, load
from fte_runtime.wiring.ports import Ports
from fte_runtime.wiring.worker import worker_ports


@dataclasses.dataclass(frozen=True)
class Kill:
    """Kill at the ``call``-th call of ``port.method``, ``before`` or ``after`` it; ``part`` is one of a mapping."""

    port: str
    method: str
    call: int
    when: str
    signal: int = signal.SIGKILL
    part: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Kill":
        """``port.method:call:before|after`` or ``port[part].method:…``."""
        target, call, when = text.split(":")
        place, method = target.split(".")
        port, _, part = place.partition("[")
        if when not in ("before", "after"):
            raise ValueError(f"{when} is neither before nor after")
        return cls(port, method, int(call), when, part=part.removesuffix("]") or None)


class Deadly:
    """A port that behaves like the one it wraps until the fatal call; ``calls`` are counted over all that share it."""

    def __init__(self, port: object, kill: Kill, trace: Path | None, calls: Counter[str]) -> None:
        self._port = port
        self._kill = kill
        self._trace = trace
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._port, name)
        return self._deadly(name, real) if name == self._kill.method else real

    def _deadly(self, name: str, real: Any) -> Any:
        async def method(*arguments: Any, **named: Any) -> Any:
            if self._kill.when == "before":
                self._maybe_die(counts=True)
                return await real(*arguments, **named)
            result = await real(*arguments, **named)
            # A claim that found nothing is no claim.
            self._maybe_die(counts=result is not None or not name.startswith("claim"))
            return result

        return method

    def _maybe_die(self, *, counts: bool) -> None:
        name = f"{self._kill.port}.{self._kill.method}"
        self._calls[name] += counts
        if counts and self._trace:
            with self._trace.open("a") as trace:
                trace.write(f"{name} {self._calls[name]}\n")
        if counts and self._calls[name] == self._kill.call:
            os.kill(os.getpid(), self._kill.signal)


def wrapped(ports: Ports, kill: Kill, trace: Path | None) -> Ports:
    """``ports`` with the one method made deadly; refuses a name that does not exist."""
    real, calls = getattr(ports, kill.port), Counter[str]()
    chosen = {k: v for k, v in real.items() if kill.part in (None, k)} if isinstance(real, Mapping) else {"": real}
    parts = chosen.values()
    if not parts or not all(callable(getattr(part, kill.method)) for part in parts):
        raise TypeError(f"{kill.port}.{kill.method} is no method")
    if isinstance(real, Mapping):
        deadly: object = {**real, **{name: Deadly(part, kill, trace, calls) for name, part in chosen.items()}}
    else:
        deadly = Deadly(real, kill, trace, calls)
    return dataclasses.replace(ports, **{kill.port: deadly})


async def main() -> bool:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--kill", type=Kill.parse)
    parser.add_argument("--mutate", choices=sorted(MUTATIONS))
    parser.add_argument("--stop", action="store_true", help="SIGSTOP instead of SIGKILL")
    parser.add_argument("--trace", type=Path)
    arguments = parser.parse_args()
    kill: Kill | None = arguments.kill
    if kill and arguments.stop:
        kill = dataclasses.replace(kill, signal=signal.SIGSTOP)
    if arguments.mutate:
        MUTATIONS[arguments.mutate]()
    config = load(WorkerConfig, arguments.config)
    logs.configure(config.log_level)
    async with worker_ports(config) as ports:
        return await work(config, wrapped(ports, kill, arguments.trace) if kill else ports)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main()) else 1)
