"""Leader election on a Lease (coordination.k8s.io/v1), as client-go does it.

The holder's own expiry and other replicas' expiry are both measured on our monotonic clock: wall clocks of
two nodes are never compared. The holder counts from before its request, the others from what they see of it, so
the holder always gives up first. A lost lease ends the process (the caller's duty), a graceful stop releases it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import ClusterError, Conflict
from fte_operator.cluster.kinds import LEASE, Object
from fte_operator.errors import OperatorError
from fte_operator.metrics import LEADER

_log = logging.getLogger(__name__)
NAME = "fte-operator"


class LeaseLost(OperatorError):
    """Another replica may be leading now: stop writing at once."""

    retryable = False
    reason = "LeaseLost"


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: how long a lease lasts unrenewed, when the holder gives up renewing, how often it tries."""

    lease: int
    renew: float
    retry: float


class Elector:
    """One candidate for the Lease `NAME` in `namespace`."""

    def __init__(
        self, cluster: Cluster, namespace: str, identity: str, times: Times, clock: Callable[[], float]
    ) -> None:
        self._cluster, self._namespace, self._identity, self._times = cluster, namespace, identity, times
        self._clock = clock
        self._lease: Object | None = None
        self._renewed = 0.0
        self._seen: tuple[str, float] = ("", 0.0)

    @property
    def is_leader(self) -> bool:
        """Whether the Lease was taken and not released since."""
        return self._lease is not None

    async def acquire(self) -> None:
        """Return once this replica holds the Lease."""
        while True:
            if await self.try_acquire():
                return
            await asyncio.sleep(self._times.retry)

    async def try_acquire(self) -> bool:
        """Take the Lease if it is free, ours, or unrenewed for its whole duration as seen from here."""
        try:
            lease = await self._cluster.get(LEASE, self._namespace, NAME)
            if lease is not None and not self._may_take(lease):
                return False
            send = self._cluster.create if lease is None else self._cluster.replace
            await self._write(send, self._claim(lease))
        except Conflict:
            return False
        except ClusterError as error:
            _log.warning("the Lease cannot be taken: %s", error)
            return False
        LEADER.set(1)
        _log.info("leading as %s", self._identity)
        return True

    async def hold(self) -> None:
        """Renew for ever.

        Raises:
            LeaseLost: another replica has it, or it could not be renewed within the renew deadline.
        """
        while True:
            left = self._renewed + self._times.renew - self._clock()
            try:
                async with asyncio.timeout(left):
                    await asyncio.sleep(self._times.retry)
                    await self._try_renew()
            except TimeoutError as error:
                raise LeaseLost(f"the Lease could not be renewed for {self._times.renew:g} s") from error

    async def release(self) -> None:
        """Give the Lease up, so that a follower takes over without waiting."""
        LEADER.set(0)
        if self._lease is None:
            return
        released = {**self._lease, "spec": {**self._lease["spec"], "holderIdentity": "", "leaseDurationSeconds": 1}}
        self._lease = None
        try:
            await self._cluster.replace(released)
        except ClusterError as error:
            _log.warning("the Lease was not released and will expire: %s", error)

    async def _try_renew(self) -> None:
        try:
            await self._renew()
        except Conflict as error:
            if await self._is_lost():
                raise LeaseLost("another replica took the Lease") from error
        except ClusterError as error:
            _log.warning("the Lease was not renewed: %s", error)

    async def _renew(self) -> None:
        assert self._lease is not None, "hold() follows acquire()"  # noqa: S101
        spec = {**self._lease["spec"], "renewTime": _now()}
        await self._write(self._cluster.replace, {**self._lease, "spec": spec})

    async def _write(self, send: Callable[[Object], Awaitable[Object]], lease: Object) -> None:
        """Send the Lease; it is ours from the moment before, because others count from the write's arrival."""
        sent = self._clock()
        self._lease = await send(lease)
        self._renewed = sent

    async def _is_lost(self) -> bool:
        """After a conflict: read again; an edit by somebody who is no candidate is not a loss."""
        try:
            lease = await self._cluster.get(LEASE, self._namespace, NAME)
        except ClusterError:
            return False
        if lease is None or lease["spec"].get("holderIdentity") != self._identity:
            return True
        self._lease = lease
        return False

    def _may_take(self, lease: Object) -> bool:
        spec = lease.get("spec", {})
        if spec.get("holderIdentity") in (None, "", self._identity):
            return True
        version, now = lease["metadata"]["resourceVersion"], self._clock()
        if version != self._seen[0]:
            self._seen = (version, now)
        unrenewed = now - self._seen[1]
        return unrenewed > float(spec.get("leaseDurationSeconds", self._times.lease))

    def _claim(self, lease: Object | None) -> Object:
        now, old = _now(), (lease or {}).get("spec", {})
        metadata = lease["metadata"] if lease else {"name": NAME, "namespace": self._namespace}
        changes = old.get("leaseTransitions", 0) + (0 if old.get("holderIdentity") == self._identity else 1)
        return {
            "apiVersion": LEASE.api_version,
            "kind": LEASE.name,
            "metadata": metadata,
            "spec": {
                "holderIdentity": self._identity,
                "leaseDurationSeconds": self._times.lease,
                "acquireTime": now,
                "renewTime": now,
                "leaseTransitions": changes if lease else 0,
            },
        }


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
