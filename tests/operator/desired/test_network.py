"""Who reaches whom with the policies of an employee and of the operator in place, judged by an oracle."""

from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from custom_resources import EXAMPLES, IMAGE, Object, channel, employees, fte, gmail, hosted, pub_sub, whatsapp
from hypothesis import given
from network_policies import End, Host, Pod, allowed

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired.digital_fte import build
from fte_operator.desired.network import broker_ports, database_ports, policies
from fte_operator.desired.references import References

DEPLOY = Path(__file__).resolve().parents[3] / "deploy" / "operator.yaml"
OPERATORS = [each for each in yaml.safe_load_all(DEPLOY.read_text(encoding="utf-8")) if each["kind"] == "NetworkPolicy"]
FORM = References(IMAGE, channels=(channel("website"),))
VENDOR = replace(FORM, channels=(channel("website"), whatsapp()))
MAIL = replace(FORM, channels=(gmail(),))
PUSHED = replace(FORM, channels=(channel("website"), gmail(pubSub=pub_sub())))
METADATA = ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fe80::1")
KAFKA, POSTGRESQL, PUBLIC, METRICS, HTTPS, DNS = 9092, 5432, 8080, 9090, 443, 53


def pod(component: str, namespace: str = "team", instance: str = "helper") -> Pod:
    labels = {"name": "digital-fte", "instance": instance, "component": component}
    return Pod(namespace, {f"app.kubernetes.io/{name}": value for name, value in labels.items()})


API, WORKER, MIGRATE, KNOWLEDGE = map(pod, ("api", "message-processor", "migrate", "knowledge"))
EVERY = (API, WORKER, MIGRATE, KNOWLEDGE)
OPERATOR = Pod("fte-system", {"app.kubernetes.io/name": "fte-operator"})
MONITOR = Pod("observability", {"app": "prometheus"}, namespace_labels={"digitalfte.dev/monitoring": "true"})
NEIGHBOUR = pod("api", instance="second")
IMPOSTOR = Pod("tenant", {"app.kubernetes.io/name": "fte-operator", "digitalfte.dev/monitoring": "true"})
STRANGER = Pod("tenant", {"app": "anything"})
STORE = Pod("data", {"app": "store"}, "10.244.0.77")
VISITOR = Host("203.0.113.9")
VENDORS, OUTSIDE = Host("198.51.100.4"), Host("2001:db8:1::4")
NODE, PRIVATE = Host("172.18.0.2"), Host("10.20.0.5")


def reached(source: End, target: End, port: int, references: References = FORM, **spec: Any) -> bool:
    made = [*policies(fte(**spec), references), *OPERATORS]
    return allowed(made, source, target, port)


@pytest.mark.parametrize("source", [VISITOR, STRANGER, NEIGHBOUR, MONITOR, NODE], ids=str)
def test_anybody_reaches_the_public_port_and_no_other(source: End) -> None:
    assert reached(source, API, PUBLIC)
    assert not any(reached(source, target, PUBLIC) for target in (WORKER, MIGRATE, KNOWLEDGE))
    assert not any(reached(source, target, port) for target in EVERY for port in (22, 80, KAFKA, 9091))


def test_only_operator_and_monitoring_reach_probes_and_metrics() -> None:
    for target in (API, WORKER):
        assert reached(OPERATOR, target, METRICS) and reached(MONITOR, target, METRICS)
        assert not any(reached(each, target, METRICS) for each in (VISITOR, STRANGER, NEIGHBOUR, IMPOSTOR, API))
    assert not any(reached(each, target, METRICS) for each in (OPERATOR, MONITOR) for target in (MIGRATE, KNOWLEDGE))
    moved = replace(FORM, operator_namespace="elsewhere")
    assert not reached(OPERATOR, API, METRICS, moved)
    assert reached(replace(OPERATOR, namespace="elsewhere"), API, METRICS, moved)


