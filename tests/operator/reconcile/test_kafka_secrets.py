"""Secrets of Kafka and of the database's CA: missed by name, rotated in one rollout, handed to the brokers alone."""

import base64
import json

import pytest
from operator_world import OURS, channel, documents, employee, secret

from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, JOB, REPLICA_SET, SECRET
from fte_operator.topics.base import AuthenticationFailed
from fte_transport.access import KafkaAccess

pytestmark = pytest.mark.control_plane

POD_OWNERS = ("helper-api", "helper-message-processor")
SERVERS = "127.0.0.1:9"
SCRAM = {
    "bootstrapServers": SERVERS,
    "tls": {"caSecretRef": {"name": "kafka-ca", "key": "ca.crt"}},
    "authentication": {
        "type": "ScramSha512",
        "username": "helper",
        "passwordSecretRef": {"name": "kafka-user", "key": "password"},
    },
}
PAIR = {"name": "kafka-user", "certificate": "user.crt", "key": "user.key"}
MTLS = SCRAM | {"authentication": {"type": "TLS", "certificateAndKeySecretRef": PAIR}}
DATABASE = {
    "urlSecretRef": {"name": "helper-database", "key": "url"},
    "caSecretRef": {"name": "postgres-ca", "key": "ca.crt"},
}
AUTHENTICATION = "spec.kafka.authentication"


def kafka_ca(text="canary-kafka-ca"):
    return secret("kafka-ca", **{"ca.crt": f"{text}\n"})


def kafka_user(**data):
    return secret("kafka-user", **(data or {"password": "canary-password\n"}))


def postgres_ca(text="canary-postgres-ca"):
    return secret("postgres-ca", **{"ca.crt": text})


def helper(kafka=SCRAM):
    made = employee(SERVERS, database=DATABASE)
    made["spec"]["kafka"] |= kafka
    return made


@pytest.fixture
async def secured(world):
    """An employee that is ready, by SCRAM and with two private CAs."""
    await world.apply(secret(), documents(), channel(), kafka_ca(), kafka_user(), postgres_ca(), helper())
    await world.until_ready()
    return world


async def generations(world):
    return [(await world.get(DEPLOYMENT, name))["metadata"]["generation"] for name in POD_OWNERS]


@pytest.mark.parametrize(
    ("kafka", "missing", "key", "field"),
    [
        (SCRAM, "kafka-ca", "ca.crt", "spec.kafka.tls.caSecretRef"),
        (SCRAM, "kafka-user", "password", f"{AUTHENTICATION}.passwordSecretRef"),
        (SCRAM, "postgres-ca", "ca.crt", "spec.database.caSecretRef"),
        (MTLS, "kafka-user", "user.crt", f"{AUTHENTICATION}.certificateAndKeySecretRef"),
        (MTLS, "kafka-user", "user.key", f"{AUTHENTICATION}.certificateAndKeySecretRef"),
    ],
)
async def test_what_is_missing_is_named_and_waited_for(world, kafka, missing, key, field):
    pair = {"user.crt": "canary-certificate", "user.key": "canary-key"}
    there = {
        "kafka-ca": kafka_ca(),
        "postgres-ca": postgres_ca(),
        "kafka-user": kafka_user(**(pair if kafka is MTLS else {})),
    }
    await world.apply(secret(), documents(), channel(), helper(kafka))
    await world.apply(*(each for name, each in there.items() if name != missing))
    found = await world.until_condition("DependenciesReady", "SecretNotFound")
    assert f"Secret {missing} ({field}) does not exist: create it with key {key}" in found["message"]
    others = {name: value for name, value in there[missing]["stringData"].items() if name != key}
    await world.apply(secret(missing, **(others or {"unrelated": "x"})))
    found = await world.until_condition("DependenciesReady", "SecretKeyMissing")
    assert f"Secret {missing} ({field}) has no key {key}: add it" in found["message"]
    assert await world.get(DEPLOYMENT, "helper-api") is None and world.topics.accesses == []
    await world.apply(there[missing])
    await world.until_ready()


