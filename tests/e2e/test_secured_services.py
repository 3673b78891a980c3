"""One employee over a Kafka with SASL_SSL and ACLs and a PostgreSQL with a private CA, while their secrets change.

Both are processes of this file beside the cluster (tests/own_kafka.py, tests/own_postgres.py). The tests need no order:
what the servers and the Secrets hold now is kept in `Secured`.
"""

import asyncio
import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace

import pytest
from certificates import Authority
from cluster import ROOT, Cluster, Instance, Object, until
from places import Place, pod
from rollouts import no_rollout, one_rollout, settled
from secured_cluster import NEIGHBOUR, Secured, secured_employee
from visitors import Visitors

from fte_transport.access import KafkaAccess

pytestmark = [pytest.mark.kind, pytest.mark.timeout(600)]

EVERY_SECONDS = 3.0
"""Between two visitors, so that with those who ask in tests fewer come in a minute than are answered."""


@pytest.fixture(scope="module")
def secured(
    cluster: Cluster, services: dict[str, str], employee: Instance, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Secured]:
    """Ready; beside it `employee`, on the ordinary services."""
    with secured_employee(cluster, services["FTE_PODS_TO_HOST"], tmp_path_factory.mktemp("secured")) as found:
        found.instance.wait_ready()
        settled(found.instance)
        yield found


@pytest.fixture(scope="module")
def stranger(cluster: Cluster, secured: Secured) -> Iterator[Place]:
    """A pod of another namespace."""
    namespace = f"{secured.instance.namespace}-stranger"
    cluster.kubectl("create", "namespace", namespace)
    try:
        yield pod(cluster, namespace, "stranger")
    finally:
        cluster.kubectl("delete", "namespace", namespace, "--wait=false")


def test_a_question_is_answered_by_servers_that_prove_who_they_are(secured: Secured) -> None:
    assert secured.answers()
    assert secured.instance.condition("Ready")["status"] == "True"


def test_a_changed_password_is_one_rollout_during_which_forms_are_taken(secured: Secured) -> None:
    """A broker checks a password when a connection is made: the old pods go on with the connections they have."""
    password = secrets.token_hex(12)
    with no_form_fails(secured):
        secured.kafka.set_password(secured.user, password)
        with one_rollout(secured.instance):
            secured.put(secured.login, password=password)
        assert secured.answers()


def test_a_second_user_takes_over_in_one_rollout(secured: Secured) -> None:
    """Both are let in meanwhile, so that not even a connection that breaks is refused."""
    user = f"next-{secrets.token_hex(4)}"
    with no_form_fails(secured):
        secured.kafka.set_password(user, secrets.token_hex(12))
        secured.kafka.grant(user, secured.instance.prefix)
        secured.put(user, password=secured.kafka.passwords[user])
        with one_rollout(secured.instance):
            secured.log_in_as(user, login=user)
        assert secured.answers()


@pytest.mark.parametrize("server", ["kafka", "postgres"])
def test_a_changed_ca_is_one_rollout_for_each_change_of_the_secret(secured: Secured, server: str) -> None:
    """Both are trusted, the server changes, the new one alone is trusted: docs/kafka.md, Rotation."""
    found, new = secured.server(server), Authority("next")
    with no_form_fails(secured):
        with one_rollout(secured.instance):
            secured.trust(server, found.authority, new)
        asyncio.run(found.present(new))
        with one_rollout(secured.instance):
            secured.trust(server, new)
        assert secured.answers()


NOTHING = dict.fromkeys(("topics", "offsets", "records", "work", "written"), "KafkaConnectionError")
ANOTHERS = {
    "topics": [],
    "offsets": "GroupAuthorizationFailedError",
    "records": "TopicAuthorizationFailedError",
    "work": "TopicAuthorizationFailedError",
    "written": "TopicAuthorizationFailedError",
}


def test_a_pod_of_another_namespace_reads_nothing(secured: Secured, stranger: Place) -> None:
    """The employee's own credentials do, from the same pod: neither the way nor the questions are at fault."""
    assert secured.answers()
    own = secured.access(secured.user)
    ways = {
        "in the clear": KafkaAccess(own.bootstrap_servers),
        "without credentials": KafkaAccess(own.bootstrap_servers, tls=True, ca=own.ca),
        "a guessed password": replace(own, password="guess"),
        "another employee": secured.access(NEIGHBOUR),
    }
    found = _tried(stranger, secured, ways)
    assert found == dict.fromkeys(ways, NOTHING) | {"another employee": ANOTHERS}
    got = _tried(stranger, secured, {"own": own}, "topics", "offsets", "records")["own"]
    assert secured.incoming in got["topics"]
    assert got["offsets"] > 0
    assert got["records"] > 0


def _other() -> dict[str, str]:
    return {"ca.crt": Authority("another").certificate}


FAULTS = {
    "another CA for Kafka": (
        "kafka-ca",
        _other(),
        "TopicsReady",
        "TLSFailed",
        "kafka.tls.caSecretRef must hold the CA",
    ),
    "a wrong password": ("login", {"password": "guess"}, "TopicsReady", "AuthenticationFailed", "refuses the log-in"),
    "another CA for PostgreSQL": (
        "postgres-ca",
        _other(),
        "DatabaseReady",
        "TLSFailed",
        "database.caSecretRef must hold the CA",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_secret_that_is_refused_is_told_and_rolls_nothing_out(
    secured: Secured, employee: Instance, fault: str
) -> None:
    secret, values, kind, reason, says = FAULTS[fault]
    instance, secret = secured.instance, secured.login if secret == "login" else secret
    employee.wait_ready()
    with no_rollout(instance):
        with _instead(secured, secret, values):
            told = until(reason, lambda: _false(instance, kind, reason), 120)
            assert says in told["message"]
            assert _false(instance, "Ready", reason)
            assert secured.answers()
            assert employee.condition("Ready")["status"] == "True"
        instance.wait_ready()


@contextmanager
def no_form_fails(secured: Secured) -> Iterator[None]:
    """Whoever is in front of the form meanwhile is answered 202."""
    with Visitors(secured.url, EVERY_SECONDS) as visitors:
        until("a first visitor", lambda: visitors.answers, 30)
        yield
    assert set(visitors.answers) == {202}


@contextmanager
def _instead(secured: Secured, name: str, values: dict[str, str]) -> Iterator[None]:
    """While a Secret holds something else."""
    data = secured.instance.cluster.get("secret", secured.instance.namespace, name)["data"]
    secured.put(name, **values)
    try:
        yield
    finally:
        secured.put(name, **{key: base64.b64decode(value).decode() for key, value in data.items()})


def _tried(place: Place, secured: Secured, ways: dict[str, KafkaAccess], *attempts: str) -> dict[str, Object]:
    """What tests/intruder.py gets in a pod."""
    told: Object = {"topic": secured.incoming, "group": f"{secured.instance.prefix}.worker"}
    told |= {"ways": {name: asdict(access) for name, access in ways.items()}, "attempts": attempts or list(NOTHING)}
    program = (ROOT / "tests" / "intruder.py").read_text(encoding="utf-8")
    found: dict[str, Object] = json.loads(place.python(program, stdin=json.dumps(told)))
    return found


def _false(instance: Instance, kind: str, reason: str) -> dict[str, str] | None:
    found = instance.condition(kind)
    return found if (found.get("status"), found.get("reason")) == ("False", reason) else None
