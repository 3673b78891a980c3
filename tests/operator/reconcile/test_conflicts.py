"""Two employees that ask for the same topics, and two channels that ask for the same sender."""

from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from custom_resources import raw_whatsapp
from operator_world import IMAGE, channel, documents, employee, gmail, google, secret, twilio, whatsapp

from fte_operator.api.v1alpha1 import parse_support_channel
from fte_operator.cluster.errors import Forbidden
from fte_operator.cluster.kinds import DEPLOYMENT, DIGITAL_FTE, JOB, SUPPORT_CHANNEL
from fte_operator.reconcile import conflicts
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.workqueue import Key

pytestmark = pytest.mark.control_plane


def named(name, prefix, kafka="127.0.0.1:9"):
    made = employee()
    spec = made["spec"] | {"kafka": {"bootstrapServers": kafka, "topicPrefix": prefix}}
    return made | {"metadata": {"name": name}, "spec": spec}


async def test_the_younger_says_so_and_runs_once_the_older_is_gone(world):
    prefix = f"{world.namespace}.shared"
    await world.apply(secret(), documents(), channel(), named("elder", prefix, "elsewhere:9092"))
    await world.apply(named("helper", prefix))
    result = await world.reconcile()
    found = await world.conditions()
    assert found["Ready"]["reason"] == found["DependenciesReady"]["reason"] == "TopicPrefixTaken"
    assert found["Stalled"]["status"] == "True"
    assert prefix in found["Ready"]["message"] and "DigitalFTE elder" in found["Ready"]["message"]
    assert result.waiting, "nothing tells that the older one goes"
    assert await world.names(JOB) == await world.names(DEPLOYMENT) == set()
    before = world.writes()
    await world.reconcile()
    assert world.writes() == before

    await world.reconcile(name="elder")
    assert (await world.conditions(name="elder"))["DependenciesReady"]["status"] == "True"
    await world.delete(DIGITAL_FTE, "elder")
    await world.until_ready()


@asynccontextmanager
async def neighbour(world, prefix):
    """An older employee of that prefix in another namespace; its namespace."""
    elsewhere = f"elder-{uuid4().hex[:8]}"
    await world.raw.call("POST", "/api/v1/namespaces", {"metadata": {"name": elsewhere}})
    elder = named("secretive", prefix)
    await world.hands.apply(elder | {"metadata": {"name": "secretive", "namespace": elsewhere}}, "somebody")
    yield elsewhere
    await world.raw.call("DELETE", f"/api/v1/namespaces/{elsewhere}")


async def test_a_prefix_of_another_namespace_cannot_be_squatted(world):
    """Not the default of an employee that comes later, nor one that its owner chooses."""
    prefix = f"{world.namespace}.helper"
    async with neighbour(world, prefix) as elsewhere:
        await world.reconciler(Key(DIGITAL_FTE.name, elsewhere, "secretive"))
        thief = await world.cluster.get(DIGITAL_FTE, elsewhere, "secretive")
        ready = next(each for each in thief["status"]["conditions"] if each["type"] == "Ready")
        assert ready["reason"] == "TopicPrefixNotGranted"
        assert f"{elsewhere}.secretive" in ready["message"]
        assert await world.cluster.list(JOB, elsewhere) == []
        await world.apply(secret(), documents(), channel(), employee())
        await world.until_ready()
    assert world.topics.owners == {("127.0.0.1:9", f"{prefix}.owner"): f"{world.namespace}/helper"}


async def test_a_status_keeps_no_prefix(world):
    """Whoever may write it says that they have topics there."""
    async with neighbour(world, f"{world.namespace}.helper") as elsewhere:
        path = DIGITAL_FTE.path(elsewhere, "secretive", "status")
        topics = [{"name": f"{world.namespace}.helper.dlq", "partitions": 3}]
        await world.raw.patch(path, {"status": {"topics": topics}})
        await world.apply(secret(), documents(), channel(), employee())
        await world.until_ready()
    assert world.topics.owners == {("127.0.0.1:9", f"{world.namespace}.helper.owner"): f"{world.namespace}/helper"}


async def test_a_prefix_needs_its_namespace_or_a_grant(world):
    await world.apply(secret(), documents(), channel(), named("helper", "shared"))
    result = await world.reconcile()
    condition = (await world.conditions())["Ready"]
    assert condition["reason"] == "TopicPrefixNotGranted"
    assert (await world.conditions())["Stalled"]["status"] == "True"
    assert result.waiting, "nothing tells of a grant"
    assert await world.names(JOB) == set() and world.topics.topics == {}
    world.reconciler = Reconciler(world.cluster, world.topics, IMAGE, world.now, grants={"shared": world.namespace})
    await world.until_ready()


