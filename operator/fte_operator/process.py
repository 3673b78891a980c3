"""One replica of the operator: the composition root and the order of start and stop."""

import asyncio
import logging
import signal
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fte_operator import informers, last_resort, probes
from fte_operator.cluster.access import connection
from fte_operator.cluster.client import Cluster, open_cluster
from fte_operator.cluster.errors import ClusterError, Forbidden
from fte_operator.cluster.kinds import DIGITAL_FTE, SUPPORT_CHANNEL
from fte_operator.health import HealthPoller
from fte_operator.leader import Elector, LeaseLost, Times
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.router import Router
from fte_operator.settings import Settings
from fte_operator.staleness import Staleness
from fte_operator.topics.confined import ConfinedTopics
from fte_operator.workqueue import WorkQueue

_log = logging.getLogger(__name__)
_DRAIN_SECONDS = 5.0
_LOST_SECONDS = 5.0
"""Within which a process ends that lost the Lease: by then nobody else may lead yet."""


class Operator:
    """One replica: follows, leads, stops. `stop` may be set at any time."""

    def __init__(self, settings: Settings, stop: asyncio.Event) -> None:
        self._settings, self._stop = settings, stop
        self._staleness: Staleness | None = None
        self.port = 0

    async def run(self) -> None:
        """Run until `stop`, following while another replica leads.

        Raises:
            LeaseLost: leadership is gone; the process must end.
        """
        chosen = self._settings
        async with AsyncExitStack() as stack:
            server = probes.serve(chosen.port, live=self._fault, ready=lambda: None)
            self.port = await stack.enter_async_context(server)
            cluster = await stack.enter_async_context(open_cluster(chosen.kubeconfig, chosen.request_seconds))
            elector = Elector(
                cluster,
                chosen.namespace,
                chosen.identity or f"{socket.gethostname()}-{uuid4().hex[:8]}",
                Times(chosen.lease_seconds, chosen.renew_seconds, chosen.retry_seconds),
                asyncio.get_running_loop().time,
            )
            acquire = asyncio.create_task(elector.acquire())
            try:
                await self._first(acquire)
            finally:
                await _cancel(acquire)
            if elector.is_leader:
                await self._lead(cluster, elector)

    async def _lead(self, cluster: Cluster, elector: Elector) -> None:
        """Reconcile until `stop` or until the Lease is lost.

        Order matters twice: every task of ours is born before kopf starts, because kopf cancels later ones; and at
        the end the last write is over before the Lease is released.
        """
        chosen, topics = self._settings, ConfinedTopics(self._settings.kafka_seconds)
        poller = HealthPoller(chosen.health_url)
        reconciler = Reconciler(
            cluster,
            topics,
            chosen.runtime_image,
            lambda: datetime.now(UTC),
            poller.health,
            namespaces=chosen.watch_namespaces,
            home=chosen.namespace,
            grants=chosen.topic_prefixes,
        )
        queue = WorkQueue(
            reconciler,
            reconcile_seconds=chosen.reconcile_seconds,
            resync_seconds=chosen.resync_seconds,
            share=max(1, chosen.workers // 2),
        )
        router = Router(queue.add, informers.WATCHES)
        self._staleness = Staleness(cluster, informers.WATCHES, router, chosen.watch_namespaces)
        stop_kopf, ready = asyncio.Event(), asyncio.Event()
        hold = asyncio.create_task(elector.hold())
        checks = asyncio.create_task(self._staleness.run(chosen.staleness_seconds))
        polling = asyncio.create_task(poller.run(chosen.health_seconds, queue.add))
        signals = asyncio.create_task(_retake_signals(ready, self._stop))
        workers = [asyncio.create_task(queue.work()) for _ in range(chosen.workers)]
        kopf = asyncio.create_task(self._watch(cluster, router, stop_kopf, ready))
        try:
            await self._first(hold, kopf, polling, *workers)
        except LeaseLost:
            last_resort.end_within(_LOST_SECONDS)
            raise
        finally:
            queue.stop()
            drain = 0.0 if hold.done() else _DRAIN_SECONDS
            await asyncio.wait(workers, timeout=drain)
            await _cancel(*workers, hold, checks, polling, signals)
            await elector.release()
            stop_kopf.set()
            await asyncio.wait([kopf])

    async def _watch(self, cluster: Cluster, router: Router, stop: asyncio.Event, ready: asyncio.Event) -> None:
        """Wait until both kinds can be read, then watch until `stop`."""
        while not await _served(cluster, self._settings.watch_namespaces):
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.retry_seconds):
                    await stop.wait()
            if stop.is_set():
                return
        await informers.watch(
            router,
            lambda: connection(self._settings.kubeconfig),
            namespaces=self._settings.watch_namespaces,
            stop=stop,
            ready=ready,
        )

    async def _first(self, *tasks: "asyncio.Task[None]") -> None:
        """Wait for `stop` or the first of `tasks` to end; re-raises what that one raised."""
        stopped = asyncio.create_task(self._stop.wait())
        try:
            done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await _cancel(stopped)

    def _fault(self) -> str | None:
        return self._staleness.fault() if self._staleness else None


async def _served(cluster: Cluster, namespaces: Sequence[str]) -> bool:
    """Whether the API server knows both custom resources and lets us read them, in one of `namespaces` at least."""
    return any([await _readable(cluster, namespace) for namespace in namespaces or (None,)])


async def _readable(cluster: Cluster, namespace: str | None) -> bool:
    try:
        for kind in (DIGITAL_FTE, SUPPORT_CHANNEL):
            await cluster.versions(kind, namespace)
    except Forbidden as error:
        what = f"apply deploy/namespace.yaml to it: {error}" if namespace else f"list namespaces, or grant all: {error}"
        _log.warning("no rights in %s: %s", f"namespace {namespace}" if namespace else "all namespaces", what)
        return False
    except ClusterError as error:
        _log.warning("waiting for the CustomResourceDefinitions: %s", error)
        return False
    return True


def take_signals(stop: asyncio.Event) -> None:
    """Let SIGTERM and SIGINT set `stop`; the first is graceful, there is no second kind of stop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


async def _retake_signals(ready: asyncio.Event, stop: asyncio.Event) -> None:
    """kopf puts its own handlers in place, which take five seconds to stop; put ours back once it is ready."""
    await ready.wait()
    take_signals(stop)


async def _cancel(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
