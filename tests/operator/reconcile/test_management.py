"""The management API's tokens: missed by name, refused by line, rotated in one rollout of the API, gone with it."""

import json

import pytest
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, JOB

pytestmark = pytest.mark.control_plane

POD_OWNERS = ("helper-api", "helper-message-processor")
WHERE = "Secret tokens (spec.api.management.tokensSecretRef)"
CANARY = "canary-token-" + "x" * 32
AUTOSCALING = {"minReplicas": 1, "maxReplicas": 1}
MANAGED = {"autoscaling": AUTOSCALING, "management": {"tokensSecretRef": {"name": "tokens"}}}


def tokens(**changes):
    return secret("tokens", **{"reader": "r" * 32, "agent": "a" * 32, "admin": CANARY, **changes})


async def generations(world):
    return [(await world.get(DEPLOYMENT, name))["metadata"]["generation"] for name in POD_OWNERS]


async def rolled(world, before):
    return await generations(world) != before


async def test_what_is_missing_is_named_by_secret_and_key_and_what_is_no_token_by_its_line(world):
    await world.apply(secret(), documents(), channel(), employee(api=MANAGED))
    found = await world.until_condition("DependenciesReady", "SecretNotFound")
    assert f"{WHERE} does not exist: create it with key reader" in found["message"]
    await world.apply(secret("tokens", reader="r" * 32, agent="a" * 32))
    found = await world.until_condition("DependenciesReady", "SecretKeyMissing")
    assert f"{WHERE} has no key admin: add it" in found["message"]
    await world.apply(tokens(agent="a" * 32 + "\nshort"))
    found = await world.until_condition("DependenciesReady", "SecretKeyUnusable")
    assert f"{WHERE} holds in key agent no token in line 2" in found["message"]
    assert await world.get(DEPLOYMENT, "helper-api") is None
    await world.apply(tokens())
    await world.until_ready()


async def test_a_rotation_is_one_rollout_of_the_api_alone_and_the_field_s_end_another(world):
    await world.apply(secret(), documents(), channel(), tokens(), employee(api=MANAGED))
    await world.until_ready()
    before, jobs = await generations(world), await world.names(JOB)
    await world.apply(tokens(agent="a" * 32 + "\n" + "b" * 32))
    await world.until(lambda: rolled(world, before))
    await world.until_ready()
    await world.reconcile()
    assert await generations(world) == [before[0] + 1, before[1]]
    assert await world.names(JOB) == jobs
    rotated = await generations(world)
    await world.apply(employee(api={"autoscaling": AUTOSCALING}))
    await world.until(lambda: rolled(world, rotated))
    await world.until_ready()
    api, worker = [await world.get(DEPLOYMENT, name) for name in POD_OWNERS]
    assert worker["metadata"]["generation"] == before[1]
    assert "management" not in json.dumps(api["spec"]["template"])


async def test_no_token_stands_anywhere_but_in_its_secret(world):
    await world.apply(secret(), documents(), channel(), tokens(), employee(api=MANAGED))
    await world.until_ready()
    for kind in (CONFIG_MAP, DEPLOYMENT, JOB):
        assert CANARY not in json.dumps([await world.get(kind, name) for name in await world.names(kind)]), kind.name
    assert CANARY not in json.dumps(await world.get(DIGITAL_FTE, "helper"))
