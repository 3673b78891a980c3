"""Who may speak with an employee's pods, and with whom they may: NetworkPolicies.

A policy knows addresses and ports and no names, so a host outside is anybody on that port. What several policies allow
adds up: a changed one has a new name, by its content, and the one before goes after the pods that needed it.

Which addresses are a cloud's own: AWS, Google, OpenStack and others answer at 169.254.169.254 (AWS over IPv6 at
fd00:ec2::254), Azure also at 168.63.129.16, Alibaba at 100.100.100.200, Oracle at 192.0.0.192.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from fte_operator.api.egress import Egress
from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object, defaults, image_contract, metadata
from fte_operator.desired.channels import type_of
from fte_operator.desired.references import References

MONITORING: Final = "digitalfte.dev/monitoring"
"""The label, with value ``true``, of namespaces whose pods may read metrics."""

OPERATOR: Final = "fte-operator"
"""The operator's own pods, by ``app.kubernetes.io/name``."""

_CLOUD = (
    "169.254.0.0/16",
    "168.63.129.16/32",
    "100.100.100.200/32",
    "192.0.0.192/32",
    "fe80::/10",
    "fd00:ec2::254/128",
)
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")  # RFC 1918, 6598, 4193
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_PODS: Object = {"namespaceSelector": {}}  # an ipBlock is for what is no pod, though many networks take it for both
_DNS_PORTS = (53, 5353)  # 5353 is where OpenShift's DNS pods listen behind their Service
_HTTP = 80
_HTTPS = 443
_POSTGRESQL = 5432
_Network = IPv4Network | IPv6Network


def policies(fte: DigitalFTE, references: References) -> tuple[Object, ...]:
    """A policy for each of API, workers and Jobs, and one more where Jobs ask a hosted embedder.

    None with ``networkPolicy: None``.
    """
    if fte.spec.network_policy == "None":
        return ()
    extra = [_extra(each) for each in fte.spec.extra_egress]
    database = _anywhere(references.database_ports)
    brokers = broker_ports(fte.spec.kafka.bootstrap_servers)
    stores = [_DNS, *([_anywhere(brokers)] if brokers else []), database, *extra]  # a rule without ports allows all
    rows = [(type_of(channel), channel.spec) for channel in references.channels]
    vendors = {_HTTPS} if any(row.calls_vendor for row, _ in rows) else set()
    embedder = embedding_ports(fte)
    public = [_public(port) for port in sorted(vendors | model_ports(fte) | embedder)]
    called = {_HTTPS} if any(row.api_calls_vendor(spec) for row, spec in rows) else set()
    searching = embedder if fte.spec.api.management else set()
    asked = [_public(port) for port in sorted(called | searching)]
    inner = _inner(references.operator_namespace)
    visitors = {"ports": [_tcp(image_contract.PORT)]}
    api, worker = (metadata.selector(fte, component) for component in (metadata.API, metadata.WORKER))
    return (
        _policy(fte, metadata.API, {"matchLabels": api}, [visitors, inner], [*stores, *asked]),
        _policy(fte, metadata.WORKER, {"matchLabels": worker}, [inner], [*stores, *public]),
        _policy(fte, metadata.JOBS, _jobs(fte), [], [_DNS, database, *extra]),
        *(_knowledge(fte, port) for port in embedder),
    )


def broker_ports(bootstrap_servers: str) -> tuple[int, ...]:
    """The ports of a list of ``host:port``; brokers that advertise others need `extra_egress`."""
    return _valid(server.rpartition(":")[2] for server in bootstrap_servers.split(","))


def model_ports(fte: DigitalFTE) -> set[int]:
    """The port of a hosted model; one at a private address needs `extra_egress`."""
    return {_port(defaults.model_url(fte))} if fte.spec.model.is_hosted else set()


def embedding_ports(fte: DigitalFTE) -> set[int]:
    """The port of a hosted embedder, as a model's."""
    embedding = fte.spec.hosted_embedding
    return set() if embedding is None else {_port(defaults.embedding_url(embedding))}


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (_HTTPS if parts.scheme == "https" else _HTTP)


def _knowledge(fte: DigitalFTE, port: int) -> Object:
    """What knowledge Jobs may besides what all Jobs may: ask what embeds."""
    selector = metadata.selector(fte, metadata.KNOWLEDGE)
    return _policy(fte, metadata.KNOWLEDGE, {"matchLabels": selector}, [], [_public(port)])


