"""One hostile visitor against the API pod of one employee: others are served, and no pod ends.

The form of another visitor of the attacked employee is accepted, and a ticket of an employee in another namespace is
answered, within 5 seconds each or four times what they took while nothing was going on (tests/containment.py). What
is sent, and how fast, is in tests/hostile_requests.py and tests/floods.py: what one client does on one core.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import pytest
from cluster import Cluster, Customer, Instance, outside
from containment import QUESTION, Pods, answer_seconds, quiet, settled, visited
from hostile_requests import VISITORS
from whatsapp_cluster import bind, channel, secret, twilio

_log = logging.getLogger(__name__)
pytestmark = [pytest.mark.kind, pytest.mark.timeout(420)]

SIEGE = ("2,000 kept", "endless headers", "endless chunks", "slow bodies", "forms from invented addresses", "garbage")
SIEGE_SECONDS = 45.0
"""Longer than the kubelet waits until it ends a pod that does not answer: 3 probes, 10 s apart."""


@dataclass(frozen=True)
class Street:
    """The attacked form at ``url``, the neighbour's, and what a visitor waits at most for each, in seconds."""

    url: str
    neighbour: Customer
    pods: Pods
    bounds: dict[Callable[["Street"], float], float] = field(default_factory=dict)
    _visitors: Iterator[int] = field(default_factory=count)

    def accepted(self) -> float:
        """How long the form of one more visitor of the attacked employee takes."""
        number = next(self._visitors)
        visitor = Customer(self.url, address=f"198.{18 + number // 250}.{number % 250}.1")
        begun = time.monotonic()
        visitor.submit(visitor.form(QUESTION))
        return time.monotonic() - begun

    def answered(self) -> float:
        """How long a ticket of the neighbour takes."""
        return answer_seconds(self.neighbour)

    def goes_on(self) -> None:
        """Nobody else notices."""
        took = [(one, one(self)) for one in (Street.accepted, Street.answered, Street.accepted)]
        _log.info("%s", [f"{one.__name__}: {seconds:.1f} s of {self.bounds[one]:.1f}" for one, seconds in took])
        assert [(one.__name__, seconds) for one, seconds in took if seconds > self.bounds[one]] == []
        self.pods.go_on()


@pytest.fixture(scope="module")
def street(
    cluster: Cluster,
    employee: Instance,
    neighbour: Instance,
    services: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Street]:
    """The attacked employee has a form and WhatsApp, behind a proxy that tells whom it heard."""
    url = outside(employee)
    with twilio(tmp_path_factory.mktemp("twilio"), services["FTE_PODS_TO_HOST"], url) as vendor:
        cluster.kubectl("apply", "-f", "-", stdin=secret(employee, auth_token="not-a-token"))
        cluster.kubectl("apply", "-f", "-", stdin=channel(employee, vendor.url))
        _change(employee, "dfte/helper", '{"spec":{"api":{"trustedProxyHops":1}}}')
        bind(employee, "website", "whatsapp", vendors=[vendor.url])
        _change(neighbour, "sch/website", '{"spec":{"webForm":{"rateLimitPerMinute":1200}}}')
        for each in (employee, neighbour):
            settled(each)
        street = Street(url, Customer(outside(neighbour)), Pods.of(cluster, employee.namespace, neighbour.namespace))
        street.bounds.update({one: quiet(partial(one, street)) for one in (Street.accepted, Street.answered)})
        yield street


def _change(instance: Instance, what: str, patch: str) -> None:
    instance.cluster.kubectl("-n", instance.namespace, "patch", what, "--type=merge", "-p", patch)


@pytest.mark.parametrize("attack", VISITORS)
def test_nobody_else_notices(street: Street, attack: str) -> None:
    with visited(attack, street.url):
        street.goes_on()
    street.pods.go_on()


def test_nobody_else_notices_a_siege(street: Street) -> None:
    """Several attacks at once, for longer than a pod may be without an answer."""
    with ExitStack() as attacks:
        for attack in SIEGE:
            attacks.enter_context(visited(attack, street.url))
        ends = time.monotonic() + SIEGE_SECONDS
        while time.monotonic() < ends:
            street.goes_on()
