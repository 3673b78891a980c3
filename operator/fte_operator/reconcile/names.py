"""Whose the names are: an object that somebody else made under a name of ours is never touched."""

import asyncio
from collections.abc import Iterable

from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import Object, kind_of
from fte_operator.reconcile.children import Children, controller
from fte_operator.status.observed import Problem


async def name_conflicts(cluster: Cluster, desired: Iterable[Object], children: Children) -> tuple[Problem, ...]:
    """What stands in the way of applying `desired`; what a person must remove comes first.

    An object of ours that lost the label by which children are listed is kept in `children`.
    """
    unseen = [manifest for manifest in desired if not children.owns(manifest)]
    reads = (cluster.get(kind_of(each), each["metadata"]["namespace"], each["metadata"]["name"]) for each in unseen)
    problems: list[Problem] = []
    for manifest, live in zip(unseen, await asyncio.gather(*reads), strict=True):
        if live is None:
            continue
        if controller(live).get("uid") == children.owner_uid:
            children.record(live)
        else:
            problems.append(_problem(manifest, live))
    return tuple(sorted(problems, key=lambda problem: not problem.stalled))


def _problem(manifest: Object, live: Object) -> Problem:
    """What goes by itself is waited for: what is being deleted, and what a deleted namesake left to the collector."""
    what = f"{live['kind']} {live['metadata']['name']}"
    owner, ours = controller(live), controller(manifest)
    namesake = (owner.get("kind"), owner.get("name")) == (ours.get("kind"), ours.get("name"))
    if namesake or "deletionTimestamp" in live["metadata"]:
        return Problem("NameInUse", f"{what} is not ours and about to be deleted: wait until it is gone")
    return Problem("NameTaken", f"{what} exists and belongs to somebody else: rename or delete it", stalled=True)