async def test_the_brokers_are_reached_with_what_the_secrets_hold(secured):
    assert secured.topics.accesses[-1] == KafkaAccess(
        SERVERS,
        tls=True,
        ca="canary-kafka-ca",
        authentication="ScramSha512",
        username="helper",
        password="canary-password",
    )


@pytest.mark.parametrize(
    ("changed", "jobs_too"),
    [
        (kafka_user(password="canary-2"), False),
        (kafka_ca("canary-2"), False),
        (postgres_ca("canary-2"), True),
    ],
    ids=["password", "kafka-ca", "postgres-ca"],
)
async def test_a_rotation_is_one_rollout_of_those_who_use_it(secured, changed, jobs_too):
    before, jobs = await generations(secured), await secured.names(JOB)
    await secured.apply(changed)
    await secured.until(lambda: _rolled(secured, before))
    await secured.until_ready()
    for _ in range(3):
        await secured.reconcile()
    assert await generations(secured) == [generation + 1 for generation in before]
    assert (await secured.names(JOB) != jobs) == jobs_too
    writes = secured.writes()
    await secured.apply({**changed, "stringData": {**changed["stringData"], "unrelated": "x"}})
    await secured.reconcile()
    assert secured.writes() == writes, "another key of the Secret is nobody's"


async def _rolled(world, before):
    return await generations(world) != before


async def test_a_password_that_the_brokers_do_not_know_leaves_running_pods_alone(secured):
    before = await generations(secured)
    secured.topics.fault = AuthenticationFailed(f"what answers at {SERVERS} refuses the log-in")
    await secured.apply(kafka_user(password="canary-typo"))
    found = await secured.until_condition("TopicsReady", "AuthenticationFailed")
    assert found["status"] == "False" and "refuses the log-in" in found["message"]
    assert (await secured.conditions())["Stalled"]["status"] == "True"
    assert await generations(secured) == before
    secured.topics.fault = None
    await secured.apply(kafka_user(password="canary-right"))
    await secured.until_ready()
    assert await generations(secured) == [generation + 1 for generation in before]


async def test_secrets_are_files_of_those_who_need_them(secured):
    """Kafka's are the API's and the worker's; a Job has the database's alone."""
    folders = {}
    for kind in (DEPLOYMENT, JOB):
        for each in await secured.cluster.list(kind, secured.namespace, OURS):
            pod = each["spec"]["template"]["spec"]
            (container,) = pod["containers"]
            assert container["env"] == [{"name": "HOME", "value": "/tmp"}] and "args" not in container
            component = each["metadata"]["labels"]["app.kubernetes.io/component"]
            folders[component] = {mount["name"] for mount in container["volumeMounts"]} & {"kafka", "database"}
            for volume in pod["volumes"]:
                if volume["name"] in ("kafka", "database"):
                    assert volume["projected"]["defaultMode"] == 0o400
    both = {"kafka", "database"}
    jobs = {"migrate": {"database"}, "knowledge": {"database"}}
    assert folders == jobs | {"api": both, "message-processor": both}


async def test_no_value_of_a_secret_stands_anywhere(secured):
    said = [b"canary-kafka-ca", b"canary-password", b"canary-postgres-ca"]
    values = [text for value in said for text in (value.decode(), base64.b64encode(value).decode().rstrip("="))]
    stored = json.dumps(await secured.cluster.list(SECRET, secured.namespace))
    assert all(value in stored for value in values[1::2])
    made = {DIGITAL_FTE: [await secured.get(DIGITAL_FTE, "helper")]}
    for kind in (CONFIG_MAP, DEPLOYMENT, REPLICA_SET, JOB):
        made[kind] = await secured.cluster.list(kind, secured.namespace, OURS)
    for kind, objects in made.items():
        text = json.dumps(objects)
        assert objects and [value for value in values if value in text] == [], kind.name
