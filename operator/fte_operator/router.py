"""What happened to which object becomes keys of the custom resources it concerns."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fte_operator.bindings import Bindings, Named, references
from fte_operator.cluster.apply import ADOPT
from fte_operator.cluster.kinds import DEPLOYMENT, DIGITAL_FTE, SUPPORT_CHANNEL, Kind, is_name
from fte_operator.workqueue import Key

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sighting:
    """An object as it was seen last: enough to compare it with a list, and to tell of its end."""

    version: str
    namespace: str
    name: str
    owner: Key | None = None


class Router:
    """Events in, keys out; `seen` has every object there is, by uid, as its last event showed it."""

    def __init__(self, enqueue: Callable[[Key], None], kinds: Iterable[Kind]) -> None:
        self._enqueue = enqueue
        self._bindings = Bindings()
        self.seen: dict[Kind, dict[str, Sighting]] = {kind: {} for kind in kinds}

    def event(self, kind: Kind, obj: Object, *, deleted: bool) -> None:
        """Route one watch event; after a deletion `obj` is the object as it last was."""
        metadata = obj["metadata"]
        seen = Sighting(metadata["resourceVersion"], metadata["namespace"], metadata["name"], _owner(obj))
        if deleted:
            self.seen[kind].pop(metadata["uid"], None)
        else:
            self.seen[kind][metadata["uid"]] = seen
        self._route(kind, seen, frozenset() if deleted else frozenset(references(obj.get("spec"))))

    def vanished(self, kind: Kind, uids: Collection[str]) -> list[Sighting]:
        """Route the deletion of objects of which no event told; gives them, without those that were made again."""
        gone = [seen for uid in uids if (seen := self.seen[kind].pop(uid, None))]
        there = {(each.namespace, each.name) for each in self.seen[kind].values()} if gone else set()
        lost = [seen for seen in gone if (seen.namespace, seen.name) not in there]
        for seen in lost:
            self._route(kind, seen, frozenset())
        return lost

    def _route(self, kind: Kind, seen: Sighting, named: frozenset[Named]) -> None:
        for key in self._keys(kind, seen, named):
            self._enqueue(key)

    def _keys(self, kind: Kind, seen: Sighting, named: frozenset[Named]) -> Iterable[Key]:
        namespace, name = seen.namespace, seen.name
        if kind in (DIGITAL_FTE, SUPPORT_CHANNEL):
            key = Key(kind.name, namespace, name)
            affected = self._bindings.update(key, named)
            return {key, *_channels(namespace, affected), *self._bindings.users(namespace, Named(kind.name, name))}
        keys = self._users(namespace, Named(kind.name, name))
        if seen.owner is not None:
            keys.add(seen.owner)
            if kind is DEPLOYMENT:  # a channel's endpoint is the API's Deployment
                keys |= _channels(namespace, self._bindings.of(seen.owner))
        return keys

    def _users(self, namespace: str, named: Named) -> set[Key]:
        """Who refers to an object, and who refers to them: a channel's Secret is its employees' too."""
        users = self._bindings.users(namespace, named)
        return {
            *users,
            *(key for user in users for key in self._bindings.users(namespace, Named(user.kind, user.name))),
        }


def _channels(namespace: str, named: Iterable[Named]) -> set[Key]:
    return {Key(one.kind, namespace, one.name) for one in named if one.kind == SUPPORT_CHANNEL.name}


def _owner(obj: Object) -> Key | None:
    """Whose it is, or whom somebody gave it to; both are written by whoever made it, and are no name perhaps."""
    metadata = obj["metadata"]
    owners: Sequence[Object] = metadata.get("ownerReferences", ())
    owning = (each["name"] for each in owners if each.get("controller") and each.get("kind") == DIGITAL_FTE.name)
    name = next(owning, metadata.get("annotations", {}).get(ADOPT))
    return Key(DIGITAL_FTE.name, metadata["namespace"], name) if name and is_name(name) else None
