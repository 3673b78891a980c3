"""A hosted model's key: missed by name, a file of workers alone, rotated in one rollout, named when it is refused."""

import base64
import json

import pytest
from operator_world import IMAGE, OURS, channel, documents, employee, secret

from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, JOB, REPLICA_SET
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.workqueue import Key

pytestmark = pytest.mark.control_plane

POD_OWNERS = ("helper-api", "helper-message-processor")
WHERE = "Secret model (spec.model.apiKeySecretRef)"
HOSTED = {
    "provider": "OpenAICompatible",
    "name": "small-1",
    "baseURL": "https://models.example/v1",
    "apiKeySecretRef": {"name": "model", "key": "api-key"},
}


def key(value="canary-model-key"):
    return secret("model", **{"api-key": f"{value}\n"})


@pytest.fixture
async def hosted(world):
    """An employee with a hosted model that is ready."""
    await world.apply(secret(), documents(), channel(), key(), employee(model=HOSTED))
    await world.until_ready()
    return world


async def generations(world):
    return [(await world.get(DEPLOYMENT, name))["metadata"]["generation"] for name in POD_OWNERS]


async def test_a_key_that_is_missing_or_unusable_is_named_and_waited_for(world):
    await world.apply(secret(), documents(), channel(), employee(model=HOSTED))
    found = await world.until_condition("DependenciesReady", "SecretNotFound")
    assert f"{WHERE} does not exist: create it with key api-key" in found["message"]
    await world.apply(secret("model", unrelated="x"))
    found = await world.until_condition("DependenciesReady", "SecretKeyMissing")
    assert f"{WHERE} has no key api-key: add it" in found["message"]
    await world.apply(key("two words"))
    found = await world.until_condition("DependenciesReady", "SecretKeyUnusable")
    assert f"{WHERE} holds in key api-key what no header takes" in found["message"]
    assert "two words" not in found["message"]
    assert await world.get(DEPLOYMENT, "helper-message-processor") is None
    await world.apply(key())
    await world.until_ready()


async def test_a_rotation_is_one_rollout_of_workers_alone(hosted):
    before, jobs = await generations(hosted), await hosted.names(JOB)
    await hosted.apply(key("canary-model-key-2"))
    await hosted.until(lambda: _rolled(hosted, before))
    await hosted.until_ready()
    await hosted.reconcile()
    assert await generations(hosted) == [before[0], before[1] + 1]
    assert await hosted.names(JOB) == jobs
    writes = hosted.writes()
    await hosted.apply({**key("canary-model-key-2"), "stringData": {"unrelated": "x"}})
    await hosted.reconcile()
    assert hosted.writes() == writes, "another key of the Secret is nobody's"


async def _rolled(world, before):
    return await generations(world) != before


async def test_from_offline_to_a_hosted_model_and_back_is_one_rollout_of_workers_each(world):
    await world.apply(secret(), documents(), channel(), key(), employee())
    await world.until_ready()
    before = await generations(world)
    first = await _revision(world)
    for step, model in enumerate((HOSTED, {"provider": "Offline"}), start=1):
        rolled = await generations(world)
        await world.apply(employee(model=model))
        await world.until(lambda rolled=rolled: _rolled(world, rolled))
        await world.until_ready()
        assert await generations(world) == [before[0], before[1] + step]
        assert (await _revision(world) == first) == (model["provider"] == "Offline")


async def _revision(world):
    return (await world.get(DIGITAL_FTE, "helper"))["status"]["release"]["current"]


async def test_no_value_of_the_key_stands_anywhere_and_it_is_a_file_of_workers_alone(hosted):
    values = ("canary-model-key", base64.b64encode(b"canary-model-key").decode().rstrip("="))
    for kind in (CONFIG_MAP, DEPLOYMENT, REPLICA_SET, JOB):
        objects = await hosted.cluster.list(kind, hosted.namespace, OURS)
        assert objects and not [value for value in values if value in json.dumps(objects)], kind.name
    assert values[0] not in json.dumps(await hosted.get(DIGITAL_FTE, "helper"))
    api, worker = [(await hosted.get(DEPLOYMENT, name))["spec"]["template"]["spec"] for name in POD_OWNERS]
    assert "model" not in {volume["name"] for volume in api["volumes"]}
    (volume,) = (each for each in worker["volumes"] if each["name"] == "model")
    (source,) = (each["secret"] for each in volume["projected"]["sources"])
    assert (source["name"], source["items"]) == ("model", [{"key": "api-key", "path": "api-key"}])
    assert volume["projected"]["defaultMode"] == 0o400


async def test_a_key_that_the_endpoint_refuses_is_a_condition_that_names_it_until_it_heals(hosted):
    health = HealthCache(lambda: None)
    hosted.reconciler = Reconciler(hosted.cluster, hosted.topics, IMAGE, hosted.now, health)
    place = Key(DIGITAL_FTE.name, hosted.namespace, "helper")
    await hosted.reconcile()
    for _ in range(2):
        health.record(place, {"workers": None, "model": "credentials: the model's endpoint refuses the key"})
    found = await hosted.until_condition("Answering", "ModelKeyRefused")
    assert "correct what is in key api-key of Secret model (spec.model.apiKeySecretRef)" in found["message"]
    assert (await hosted.conditions())["Ready"]["reason"] == "ModelKeyRefused"
    health.record(place, {"workers": None, "model": None})
    await hosted.until_condition("Answering", "Answering")
