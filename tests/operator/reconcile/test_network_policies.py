"""Policies are there before the pods that need them, and go after those that needed the ones before."""

import pytest
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import DEPLOYMENT, JOB, NETWORK_POLICY, SECRET, SUPPORT_CHANNEL
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.workqueue import Key

pytestmark = pytest.mark.control_plane


def asked(world, port=9092, **changes):
    """An employee with brokers at `port`, whose topics stay the same when its spec changes."""
    kafka = {"bootstrapServers": f"kafka:{port}", "topicPrefix": f"{world.namespace}.helper"}
    made = employee()
    return made | {"spec": made["spec"] | {"kafka": kafka} | changes}


async def ports(world, component):
    """The ports that the policies of a component let out, all of them together."""
    found = await world.cluster.list(NETWORK_POLICY, world.namespace, f"app.kubernetes.io/component={component}")
    rules = [rule for each in found for rule in each["spec"]["egress"]]
    return {port["port"] for rule in rules for port in rule["ports"] if port["protocol"] == "TCP"} - {53, 5353}


async def test_policies_come_before_the_first_pod_and_know_the_database_s_port(world):
    world.kubelet.jobs["migrate"] = None
    await world.apply(secret(url="postgresql://u:p@db:6432/x"), documents(), channel(), asked(world))
    await world.until(lambda: world.names(JOB))
    assert await world.names(DEPLOYMENT) == set()
    assert await ports(world, "jobs") == {6432}
    assert await ports(world, "api") == await ports(world, "message-processor") == {9092, 6432}


async def test_what_old_pods_need_stays_allowed_until_they_are_gone(world):
    await world.apply(secret(), documents(), channel(), asked(world))
    await world.until_ready()
    world.kubelet.ready = False
    await world.apply(asked(world, port=9094))

    async def rolling():
        live = await world.get(DEPLOYMENT, "helper-api")
        return live["status"].get("updatedReplicas") and live["status"]["replicas"] > live["status"]["updatedReplicas"]

    await world.until(rolling)
    await world.reconcile()
    assert await ports(world, "api") == {9092, 9094, 5432}
    world.kubelet.ready = True

    async def settled():
        return await ports(world, "api") == await ports(world, "message-processor") == {9094, 5432}

    await world.until(settled)
    assert await ports(world, "jobs") == {5432}


@pytest.mark.parametrize("obstacle", ["a channel is missing", "Kafka is down"])
async def test_what_is_taken_away_is_closed_whatever_else_is_in_the_way(world, obstacle):
    extra = {"extraEgress": [{"port": 5555}]}
    await world.apply(secret(), documents(), channel(), asked(world, **extra))
    await world.until_ready()
    assert await ports(world, "api") == await ports(world, "message-processor") == {9092, 5432, 5555}
    if obstacle == "Kafka is down":
        world.topics.down = True
    else:
        await world.delete(SUPPORT_CHANNEL, "website")
    await world.apply(asked(world))

    async def closed():
        return await ports(world, "api") == await ports(world, "message-processor") == {9092, 5432}

    await world.until(closed)
    assert await ports(world, "jobs") == {5432}
    assert (await world.conditions())["Ready"]["reason"] in ("KafkaUnreachable", "ChannelNotFound")


async def test_what_pods_need_stays_allowed_while_they_cannot_be_changed(world):
    await world.apply(secret(), documents(), channel(), asked(world))
    await world.until_ready()
    world.topics.down = True
    await world.apply(asked(world, port=9094))
    await world.reconcile()
    assert (await world.conditions())["Ready"]["reason"] == "KafkaUnreachable"
    assert await ports(world, "api") == {9092, 9094, 5432}


async def test_a_policy_that_somebody_changed_or_deleted_is_put_back(employed):
    names = await employed.names(NETWORK_POLICY)
    assert len(names) == 3
    api, jobs, _ = sorted(names)
    await employed.delete(NETWORK_POLICY, jobs)
    path = NETWORK_POLICY.path(employed.namespace, api)
    await employed.raw.patch(path, {"spec": {"ingress": [{}]}})
    await employed.reconcile()
    assert await employed.names(NETWORK_POLICY) == names
    assert (await employed.get(NETWORK_POLICY, api))["spec"]["ingress"][0]["ports"]
    quiet = employed.writes()
    await employed.reconcile()
    assert employed.writes() == quiet


async def test_with_none_there_is_none_and_managed_brings_them_back(world):
    await world.apply(secret(), documents(), channel(), asked(world))
    await world.until_ready()
    await world.apply(asked(world, networkPolicy="None"))
    await world.reconcile()
    assert await world.names(NETWORK_POLICY) == set()
    await world.apply(asked(world, networkPolicy="Managed"))
    await world.reconcile()
    assert len(await world.names(NETWORK_POLICY)) == 3


class Reading:
    """A cluster that notes what is read whole, by kind and name; lists have no name."""

    def __init__(self, cluster):
        self._cluster, self.read = cluster, []

    def __getattr__(self, name):
        return getattr(self._cluster, name)

    async def get(self, kind, namespace, name, **options):
        self.read.append((kind, name))
        return await self._cluster.get(kind, namespace, name, **options)

    async def list(self, kind, namespace, selector="", **options):
        self.read.append((kind, None))
        return await self._cluster.list(kind, namespace, selector, **options)


async def test_of_secrets_only_those_are_read_that_are_named(employed):
    """Whoever may label a Secret of theirs cannot have it read by that."""
    cluster = Reading(employed.cluster)
    await Reconciler(cluster, employed.topics, "image:1", employed.now)(Key("DigitalFTE", employed.namespace, "helper"))
    assert {name for kind, name in cluster.read if kind is SECRET} == {"helper-database", "helper-runtime"}
