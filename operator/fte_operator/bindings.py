"""Which custom resources refer to which objects, by name; pure bookkeeping for the informers."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fte_operator.workqueue import Key


class Named(NamedTuple):
    """An object a custom resource of the same namespace refers to."""

    kind: str
    name: str


def references(spec: Any) -> Iterator[Named]:
    """Every reference in a raw spec: members called ``…SecretRef``, ``…configMapRef`` and ``channelRef``."""
    if isinstance(spec, Mapping):
        for member, value in spec.items():
            kind = _kind_of(member)
            name = value.get("name") if isinstance(value, Mapping) else value
            if kind is None:
                yield from references(value)
            elif isinstance(name, str):
                yield Named(kind, name)
    elif isinstance(spec, Sequence) and not isinstance(spec, str):
        for item in spec:
            yield from references(item)


class Bindings:
    """References of every custom resource seen, and the way back from an object to its users."""

    def __init__(self) -> None:
        self._of: dict[Key, frozenset[Named]] = {}
        self._users: dict[tuple[str, Named], set[Key]] = defaultdict(set)

    def update(self, key: Key, named: frozenset[Named]) -> frozenset[Named]:
        """Replace what `key` refers to; gives old and new together, for everybody who must hear of it."""
        old = self._of.get(key, frozenset())
        for gone in old - named:
            self._forget(key, gone)
        for new in named - old:
            self._users[key.namespace, new].add(key)
        if named:
            self._of[key] = named
        else:
            self._of.pop(key, None)
        return old | named

    def users(self, namespace: str, named: Named) -> frozenset[Key]:
        """The custom resources that refer to an object."""
        return frozenset(self._users.get((namespace, named), ()))

    def of(self, key: Key) -> frozenset[Named]:
        """What a custom resource refers to."""
        return self._of.get(key, frozenset())

    def _forget(self, key: Key, named: Named) -> None:
        users = self._users[key.namespace, named]
        users.discard(key)
        if not users:
            del self._users[key.namespace, named]


def _kind_of(member: str) -> str | None:
    if member.endswith(("SecretRef", "secretRef")):
        return "Secret"
    if member.endswith(("ConfigMapRef", "configMapRef")):
        return "ConfigMap"
    return "SupportChannel" if member == "channelRef" else None
