"""What a custom resource owns, read once per reconcile."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fte_operator.cluster.allowance import Allowance
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import CHILDREN, REPLICA_SET, SECRET, Kind, Object, kind_of
from fte_operator.desired.metadata import OWNER_UID


@dataclass(slots=True)
class Children:
    """Live objects with the owner's label, by kind and name; `replica_sets` belong to owned Deployments.

    `allowance` is what is left for reading more of them.
    """

    owner_uid: str
    _by_name: dict[tuple[Kind, str], Object]
    replica_sets: list[Object]
    allowance: Allowance = field(default_factory=Allowance)

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


async def read_children(cluster: Cluster, namespace: str, owner_uid: str, secret: str) -> Children:
    """List every kind the operator makes, narrowed to one owner; `secret`, the generated one, is read by its name.

    One after another, within one allowance: anybody who may write in a namespace can write the label there, and make
    what is ours large.

    Raises:
        TooLarge: there is more than the operator makes.
    """
    selector, allowance = f"{OWNER_UID}={owner_uid}", Allowance()
    found = {SECRET: await _generated(cluster, namespace, owner_uid, secret, allowance)}
    for kind in (*(kind for kind in CHILDREN if kind is not SECRET), REPLICA_SET):
        found[kind] = await cluster.list(kind, namespace, selector, within=allowance)
    replica_sets = found.pop(REPLICA_SET)
    by_name = {(kind, obj["metadata"]["name"]): obj for kind, objects in found.items() for obj in objects}
    return Children(owner_uid, by_name, replica_sets, allowance)


async def _generated(cluster: Cluster, namespace: str, owner_uid: str, name: str, allowance: Allowance) -> list[Object]:
    """The Secret of that name if it has the owner's label: a list would bring the contents of whatever has it."""
    found = await cluster.get(SECRET, namespace, name, within=allowance)
    return [found] if found and found["metadata"].get("labels", {}).get(OWNER_UID) == owner_uid else []


def controller(obj: Object) -> Object:
    """The owner reference of an object's controller; empty if it has none."""
    owners = obj["metadata"].get("ownerReferences", ())
    return next((owner for owner in owners if owner.get("controller")), {})
