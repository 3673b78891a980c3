"""Ports for programs that tests start.

Below the range from which the kernel takes ports for connections (Linux: 32768 and up): one found free there may be a
client's before the program listens. Within a process none is given out twice.
"""

import secrets
import socket
from collections.abc import Sequence

LOWEST, HIGHEST = 20000, 31999

_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens at."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of ``count`` consecutive free ports."""
    return _first_of(range(count))


def free_port_with(*offsets: int) -> int:
    """A port that is free together with those that are ``offsets`` away from it."""
    return _first_of((0, *offsets))


def _first_of(offsets: Sequence[int]) -> int:
    for _ in range(1000):
        first = LOWEST + secrets.randbelow(HIGHEST - LOWEST - max(offsets))
        wanted = {first + offset for offset in offsets}
        if not wanted & _given and all(map(_free, wanted)):
            _given.update(wanted)
            return first
    raise RuntimeError("no free ports")


def _free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("", port))
        except OSError:
            return False
    return True