@pytest.mark.parametrize("store", [STORE, PRIVATE, VENDORS, OUTSIDE], ids=str)
def test_stores_are_reached_by_their_ports_wherever_they_are(store: End) -> None:
    world = replace(FORM, database_ports=(5432, 6432))
    for source in EVERY:
        assert reached(source, store, POSTGRESQL, world) and reached(source, store, 6432, world)
        assert not reached(source, store, 5433, world)
    bus = {"kafka": {"bootstrapServers": "a:9092,[2001:db8::1]:9094"}}
    for source in (API, WORKER):
        assert reached(source, store, KAFKA, **bus) and reached(source, store, 9094, **bus)
        assert not reached(source, store, 9093, **bus)
    assert not any(reached(source, store, KAFKA, **bus) for source in (MIGRATE, KNOWLEDGE))


def test_https_is_for_workers_with_a_vendor_and_for_public_addresses() -> None:
    for address in (VENDORS, OUTSIDE):
        assert reached(WORKER, address, HTTPS, VENDOR)
        assert not reached(WORKER, address, 80, VENDOR)
        assert not any(reached(source, address, HTTPS) for source in EVERY)
        assert not any(reached(source, address, HTTPS, VENDOR) for source in (API, MIGRATE, KNOWLEDGE))
    inside = (STORE, PRIVATE, NODE, Host("10.96.0.1"), Host("192.168.1.1"), Host("100.64.0.1"), Host("fd00::1"))
    assert not any(reached(WORKER, address, HTTPS, VENDOR) for address in inside)


@pytest.mark.parametrize(
    ("model", "port"),
    [
        (hosted("OpenAI"), HTTPS),
        (hosted(baseURL="https://models.example"), HTTPS),
        (hosted(baseURL="https://models.example:8443/v1"), 8443),
        (hosted(baseURL="http://models.example/v1"), 80),
    ],
    ids=lambda value: str(value.get("baseURL")) if isinstance(value, dict) else "",
)
def test_a_hosted_model_is_reached_by_workers_at_its_port_of_public_addresses(model: Object, port: int) -> None:
    for address in (VENDORS, OUTSIDE):
        assert [each for each in (80, HTTPS, 8443) if reached(WORKER, address, each, model=model)] == [port]
        assert not any(reached(source, address, port, model=model) for source in (API, MIGRATE, KNOWLEDGE))
        assert reached(WORKER, address, HTTPS, VENDOR, model=model), "the vendor's port stays"
    inside = (STORE, PRIVATE, NODE, Host("10.96.0.1"), *map(Host, METADATA))
    assert not any(reached(WORKER, address, port, model=model) for address in inside)
    assert reached(WORKER, STORE, port, model=model, extraEgress=[{"port": port}])


def test_the_api_reaches_public_https_where_it_asks_for_the_keys_of_pushes() -> None:
    for address in (VENDORS, OUTSIDE):
        assert reached(API, address, HTTPS, PUSHED) and not reached(API, address, 80, PUSHED)
        assert not reached(API, address, HTTPS, MAIL), "nobody pushes"
        assert reached(WORKER, address, HTTPS, MAIL) and reached(WORKER, address, HTTPS, PUSHED)
        assert not any(reached(source, address, HTTPS, PUSHED) for source in (MIGRATE, KNOWLEDGE))
    assert not any(reached(API, address, HTTPS, PUSHED) for address in (STORE, PRIVATE, NODE, Host("10.96.0.1")))


@pytest.mark.parametrize("address", METADATA)
@pytest.mark.parametrize("port", [80, 443, 5432, 9092])
def test_a_clouds_own_addresses_are_reached_by_nobody_whatever_the_spec_says(address: str, port: int) -> None:
    """Ports follow from fields of a tenant's: also the one at which a cloud gives credentials away."""
    asked: dict[str, Any] = {
        "kafka": {"bootstrapServers": f"{'[' + address + ']' if ':' in address else address}:{port}"},
        "extraEgress": [{"port": port}, {"port": port, "cidr": "0.0.0.0/0"}, {"port": port, "cidr": "2000::/0"}],
    }
    world = replace(VENDOR, channels=(*VENDOR.channels, *PUSHED.channels[1:]), database_ports=(port,))
    assert not any(reached(source, Host(address), port, world, **asked) for source in (*EVERY, OPERATOR))


