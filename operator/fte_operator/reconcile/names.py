"""Whose the names are: an object that somebody else made under a name of ours is never touched.

Unless whoever may write that object gave it to us, by `ADOPT`; what has a controller cannot be given away.
"""

from collections.abc import Iterable, Iterator, Sequence

from fte_operator.cluster.apply import ADOPT
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import Object, kind_of
from fte_operator.reconcile.children import Children, controller
from fte_operator.status.observed import Problem


async def name_conflicts(cluster: Cluster, desired: Iterable[Object], children: Children) -> tuple[Problem, ...]:
    """What stands in the way of applying `desired`; what a person must remove comes first.

    An object of ours that lost the label by which children are listed is kept in `children`, and so is an adopted one.
    """
    unseen = [manifest for manifest in desired if not children.owns(manifest)]
    taken: list[Object] = []
    leaving: list[Object] = []
    for manifest in unseen:
        where = manifest["metadata"]
        live = await cluster.get(kind_of(manifest), where["namespace"], where["name"], within=children.allowance)
        if live is None:
            continue
        if controller(live).get("uid") == children.owner_uid or _is_given(manifest, live):
            children.record(live)
        else:
            (leaving if _is_leaving(manifest, live) else taken).append(live)
    return tuple(_problems(taken, leaving))


def _is_given(manifest: Object, live: Object) -> bool:
    """An orphan, annotated with the name of the one that asks for it; only then is it about to live on."""
    given = (live["metadata"].get("annotations") or {}).get(ADOPT) == controller(manifest)["name"]
    return given and not controller(live) and "deletionTimestamp" not in live["metadata"]


def _is_leaving(manifest: Object, live: Object) -> bool:
    """What goes by itself is waited for: what is being deleted, and what a deleted namesake left to the collector."""
    owner, ours = controller(live), controller(manifest)
    namesake = (owner.get("kind"), owner.get("name")) == (ours.get("kind"), ours.get("name"))
    return namesake or "deletionTimestamp" in live["metadata"]


def _problems(taken: Sequence[Object], leaving: Sequence[Object]) -> Iterator[Problem]:
    if taken:
        remedy = f"rename or delete it, or annotate it with {ADOPT}"
        message = f"what exists under names of ours belongs to somebody else, {remedy}: {_list(taken)}"
        yield Problem("NameTaken", message, stalled=True)
    if leaving:
        message = f"what is not ours is about to be deleted, wait until it is gone: {_list(leaving)}"
        yield Problem("NameInUse", message)


def _list(objects: Sequence[Object]) -> str:
    """All of them, by kind: with the longest names it still fits a condition."""
    kinds = sorted({obj["kind"] for obj in objects})
    names = ((kind, sorted(obj["metadata"]["name"] for obj in objects if obj["kind"] == kind)) for kind in kinds)
    return "; ".join(f"{kind} {', '.join(each)}" for kind, each in names)