def database_ports(url: str) -> tuple[int, ...]:
    """The ports in a PostgreSQL URL, of each host or as a parameter; 5432 where it names none or cannot be read.

    (PostgreSQL's manual, 32.1.1.2, connection URIs.)
    """
    try:
        parts = urlsplit(url)
        hosts = parts.netloc.rpartition("@")[2].split(",")
        asked = ",".join(parse_qs(parts.query).get("port", ())).split(",")
    except ValueError:
        return (_POSTGRESQL,)
    named = [found[1] for host in hosts if (found := re.search(r":(\d+)$", host))]
    unnamed = [str(_POSTGRESQL)] if len(named) < len(hosts) and not any(asked) else []
    return _valid([*named, *unnamed, *asked]) or (_POSTGRESQL,)


def _valid(ports: Iterable[str]) -> tuple[int, ...]:
    """The ports among some texts, each once, in order."""
    numbers = {int(port) for port in ports if re.fullmatch("[0-9]{1,5}", port)}  # int() refuses thousands of digits
    return tuple(sorted(number for number in numbers if 0 < number < 2**16))


def _policy(fte: DigitalFTE, component: str, pods: Object, ingress: list[Object], egress: list[Object]) -> Object:
    spec: Object = {"podSelector": pods, "policyTypes": ["Ingress", "Egress"], "egress": egress}
    spec |= {"ingress": ingress} if ingress else {}  # an empty list is not stored, and would be drift for ever
    content = json.dumps(spec, sort_keys=True, separators=(",", ":")).encode()
    role = {metadata.WORKER: "worker"}.get(component, component)
    name = metadata.derived_name(fte, role, hashlib.sha256(content).hexdigest()[:10])
    return metadata.manifest(fte, "NetworkPolicy", name, component, {"spec": spec})


def _jobs(fte: DigitalFTE) -> Object:
    labels = metadata.selector(fte, metadata.JOBS)
    component = "app.kubernetes.io/component"
    values = [metadata.MIGRATE, metadata.KNOWLEDGE, *([metadata.RETENTION] if fte.spec.retention.ages else [])]
    one_of = {"key": component, "operator": "In", "values": values}
    return {
        "matchLabels": {name: value for name, value in labels.items() if name != component},
        "matchExpressions": [one_of],
    }


def _inner(operator_namespace: str) -> Object:
    """Ingress to probes, metrics and health. The kubelet needs no rule: a node always reaches its pods."""
    operator = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": operator_namespace}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": OPERATOR}},
    }
    monitoring = {"namespaceSelector": {"matchLabels": {MONITORING: "true"}}}
    return {"from": [operator, monitoring], "ports": [_tcp(image_contract.METRICS_PORT)]}


def _anywhere(ports: Sequence[int]) -> Object:
    """Egress to some ports of pods and of all addresses but a cloud's own: users name the hosts, and may move them."""
    return {"to": [_PODS, *(_block(cidr, _CLOUD) for cidr in _EVERYWHERE)], "ports": [_tcp(port) for port in ports]}


def _public(port: int) -> Object:
    """Egress to a port of the internet alone."""
    return {"to": [_block(cidr, (*_PRIVATE, *_CLOUD)) for cidr in _EVERYWHERE], "ports": [_tcp(port)]}


def _extra(egress: Egress) -> Object:
    if egress.cidr is None:
        return _anywhere([egress.port])
    return {"to": [_block(egress.cidr, _CLOUD)], "ports": [_tcp(egress.port)]}


def _block(cidr: str, without: Sequence[str]) -> Object:
    """Addresses without those of `without` that are among them; each exception lies inside, and none in another."""
    block = ip_network(cidr, strict=False)
    inside = [each for each in map(ip_network, without) if each != block and _within(each, block)]
    outermost = [str(each) for each in inside if not any(each != other and _within(each, other) for other in inside)]
    return {"ipBlock": {"cidr": str(block)} | ({"except": outermost} if outermost else {})}


def _within(inner: _Network, outer: Any) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)


def _tcp(port: int) -> Object:
    return {"protocol": "TCP", "port": port}


_DNS: Object = {"ports": [{"protocol": protocol, "port": port} for port in _DNS_PORTS for protocol in ("UDP", "TCP")]}
