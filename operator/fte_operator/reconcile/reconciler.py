"""From a key in the queue to the coroutine of its kind."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from types import MappingProxyType

from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import ClusterError, Conflict, NamespaceTerminating
from fte_operator.cluster.kinds import DIGITAL_FTE, SUPPORT_CHANNEL
from fte_operator.reconcile import refusals
from fte_operator.reconcile.digital_fte import DigitalFTEReconciler
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.prefixes import Grants
from fte_operator.reconcile.support_channel import SupportChannelReconciler
from fte_operator.topics.base import Topics
from fte_operator.workqueue import Key, Result

_log = logging.getLogger(__name__)


class Reconciler:
    """Reads the object of a key and hands it on; what is deleted is left to garbage collection."""

    def __init__(
        self,
        cluster: Cluster,
        topics: Topics,
        image: str,
        now: Callable[[], datetime],
        health: HealthCache | None = None,
        *,
        namespaces: Sequence[str] = (),
        home: str = "fte-system",
        grants: Grants = MappingProxyType({}),
    ) -> None:
        self._cluster, self._now = cluster, now
        self._health = health or HealthCache()
        employees = DigitalFTEReconciler(
            cluster, topics, image, self._health, namespaces=namespaces, home=home, grants=grants
        )
        channels = SupportChannelReconciler(cluster, self._health, namespaces=namespaces)
        self._kinds = {
            DIGITAL_FTE.name: (DIGITAL_FTE, employees.reconcile),
            SUPPORT_CHANNEL.name: (SUPPORT_CHANNEL, channels.reconcile),
        }

    async def __call__(self, key: Key) -> Result:
        """Reconcile one custom resource; nothing is made for one that is being deleted."""
        kind, reconcile = self._kinds[key.kind]
        raw = await self._cluster.get(kind, key.namespace, key.name)
        if raw is None or "deletionTimestamp" in raw["metadata"]:
            self._health.forget(key)
            return Result(gone=True)
        try:
            return await reconcile(raw, self._now())
        except NamespaceTerminating:
            _log.info("%s: its namespace is being deleted", key)
            return Result(gone=True)
        except Conflict as error:
            _log.info("%s: changed meanwhile, looked at again: %s", key, error)
            return Result(waiting=True)
        except ClusterError as error:
            await refusals.publish_error(self._cluster, raw, error, self._now())
            raise