async def test_a_freed_prefix_is_not_handed_on(world):
    """The object is gone, its topics are not."""
    prefix = f"{world.namespace}.shared"
    await world.apply(secret(), documents(), channel(), named("elder", prefix))
    await world.until(lambda: owned(world, prefix, "elder"), reconcile=False)
    await world.delete(DIGITAL_FTE, "elder")
    await world.apply(named("helper", prefix))
    condition = await world.until_condition("TopicsReady", "OwnedByAnother")
    assert (await world.conditions())["Stalled"]["reason"] == "OwnedByAnother", condition
    assert await world.names(DEPLOYMENT) == set()
    await world.delete(DIGITAL_FTE, "helper")
    await world.apply(named("elder", prefix))
    await world.reconcile(name="elder")
    assert (await world.conditions(name="elder"))["TopicsReady"]["status"] == "True"


async def owned(world, prefix, name):
    await world.reconcile(name=name)
    return world.topics.owners.get(("127.0.0.1:9", f"{prefix}.owner")) == f"{world.namespace}/{name}"


async def test_a_channel_whose_sender_is_taken_is_left_out_until_the_older_goes(world):
    sender = whatsapp()["spec"]["twilioWhatsApp"]["sender"]
    bound = [{"channelRef": "website"}, {"channelRef": "whatsapp"}]
    await world.apply(secret(), documents(), twilio(), channel(), whatsapp("elder", sender=sender))
    await world.apply(whatsapp(sender=sender), employee(channels=bound))
    result = await world.reconcile(SUPPORT_CHANNEL, "whatsapp")
    found = await world.conditions(SUPPORT_CHANNEL, "whatsapp")
    assert (found["Accepted"]["status"], found["Accepted"]["reason"]) == ("False", "SenderTaken")
    assert found["Ready"]["reason"] == found["Stalled"]["reason"] == "SenderTaken"
    assert f"twilioWhatsApp.sender {sender}" in found["Ready"]["message"]
    assert "SupportChannel elder" in found["Ready"]["message"]
    assert result.waiting, "nothing tells that the older one goes"
    await world.reconcile(SUPPORT_CHANNEL, "elder")
    assert (await world.conditions(SUPPORT_CHANNEL, "elder"))["Accepted"]["status"] == "True"

    await world.until_condition("WorkerAvailable", "MinimumReplicasAvailable")
    problem = (await world.conditions())["DependenciesReady"]
    assert problem["reason"] == "SenderTaken" and "SupportChannel whatsapp (spec.channels)" in problem["message"]
    assert "channel-whatsapp" not in await volumes(world)

    await world.delete(SUPPORT_CHANNEL, "elder")
    await world.until_ready()
    assert "channel-whatsapp" in await volumes(world)
    await world.reconcile(SUPPORT_CHANNEL, "whatsapp")
    assert (await world.conditions(SUPPORT_CHANNEL, "whatsapp"))["Accepted"]["status"] == "True"


async def test_a_number_is_the_oldest_employee_s_and_the_next_one_s_after_it(world):
    both = [{"channelRef": "website"}, {"channelRef": "whatsapp"}]
    elder, younger = employee(channels=both), named("younger", f"{world.namespace}.younger")
    younger["spec"]["channels"] = both
    await world.apply(secret(), documents(), twilio(), channel(), whatsapp(), elder)
    await world.until_ready()
    await world.apply(younger)
    await world.reconcile(name="younger")
    problem = (await world.conditions(name="younger"))["DependenciesReady"]
    assert problem["reason"] == "ChannelTaken"
    assert "SupportChannel whatsapp (spec.channels)" in problem["message"] and "DigitalFTE helper" in problem["message"]
    await world.reconcile(SUPPORT_CHANNEL, "whatsapp")
    assert (await world.get(SUPPORT_CHANNEL, "whatsapp"))["status"]["boundTo"] == [{"name": "helper"}]
    await world.reconcile(SUPPORT_CHANNEL, "website")
    names = (await world.get(SUPPORT_CHANNEL, "website"))["status"]["boundTo"]
    assert names == [{"name": "helper"}, {"name": "younger"}], "a form may have several"

    await world.apply(elder | {"spec": elder["spec"] | {"channels": both[:1]}})
    await world.reconcile()
    await world.reconcile(name="younger")
    assert "ChannelTaken" not in (await world.conditions(name="younger"))["DependenciesReady"]["reason"]


