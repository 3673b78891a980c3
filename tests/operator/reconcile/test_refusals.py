"""Writes that the API server refuses."""

from contextlib import suppress

import pytest
from operator_world import documents, employee, secret

from fte_operator.cluster.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NamespaceTerminating,
    ServerError,
    Throttled,
    TooLarge,
    Unreachable,
)
from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, SECRET, kind_of
from fte_operator.reconcile import refusals


@pytest.mark.parametrize("error", [Unreachable("x"), Throttled("x", 1.0), Conflict("x")])
def test_what_passes_by_itself_is_not_said(error):
    assert refusals.condition(error) is None


@pytest.mark.parametrize(
    ("error", "reason", "stalled"),
    [
        (Forbidden("PATCH /x: 403 no"), "Forbidden", True),
        (Invalid("PATCH /x: 422 no"), "Invalid", True),
        (ServerError("PATCH /x: 500 webhook"), "APIServerError", False),
    ],
)
def test_a_refusal_is_told_in_the_server_s_words_with_a_remedy(error, reason, stalled):
    gate = refusals.condition(error)
    assert (gate.status, gate.reason, gate.stalled) == ("False", reason, stalled)
    assert gate.message.startswith(f"{error}; ") and len(gate.message) > len(f"{error}; ")


@pytest.mark.control_plane
async def test_a_quota_is_told_with_the_newest_generation_and_nothing_else_is_forgotten(employed):
    await quota(employed)
    before = await employed.get(DIGITAL_FTE, "helper")
    changed = employee()["spec"] | {"kafka": before["spec"]["kafka"], "worker": {"concurrency": 9}}
    await employed.apply(employee() | {"spec": changed})
    with pytest.raises(Forbidden):
        await employed.reconcile()

    live = await employed.get(DIGITAL_FTE, "helper")
    found = await employed.conditions()
    assert live["metadata"]["generation"] == live["status"]["observedGeneration"] == 2
    assert found["Ready"]["reason"] == found["Stalled"]["reason"] == "Forbidden"
    assert found["Ready"]["observedGeneration"] == 2
    assert "exceeded quota" in found["Ready"]["message"] and "raise the ResourceQuota" in found["Ready"]["message"]
    assert (found["APIAvailable"]["status"], found["APIAvailable"]["observedGeneration"]) == ("True", 1)
    assert live["status"]["release"] == before["status"]["release"]
    assert live["status"]["topics"] == before["status"]["topics"]

    said = [write for write in employed.writes() if "digitalftes" in write]
    with pytest.raises(Forbidden):
        await employed.reconcile()
    assert [write for write in employed.writes() if "digitalftes" in write] == said

    await employed.raw.call("DELETE", f"/api/v1/namespaces/{employed.namespace}/resourcequotas/few")

    async def ready():
        with suppress(Forbidden):
            await employed.reconcile()
        await employed.kubelet.tick()
        return (await employed.conditions())["Ready"]["status"] == "True"

    await employed.until(ready, reconcile=False)
    assert "Stalled" not in await employed.conditions()


async def quota(world):
    """Allow no further ConfigMap."""
    path = f"/api/v1/namespaces/{world.namespace}/resourcequotas"
    await world.raw.call("POST", path, {"metadata": {"name": "few"}, "spec": {"hard": {"count/configmaps": "1"}}})

    async def enforced():
        probe = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe", "namespace": world.namespace}}
        try:
            made = await world.hands.create(probe)
        except Forbidden:
            return True
        await world.hands.delete(CONFIG_MAP, world.namespace, "probe", made["metadata"]["uid"])
        return False

    await world.until(enforced, reconcile=False)


@pytest.mark.control_plane
@pytest.mark.parametrize(
    ("manifest", "remedy"),
    [
        (documents, "ConfigMap helper-knowledge (spec.knowledge.sources) takes more memory than"),
        (secret, "what the Secrets that are referred to hold takes more memory than"),
    ],
)
async def test_what_is_referred_to_and_too_large_is_named_and_takes_nothing_away(employed, manifest, remedy):
    many = {f"{n:05x}": "" for n in range(40_000)}
    decent, name = manifest(), manifest()["metadata"]["name"]
    path = kind_of(decent).path(employed.namespace, name)
    await employed.raw.patch(path, {"data": many})
    with pytest.raises(TooLarge):
        await employed.reconcile()
    ready = (await employed.conditions())["Ready"]
    assert (ready["status"], ready["reason"]) == ("False", "TooLarge")
    assert remedy in ready["message"] and f"/{name}" in ready["message"]
    assert await employed.names(DEPLOYMENT) == {"helper-api", "helper-message-processor"}

    await employed.raw.patch(path, {"data": dict.fromkeys(many)})
    await employed.until_ready()


@pytest.mark.control_plane
async def test_a_damaged_generated_secret_is_named_and_made_anew_once_deleted(employed):
    path = SECRET.path(employed.namespace, "helper-runtime")
    await employed.raw.patch(path, {"data": {"digest-key": None}})
    await employed.reconcile()
    found = await employed.conditions()
    assert found["Ready"]["reason"] == "SecretKeyMissing"
    assert "Secret helper-runtime has no key digest-key" in found["Ready"]["message"]
    assert "delete the Secret, it is made anew" in found["Ready"]["message"]
    await employed.raw.patch(path, {"data": None})
    await employed.reconcile()
    await employed.delete(SECRET, "helper-runtime")
    await employed.until_ready()


def test_a_namespace_that_ends_is_a_refusal_of_its_own():
    assert issubclass(NamespaceTerminating, Forbidden), "the reconciler must look for it before it looks for refusals"
