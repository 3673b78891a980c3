"""What an honest visitor of an attacked API pod waits: by the 95th percentile at most twice what it is when quiet.

The machine may be shared by anybody, so quiet and attack alternate, and requests are spread over time. The attack runs
at the lowest priority, since a real one has a machine of its own: 500 slow heads of a byte a second, 2,000 idle
sockets, 20 bodies a second that take the longest to be read, or floods on 4 connections, opened again 0.2 s after the
pod ended them (tests/floods.py).
"""

import logging
import time
from collections.abc import Iterator
from itertools import islice, repeat

import pytest
from cluster import Instance, outside
from containment import Pods, page_seconds, percentile, settled, visited

_log = logging.getLogger(__name__)
pytestmark = [pytest.mark.kind, pytest.mark.timeout(420)]

ENDLESS = ("header", "headers", "pipelined", "chunks")
ATTACKS = ("slow heads", "2,000 idle", "20 crammed bodies a second", *(f"endless {kind}" for kind in ENDLESS))
ROUNDS, PAGES, EVERY_SECONDS = 8, 25, 0.02


@pytest.fixture(scope="module")
def url(employee: Instance) -> Iterator[str]:
    settled(employee)
    pods = Pods.of(employee.cluster, employee.namespace)
    yield outside(employee)
    pods.go_on()


def pages(url: str) -> list[float]:
    """What visitors waited for the form, one after the other."""
    times = []
    for seconds in islice(map(page_seconds, repeat(url)), PAGES):
        times.append(seconds)
        time.sleep(EVERY_SECONDS)  # spreads the requests; nothing is waited for
    return times


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_honest_visitor_waits_at_most_twice_as_long(url: str, attack: str) -> None:
    calm, busy = [], []
    for _ in range(ROUNDS):
        calm += pages(url)
        with visited(attack, url, priority=19):
            busy += pages(url)
    slow, usual = (percentile(times, 95) for times in (busy, calm))
    _log.info("%s: p95 %.1f ms, quiet %.1f ms: %.2f times", attack, 1000 * slow, 1000 * usual, slow / usual)
    assert slow < 2 * usual
