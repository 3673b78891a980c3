"""Whether the watches still deliver: what a list shows is compared with what the handlers last saw.

kopf drops bookmarks before handlers, so the age of a watch cannot be seen. A kind counts as stale when the same
version of an object is missing in two lists in a row; a watch that is merely slow catches up in between. What two lists
in a row no longer show was deleted: after a gap kopf lists what there is, and tells nobody what there no longer is.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import ClusterError, Forbidden
from fte_operator.cluster.kinds import Kind
from fte_operator.metrics import WATCH_STALE
from fte_operator.router import Router

_log = logging.getLogger(__name__)


class Staleness:
    """Compares every `period` seconds; `fault` says what is wrong for the liveness probe."""

    def __init__(
        self, cluster: Cluster, watches: Mapping[Kind, str], router: Router, namespaces: Sequence[str]
    ) -> None:
        self._cluster, self._watches, self._router = cluster, watches, router
        self._namespaces: Sequence[str | None] = namespaces or (None,)
        self._missing: dict[Kind, frozenset[tuple[str, str]]] = {}
        self._gone: dict[Kind, frozenset[str]] = {}
        self._stale: set[Kind] = set()

    def fault(self) -> str | None:
        """None while every watch delivers."""
        names = sorted(kind.name for kind in self._stale)
        return f"watches of {', '.join(names)} deliver nothing" if names else None

    async def run(self, period: float) -> None:
        """Check for ever."""
        while True:
            await asyncio.sleep(period)
            await self.check()

    async def check(self) -> None:
        """One comparison of every kind; a list that fails says nothing about the watch."""
        for kind, selector in self._watches.items():
            try:
                listed = await self._listed(kind, selector)
            except ClusterError as error:
                _log.warning("watches of %s were not checked: %s", kind.name, error)
                continue
            self._compare(kind, listed)

    def _compare(self, kind: Kind, listed: Mapping[str | None, Mapping[str, str]]) -> None:
        """`listed` are versions by uid, by namespace."""
        shown = {uid: version for versions in listed.values() for uid, version in versions.items()}
        seen = self._router.seen[kind]
        missing = shown.items() - {(uid, each.version) for uid, each in seen.items()}
        in_sight = (uid for uid, each in seen.items() if None in listed or each.namespace in listed)
        gone = frozenset(uid for uid in in_sight if uid not in shown)
        for was in self._router.vanished(kind, gone & self._gone.get(kind, frozenset())):
            _log.info("no event told that %s %s/%s is gone", kind.name, was.namespace, was.name)
        if missing & self._missing.get(kind, frozenset()):
            self._stale.add(kind)
        else:
            self._stale.discard(kind)
        self._missing[kind], self._gone[kind] = frozenset(missing), gone
        WATCH_STALE.labels(kind.name).set(kind in self._stale)

    async def _listed(self, kind: Kind, selector: str) -> dict[str | None, Mapping[str, str]]:
        listed: dict[str | None, Mapping[str, str]] = {}
        for namespace in self._namespaces:
            try:
                listed[namespace] = await self._cluster.versions(kind, namespace, selector)
            except Forbidden as error:  # one that is gone says nothing of the others
                _log.warning("watches of %s were not checked: %s", kind.name, error)
        return listed