def test_names_are_looked_up_by_everybody() -> None:
    made = policies(fte(), FORM)
    for source in EVERY:
        assert allowed(made, source, Pod("kube-system", {"k8s-app": "kube-dns"}), DNS, "UDP")
        assert allowed(made, source, Pod("openshift-dns", {}), 5353, "UDP")
    assert allowed(OPERATORS, OPERATOR, Host("169.254.20.10"), DNS, "UDP")


def test_extra_egress_adds_what_it_says() -> None:
    asked = {"extraEgress": [{"port": 8443, "cidr": "10.20.0.0/16"}, {"port": 8000}]}
    for source in EVERY:
        assert reached(source, PRIVATE, 8443, **asked) and not reached(source, VENDORS, 8443, **asked)
        assert reached(source, STORE, 8000, **asked) and not reached(source, STORE, 8000)


def test_nobody_reaches_the_operator_but_monitoring() -> None:
    assert reached(MONITOR, OPERATOR, 8080)
    assert not any(reached(each, OPERATOR, 8080) for each in (VISITOR, STRANGER, API, WORKER))
    assert all(reached(OPERATOR, Host(address), port) for address in ("10.96.0.1", "34.1.2.3") for port in (443, 6443))
    assert reached(OPERATOR, STORE, KAFKA) and reached(OPERATOR, Host("fd00:10::5"), 9094)


def test_none_leaves_the_network_to_others() -> None:
    assert policies(fte(networkPolicy="None"), VENDOR) == ()
    assert reached(STRANGER, WORKER, 22, networkPolicy="None")
    kinds = [obj["kind"] for obj in build(fte(networkPolicy="None"), FORM).objects]
    assert "NetworkPolicy" not in kinds and kinds


def test_a_changed_policy_has_another_name_and_the_same_one_the_same() -> None:
    def names(**spec: Any) -> set[str]:
        return {each["metadata"]["name"] for each in policies(fte(**spec), FORM)}

    assert names() == names(company={"name": "Southwind"})
    moved = names(kafka={"bootstrapServers": "kafka:9094"})
    assert len(names() & moved) == 1, "that of the Jobs, which know no Kafka"


@pytest.mark.parametrize(
    ("url", "ports"),
    [
        ("postgresql://u:p@db/x", (5432,)),
        ("postgresql://u:p@db:6432/x", (6432,)),
        ("postgresql://u:1:2@a:1,b:2,c/x", (1, 2, 5432)),
        ("postgresql://u@[fd00::1]:7000/x", (7000,)),
        ("postgresql://u@[fd00::1]/x", (5432,)),
        ("postgresql:///x?host=db&port=6543", (6543,)),
        ("postgresql://db:0/x", (5432,)),
        ("postgresql://db:99999/x", (5432,)),
        ("postgresql://db:" + "9" * 5_000 + "/x", (5432,)),
        ("postgresql://db/x?port=" + "9" * 5_000, (5432,)),
        ("postgresql://[broken/x", (5432,)),
        ("not a url", (5432,)),
        ("", (5432,)),
    ],
)
def test_the_ports_of_a_database_are_those_of_its_url(url: str, ports: tuple[int, ...]) -> None:
    assert database_ports(url) == ports


def test_a_broker_without_a_possible_port_opens_none() -> None:
    assert broker_ports("kafka:99999") == broker_ports("kafka:" + "9" * 5_000) == ()
    assert not reached(API, STORE, KAFKA, kafka={"bootstrapServers": "kafka:99999"})


@EXAMPLES
@given(employees())
def test_no_rule_is_open_to_all_ports_and_exceptions_lie_in_their_block(case: tuple[DigitalFTE, References]) -> None:
    for policy in policies(*case):
        for rule in [*policy["spec"].get("ingress", ()), *policy["spec"]["egress"]]:
            assert rule["ports"], "a rule without ports allows all of them"
            for block in (peer["ipBlock"] for peer in _peers(rule) if "ipBlock" in peer):
                whole = ip_network(block["cidr"], strict=False)
                for each in map(ip_network, block.get("except", ())):
                    assert each != whole and each.subnet_of(whole)  # type: ignore[arg-type]


def _peers(rule: Object) -> list[Object]:
    return [*rule.get("to", ()), *rule.get("from", ())]
