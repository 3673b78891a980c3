"""Whether the watches still deliver: what a list shows is compared with what the handlers last saw.

kopf drops bookmarks before handlers, so the age of a watch cannot be seen. A kind counts as stale when the same
version of an object is missing in two lists in a row; a watch that is merely slow catches up in between.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import ClusterError, Forbidden
from fte_operator.cluster.kinds import Kind
from fte_operator.metrics import WATCH_STALE

_log = logging.getLogger(__name__)


class Staleness:
    """Compares every `period` seconds; `fault` says what is wrong for the liveness probe."""

    def __init__(
        self,
        cluster: Cluster,
        watches: Mapping[Kind, str],
        seen: Mapping[Kind, Mapping[str, str]],
        namespaces: Sequence[str],
    ) -> None:
        self._cluster, self._watches, self._seen = cluster, watches, seen
        self._namespaces: Sequence[str | None] = namespaces or (None,)
        self._missing: dict[Kind, frozenset[tuple[str, str]]] = {}
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
                missing = await self._unseen(kind, selector)
            except ClusterError as error:
                _log.warning("watches of %s were not checked: %s", kind.name, error)
                continue
            if missing & self._missing.get(kind, frozenset()):
                self._stale.add(kind)
            else:
                self._stale.discard(kind)
            self._missing[kind] = missing
            WATCH_STALE.labels(kind.name).set(kind in self._stale)

    async def _unseen(self, kind: Kind, selector: str) -> frozenset[tuple[str, str]]:
        missing: set[tuple[str, str]] = set()
        for namespace in self._namespaces:
            try:
                shown = await self._cluster.versions(kind, namespace, selector)
            except Forbidden as error:  # one that is gone says nothing of the others
                _log.warning("watches of %s were not checked: %s", kind.name, error)
                continue
            missing |= shown.items() - self._seen[kind].items()
        return frozenset(missing)
