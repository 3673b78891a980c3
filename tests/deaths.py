"""Methods that end their process: a port's, by wrapping it, or a class's, wherever its objects are made."""

import dataclasses
import os
import signal
from collections.abc import Mapping
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from fte_runtime.wiring.ports import Ports


@dataclasses.dataclass(frozen=True)
class Kill:
    """Kill at the ``call``-th call of ``place.method``, ``before`` or ``after`` it.

    ``place`` is a port, ``part`` one of a mapping; or a class of ours with its module, and ``part`` an argument without
    which a call does not count.
    """

    place: str
    method: str
    call: int
    when: str
    signal: int = signal.SIGKILL
    part: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Kill":
        """``port.method:call:before|after``, ``port[part].method:…`` or ``fte_….Class[part].method:…``."""
        target, call, when = text.split(":")
        place, _, method = target.rpartition(".")
        place, _, part = place.partition("[")
        if when not in ("before", "after"):
            raise ValueError(f"{when} is neither before nor after")
        return cls(place, method, int(call), when, part=part.removesuffix("]") or None)

    @property
    def name(self) -> str:
        """What is called."""
        return f"{self.place}.{self.method}"

    @property
    def of_class(self) -> bool:
        """Whether the method is a class's and no port's."""
        return self.place.startswith("fte_")


class Count:
    """Calls of the one method, over all that have it."""

    def __init__(self, kill: Kill, trace: Path | None) -> None:
        self._kill = kill
        self._trace = trace
        self._calls = 0

    def wrapped(self, real: Any) -> Any:
        """``real``, until the fatal call."""

        @wraps(real)
        async def method(*arguments: Any, **named: Any) -> Any:
            counts = not self._kill.of_class or self._concerns(arguments, named)
            if self._kill.when == "before":
                self._maybe_die(counts=counts)
                return await real(*arguments, **named)
            result = await real(*arguments, **named)
            # A claim that found nothing is no claim.
            self._maybe_die(counts=counts and (result is not None or not self._kill.method.startswith("claim")))
            return result

        return method

    def _concerns(self, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> bool:
        return self._kill.part is None or self._kill.part in (*arguments[1:], *named.values())

    def _maybe_die(self, *, counts: bool) -> None:
        self._calls += counts
        if counts and self._trace:
            with self._trace.open("a") as trace:
                trace.write(f"{self._kill.name} {self._calls}\n")
        if counts and self._calls == self._kill.call:
            os.kill(os.getpid(), self._kill.signal)


class Deadly:
    """A port that behaves like the one it wraps, but for one method."""

    def __init__(self, port: object, method: str, count: Count) -> None:
        self._port = port
        self._method = method
        self._count = count

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._port, name)
        return self._count.wrapped(real) if name == self._method else real


def arm(kill: Kill, trace: Path | None) -> None:
    """Make a class's method deadly; refuses a name that does not exist."""
    module, _, name = kill.place.rpartition(".")
    owner = getattr(import_module(module), name)
    setattr(owner, kill.method, Count(kill, trace).wrapped(getattr(owner, kill.method)))


def wrapped(ports: Ports, kill: Kill, trace: Path | None) -> Ports:
    """``ports`` with the one method made deadly; refuses a name that does not exist."""
    real, count = getattr(ports, kill.place), Count(kill, trace)
    chosen = {k: v for k, v in real.items() if kill.part in (None, k)} if isinstance(real, Mapping) else {"": real}
    parts = chosen.values()
    if not parts or not all(callable(getattr(part, kill.method)) for part in parts):
        raise TypeError(f"{kill.name} is no method")
    if isinstance(real, Mapping):
        deadly: object = {**real, **{name: Deadly(part, kill.method, count) for name, part in chosen.items()}}
    else:
        deadly = Deadly(real, kill.method, count)
    return dataclasses.replace(ports, **{kill.place: deadly})
