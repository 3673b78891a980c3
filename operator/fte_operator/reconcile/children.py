"""What a custom resource owns, read once per reconcile."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import CHILDREN, REPLICA_SET, Kind, Object, kind_of
from fte_operator.desired.metadata import OWNER_UID


@dataclass(slots=True)
class Children:
    """Live objects with the owner's label, by kind and name; `replica_sets` belong to owned Deployments."""

    owner_uid: str
    _by_name: dict[tuple[Kind, str], Object]
    replica_sets: list[Object]

    def get(self, kind: Kind, name: str) -> Object | None:
        """One child, or None."""
        return self._by_name.get((kind, name))

    def matching(self, manifest: Object) -> Object | None:
        """The child with a manifest's kind and name, or None."""
        return self.get(kind_of(manifest), manifest["metadata"]["name"])

    def of(self, kind: Kind) -> Iterator[Object]:
        """Every child of a kind."""
        return (obj for (each, _), obj in self._by_name.items() if each is kind)

    def record(self, live: Object) -> None:
        """Remember a child as it is after a write."""
        self._by_name[kind_of(live), live["metadata"]["name"]] = live

    def owned(self) -> Mapping[tuple[Kind, str], Object]:
        """Children whose controller is the owner: what may be pruned."""
        return {key: obj for key, obj in self._by_name.items() if controller(obj).get("uid") == self.owner_uid}

    def owns(self, manifest: Object) -> bool:
        """Whether a manifest's object is a child: one with the owner's label and no other controller."""
        live = self.matching(manifest)
        return live is not None and controller(live).get("uid") in (None, self.owner_uid)


async def read_children(cluster: Cluster, namespace: str, owner_uid: str) -> Children:
    """List every kind the operator makes, narrowed to one owner."""
    selector = f"{OWNER_UID}={owner_uid}"
    kinds = (*CHILDREN, REPLICA_SET)
    *lists, replica_sets = await asyncio.gather(*(cluster.list(kind, namespace, selector) for kind in kinds))
    by_name: dict[tuple[Kind, str], Object] = {}
    for kind, objects in zip(CHILDREN, lists, strict=True):
        for obj in objects:
            by_name[kind, obj["metadata"]["name"]] = obj
    return Children(owner_uid, by_name, replica_sets)


def controller(obj: Object) -> Object:
    """The owner reference of an object's controller; empty if it has none."""
    owners = obj["metadata"].get("ownerReferences", ())
    return next((owner for owner in owners if owner.get("controller")), {})
