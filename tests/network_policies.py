"""What NetworkPolicies allow, by the API's own description (networking.k8s.io/v1): an oracle that builds none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Pod:
    """A pod with its address and its namespace's labels."""

    namespace: str
    labels: Mapping[str, str]
    address: str = "10.244.0.9"
    namespace_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Host:
    """Anything that is no pod."""

    address: str


End = Pod | Host


def allowed(policies: Iterable[Object], source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    """Whether a connection from `source` to `port` of `target` comes about: its way out and its way in are both open.

    ``port`` is that of the pod or host itself: Services are resolved before.
    """
    known = list(policies)
    out = _open(known, "Egress", (source, target), port, protocol)
    return out and _open(known, "Ingress", (target, source), port, protocol)


def _open(policies: list[Object], way: str, ends: tuple[End, End], port: int, protocol: str) -> bool:
    """Whether the first may; a pod that no policy of this way selects may do anything, and so may what is no pod."""
    mine, other = ends
    if isinstance(mine, Host):
        return True
    selecting = [each for each in policies if _selects(each, mine) and way in each["spec"]["policyTypes"]]
    rules = [rule for each in selecting for rule in each["spec"].get(way.lower(), ())]
    peers = "to" if way == "Egress" else "from"
    return not selecting or any(
        _any_peer(rule.get(peers), mine, other) and _any_port(rule.get("ports"), port, protocol) for rule in rules
    )


def _selects(policy: Object, pod: Pod) -> bool:
    return policy["metadata"]["namespace"] == pod.namespace and matches(policy["spec"]["podSelector"], pod.labels)


def matches(selector: Object, labels: Mapping[str, str]) -> bool:
    """Whether a label selector finds these labels; an empty one finds all."""
    for expression in selector.get("matchExpressions", ()):
        assert expression["operator"] == "In", expression
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return selector.get("matchLabels", {}).items() <= labels.items()


def _any_peer(peers: list[Object] | None, mine: Pod, other: End) -> bool:
    return not peers or any(_is_peer(peer, mine, other) for peer in peers)


def _is_peer(peer: Object, mine: Pod, other: End) -> bool:
    if "ipBlock" in peer:
        block, address = peer["ipBlock"], ip_address(other.address)
        return address in ip_network(block["cidr"]) and not any(
            address in ip_network(each) for each in block.get("except", ())
        )
    if isinstance(other, Host):
        return False
    if "namespaceSelector" in peer:
        names = {"kubernetes.io/metadata.name": other.namespace, **other.namespace_labels}
        if not matches(peer["namespaceSelector"], names):
            return False
    elif other.namespace != mine.namespace:
        return False
    return matches(peer.get("podSelector", {}), other.labels)


def _any_port(ports: list[Object] | None, port: int, protocol: str) -> bool:
    return not ports or any(
        each["protocol"] == protocol
        and ("port" not in each or each["port"] <= port <= each.get("endPort", each["port"]))
        for each in ports
    )
