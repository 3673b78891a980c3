"""What ran is kept running, also while a gate is closed."""

import logging

import pytest
import yaml
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import AUTOSCALER, CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, SERVICE

pytestmark = pytest.mark.control_plane
API, WORKER = "helper-api", "helper-message-processor"


def edited(text):
    return documents(**{"handbook.md": f"# Handbook\n\n{text}\n"})


async def test_deleted_objects_come_back_with_the_last_good_behaviour_while_knowledge_is_refused(employed):
    before = (await employed.get(DIGITAL_FTE, "helper"))["status"]
    employed.kubelet.jobs["knowledge"] = ("InvalidSource", "handbook.md is not text")
    for text in ("We open at ten.", "We open at eleven."):
        await employed.apply(edited(text))
        await employed.until_condition("KnowledgeReady", "InvalidSource")
    for kind, name in ((DEPLOYMENT, API), (DEPLOYMENT, WORKER), (SERVICE, API), (AUTOSCALER, WORKER)):
        await employed.delete(kind, name)
    await employed.reconcile()
    assert await employed.names(DEPLOYMENT) == await employed.names(AUTOSCALER) == {API, WORKER}
    assert await employed.names(SERVICE) == {API}
    assert f"helper-behaviour-{before['release']['current']}" in await employed.names(CONFIG_MAP)

    for condition in ("APIAvailable", "WorkerAvailable"):
        await employed.until_condition(condition, "MinimumReplicasAvailable")
    await employed.until_condition("Progressing", "NewReplicaSetAvailable")
    after = (await employed.get(DIGITAL_FTE, "helper"))["status"]
    assert (after["release"], after["knowledge"]) == (before["release"], before["knowledge"])
    assert (await employed.conditions())["Ready"]["reason"] == "InvalidSource"
    quiet = employed.writes()
    await employed.reconcile()
    assert employed.writes() == quiet


async def test_refused_documents_hold_back_nothing_but_themselves(employed):
    before, template = (await employed.get(DIGITAL_FTE, "helper"))["status"], await worker_template(employed)
    employed.kubelet.jobs["knowledge"] = ("InvalidSource", "handbook.md is not text")
    await employed.apply(edited("We open at ten."))
    await employed.until_condition("KnowledgeReady", "InvalidSource")
    assert await worker_template(employed) == template, "nothing else was changed"
    await employed.apply(employee(worker={"concurrency": 9}))
    await employed.until_condition("Progressing", "NewReplicaSetAvailable")
    changed, after = await worker_template(employed), (await employed.get(DIGITAL_FTE, "helper"))["status"]
    assert changed != template
    assert (after["release"], after["knowledge"]) == (before["release"], before["knowledge"])
    quiet = employed.writes()
    await employed.reconcile()
    assert employed.writes() == quiet
    del employed.kubelet.jobs["knowledge"]
    await employed.apply(edited("We open at eleven."))
    await employed.until_ready()
    assert (await employed.get(DIGITAL_FTE, "helper"))["status"]["release"] != before["release"]


@pytest.mark.parametrize("ends", [None, ("SourceChanged", "again"), ("EmbeddingKeyRefused", "no")], ids=str)
async def test_knowledge_that_is_under_way_or_has_no_embedder_brings_no_rollout_of_its_own(employed, ends):
    template = await worker_template(employed)
    employed.kubelet.jobs["knowledge"] = ends
    await employed.apply(edited("We open at ten."), employee(worker={"concurrency": 9}))
    await employed.until_condition("KnowledgeReady", ends[0] if ends else "Ingesting")
    await employed.reconcile()
    assert await worker_template(employed) == template


async def worker_template(world):
    return (await world.get(DEPLOYMENT, WORKER))["spec"]["template"]


async def test_the_api_does_not_wait_for_knowledge_and_no_worker_shows_what_was_never_ingested(world):
    world.kubelet.jobs["knowledge"] = ("InvalidSource", "handbook.md is not text")
    await world.apply(secret(), documents(), channel(), employee())
    await world.until_condition("KnowledgeReady", "InvalidSource")
    await world.apply(edited("We open at ten."))
    await world.until_condition("APIAvailable", "MinimumReplicasAvailable")
    await world.until_condition("KnowledgeReady", "InvalidSource")
    assert await world.names(DEPLOYMENT) == {API}


async def test_while_kafka_is_away_the_missing_is_made_and_the_rest_is_not_changed(employed):
    before = await employed.get(DIGITAL_FTE, "helper")
    worker = await employed.get(DEPLOYMENT, WORKER)
    employed.topics.down = True
    changed = before["spec"] | {"worker": before["spec"]["worker"] | {"concurrency": 9}}
    await employed.apply(employee() | {"spec": changed})
    await employed.delete(DEPLOYMENT, API)
    await employed.reconcile()
    assert await employed.names(DEPLOYMENT) == {API, WORKER}
    assert (await employed.get(DEPLOYMENT, WORKER))["spec"] == worker["spec"]
    after = await employed.get(DIGITAL_FTE, "helper")
    assert after["status"]["topics"] == before["status"]["topics"], "they are still there"
    employed.topics.down = False
    await employed.until_ready()
    assert (await employed.get(DEPLOYMENT, WORKER))["spec"]["template"] != worker["spec"]["template"]


async def test_a_deployment_scaled_to_nothing_gets_its_fewest_replicas_once(employed):
    before = employed.writes()
    await employed.raw.patch(DEPLOYMENT.path(employed.namespace, API, "scale"), {"spec": {"replicas": 0}})
    await employed.reconcile()
    live = await employed.get(DEPLOYMENT, API)
    assert live["spec"]["replicas"] == 2
    await employed.until_ready()
    assert [write for write in employed.writes()[len(before) :] if "deployments" in write] == [
        f"patch deployments/{API}"
    ]
    managers = {entry["manager"] for entry in live["metadata"]["managedFields"] if "f:replicas" in str(entry)}
    assert "fte-operator-replicas" in managers and "fte-operator" not in managers


async def test_a_missing_channel_does_not_silence_the_others(world):
    bound = [{"channelRef": "website"}, {"channelRef": "shop"}]
    await world.apply(secret(), documents(), channel(), employee(channels=bound))
    await world.until_condition("WorkerAvailable", "MinimumReplicasAvailable")
    found = await world.conditions()
    assert found["Ready"]["reason"] == found["DependenciesReady"]["reason"] == "ChannelNotFound"
    assert "SupportChannel shop" in found["Ready"]["message"]
    assert await channels(world) == {"website"}
    assert (await world.reconcile()).waiting
    await world.apply(channel("shop"))
    await world.until_ready()
    assert await channels(world) == {"website", "shop"}


async def channels(world):
    """In the document that the API's pods mount."""
    volumes = (await world.get(DEPLOYMENT, API))["spec"]["template"]["spec"]["volumes"]
    sources = [source for each in volumes if "projected" in each for source in each["projected"]["sources"]]
    [name] = [source["configMap"]["name"] for source in sources if "configMap" in source]
    document = yaml.safe_load((await world.get(CONFIG_MAP, name))["data"]["config.yaml"])
    return {each["name"] for each in document["channels"]}


async def test_every_write_is_one_line_in_the_log(employed, caplog):
    await employed.delete(SERVICE, API)
    with caplog.at_level(logging.INFO, "fte_operator.cluster.journal"):
        await employed.reconcile()
    assert [record.getMessage() for record in caplog.records if record.name == "fte_operator.cluster.journal"] == [
        f"created Service {employed.namespace}/{API} of DigitalFTE helper"
    ]