@pytest.mark.parametrize("field", ["mailbox", "aliases"])
async def test_an_address_of_an_older_mailbox_is_no_younger_one_s(world, field):
    """Whichever of the two has it as an alias: one mail must not be two channels' to answer."""
    elder, mine = gmail("elder"), gmail()
    if field == "mailbox":
        elder["spec"]["gmail"]["aliases"] = [mine["spec"]["gmail"]["mailbox"]]
        address = mine["spec"]["gmail"]["mailbox"]
    else:
        address = elder["spec"]["gmail"]["mailbox"]
        mine["spec"]["gmail"]["aliases"] = ["other@northwind.example", address]
    await world.apply(google(), elder, mine)
    result = await world.reconcile(SUPPORT_CHANNEL, "mail")
    found = await world.conditions(SUPPORT_CHANNEL, "mail")
    assert found["Ready"]["reason"] == found["Accepted"]["reason"] == found["Stalled"]["reason"] == "SenderTaken"
    assert (
        f"spec.gmail.{field} {address} belongs to an older channel, SupportChannel elder" in found["Ready"]["message"]
    )
    assert ("take it off this list" in found["Ready"]["message"]) is (field == "aliases")
    assert result.waiting, "nothing tells that the older one lets go of it"
    await world.reconcile(SUPPORT_CHANNEL, "elder")
    assert (await world.conditions(SUPPORT_CHANNEL, "elder"))["Accepted"]["status"] == "True"
    if field == "mailbox":
        del elder["spec"]["gmail"]["aliases"]
        await world.apply(elder)
    else:
        await world.delete(SUPPORT_CHANNEL, "elder")
    await world.reconcile(SUPPORT_CHANNEL, "mail")
    assert (await world.conditions(SUPPORT_CHANNEL, "mail"))["Accepted"]["status"] == "True"


async def test_a_deleted_channel_leaves_its_pods_even_if_it_was_the_only_one(world):
    await world.apply(secret(), documents(), twilio(), whatsapp(), employee(channels=[{"channelRef": "whatsapp"}]))
    await world.until_ready()
    assert "channel-whatsapp" in await volumes(world)
    await world.delete(SUPPORT_CHANNEL, "whatsapp")
    await world.until_condition("WorkerAvailable", "MinimumReplicasAvailable")
    found = await world.conditions()
    assert found["DependenciesReady"]["reason"] == found["Ready"]["reason"] == "ChannelNotFound"
    assert "channel-whatsapp" not in await volumes(world), "its number may be another employee's by now"


async def volumes(world):
    template = (await world.get(DEPLOYMENT, "helper-api"))["spec"]["template"]
    return {volume["name"] for volume in template["spec"]["volumes"]}


async def test_a_channel_of_another_namespace_is_not_named(world):
    elsewhere = f"elder-{uuid4().hex[:8]}"
    await world.raw.call("POST", "/api/v1/namespaces", {"metadata": {"name": elsewhere}})
    elder = whatsapp("secretive")
    await world.hands.apply(elder | {"metadata": {"name": "secretive", "namespace": elsewhere}}, "somebody")
    younger = whatsapp(sender=elder["spec"]["twilioWhatsApp"]["sender"])
    await world.apply(younger, twilio())
    await world.reconcile(SUPPORT_CHANNEL, "whatsapp")
    accepted = (await world.conditions(SUPPORT_CHANNEL, "whatsapp"))["Accepted"]
    assert accepted["status"] == "True", "nobody has a number by naming it"

    theirs = twilio()
    await world.hands.apply(theirs | {"metadata": theirs["metadata"] | {"namespace": elsewhere}}, "somebody")
    await world.reconcile(SUPPORT_CHANNEL, "whatsapp")
    condition = (await world.conditions(SUPPORT_CHANNEL, "whatsapp"))["Accepted"]
    assert condition["reason"] == "SenderTaken"
    assert "in another namespace" in condition["message"]
    assert "secretive" not in condition["message"] and elsewhere not in condition["message"]
    await world.raw.call("DELETE", f"/api/v1/namespaces/{elsewhere}")


class Listed:
    """A cluster of namespaces with lists; one that is None refuses."""

    def __init__(self, **lists):
        self.lists = lists

    async def scan(self, kind, namespace, row):
        if self.lists[namespace] is None:
            raise Forbidden(f"GET {kind.plural} of {namespace}: 403")
        return [row(each) for each in self.lists[namespace]]


async def test_a_namespace_that_is_gone_holds_back_no_other_and_ones_own_must_answer():
    mine = parse_support_channel(raw_whatsapp())
    assert await conflicts.sender_taken(Listed(gone=None, team=[]), mine, ("gone", "team")) is None
    with pytest.raises(Forbidden):
        await conflicts.sender_taken(Listed(gone=[], team=None), mine, ("gone", "team"))
