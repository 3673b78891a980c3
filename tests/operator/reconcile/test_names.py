"""Objects of somebody else under names of ours."""

import pytest
from operator_world import IMAGE, channel, documents, employee, secret

from fte_operator.cluster.kinds import (
    AUTOSCALER,
    CONFIG_MAP,
    DEPLOYMENT,
    DIGITAL_FTE,
    JOB,
    NETWORK_POLICY,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    SUPPORT_CHANNEL,
    kind_of,
)
from fte_operator.reconcile.digital_fte import DigitalFTEReconciler
from fte_operator.reconcile.health_cache import HealthCache

pytestmark = pytest.mark.control_plane
SERVICE_OF_SOMEBODY = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "helper-api"},
    "spec": {"selector": {"app": "theirs"}, "ports": [{"port": 9}]},
}


async def test_an_object_of_somebody_else_is_named_and_never_touched(world):
    await world.apply(secret(), documents(), channel(), SERVICE_OF_SOMEBODY, employee())
    theirs = await world.get(SERVICE, "helper-api")
    result = await world.reconcile()
    found = await world.conditions()
    assert found["Ready"]["reason"] == found["DependenciesReady"]["reason"] == found["Stalled"]["reason"] == "NameTaken"
    assert found["Ready"]["message"].endswith("annotate it with digitalfte.dev/adopt: Service helper-api")
    assert "belongs to somebody else, rename or delete it" in found["Ready"]["message"]
    assert result.waiting
    assert await world.get(SERVICE, "helper-api") == theirs
    assert await world.names(JOB) == set(), "nothing is begun that cannot be ended"

    await world.delete(SERVICE, "helper-api")
    await world.until_ready()


async def test_every_object_in_the_way_is_named_at_once(world):
    """Also with names as long as they may be: a condition has room for all of them."""
    name = "h" * 40
    await orphaned(world, name)
    await world.reconcile(name=name)
    ready = (await world.conditions(name=name))["Ready"]
    assert ready["reason"] == "NameTaken"
    assert "…" not in ready["message"]
    assert ready["message"].count(name) >= 13
    assert f"HorizontalPodAutoscaler {name}-api, {name}-message-processor" in ready["message"]
    assert f"Secret {name}-runtime" in ready["message"]
    before = world.writes()
    await world.reconcile(name=name)
    assert world.writes() == before


CHILDREN_MADE = (SERVICE_ACCOUNT, CONFIG_MAP, SECRET, SERVICE, DEPLOYMENT, AUTOSCALER, NETWORK_POLICY)


async def orphaned(world, name="helper"):
    """What `name` was made of, without it; and it again."""
    made = employee() | {"metadata": {"name": name}}
    await world.apply(secret(), documents(), channel(), made)

    async def applied():
        await world.reconcile(name=name)
        await world.kubelet.tick()
        return (await world.conditions(name=name)).get("Ready", {}).get("reason") == "Ready"

    await world.until(applied, reconcile=False)
    await world.raw.call("DELETE", DIGITAL_FTE.path(world.namespace, name), {"propagationPolicy": "Orphan"})

    async def gone():
        return await world.get(DIGITAL_FTE, name) is None

    await world.until(gone, reconcile=False)
    await world.apply(made)


async def theirs(world, name="helper"):
    """The children of `name` by kind and name, as they are."""
    selector = f"app.kubernetes.io/managed-by=fte-operator,app.kubernetes.io/instance={name}"
    lists = [await world.hands.list(kind, world.namespace, selector) for kind in CHILDREN_MADE]
    return {(each["kind"], each["metadata"]["name"]): each for one in lists for each in one}


async def give(world, objects, to="helper", **more):
    for each in objects:
        metadata = {"annotations": {"digitalfte.dev/adopt": to}} | more
        await world.raw.patch(kind_of(each).path(world.namespace, each["metadata"]["name"]), {"metadata": metadata})


async def test_orphans_are_adopted_once_they_are_given(world):
    """As `kubectl annotate -l` gives them: the pods go on, the Secret keeps its values."""
    await orphaned(world)
    before = await theirs(world)
    await give(world, before.values())
    await world.until_ready()
    owner = (await world.get(DIGITAL_FTE, "helper"))["metadata"]["uid"]
    after = await theirs(world)
    assert {key: each["metadata"]["uid"] for key, each in before.items()}.items() <= {
        key: each["metadata"]["uid"] for key, each in after.items()
    }.items(), "nothing was made anew"
    key = ("Secret", "helper-runtime")
    assert after[key] == before[key] | {"metadata": after[key]["metadata"]}
    wanted = set(after) - {key} - {each for each in after if "behaviour" in each[1] or each[1].count("-") > 2}
    for each in wanted:
        [reference] = after[each]["metadata"]["ownerReferences"]
        assert reference["uid"] == owner and reference["controller"], each
    writes = world.writes()
    await world.reconcile()
    assert world.writes() == writes


@pytest.mark.parametrize("to", ["another", "", "true"])
async def test_what_was_given_to_another_is_not_taken(world, to):
    await orphaned(world)
    await give(world, (await theirs(world)).values(), to=to)
    before = world.writes()
    await world.reconcile()
    assert (await world.conditions())["Ready"]["reason"] == "NameTaken"
    assert {each.split("/")[0] for each in world.writes()[len(before) :]} == {"patch digitalftes", "create events"}


async def test_what_has_a_controller_cannot_be_given(world):
    """Not by whoever may annotate it: its controller would be robbed."""
    await world.apply(secret(), documents(), channel(), SERVICE_OF_SOMEBODY, employee("127.0.0.1:9"))
    website = await world.get(SUPPORT_CHANNEL, "website")
    reference = {name: website["metadata"][name] for name in ("name", "uid")} | {"controller": True}
    reference |= {"apiVersion": website["apiVersion"], "kind": website["kind"]}
    await give(world, [await world.get(SERVICE, "helper-api")], ownerReferences=[reference])
    before = await world.get(SERVICE, "helper-api")
    await world.reconcile()
    assert (await world.conditions())["Ready"]["reason"] == "NameTaken"
    assert await world.get(SERVICE, "helper-api") == before


async def test_a_secret_of_somebody_else_is_not_taken_for_the_generated_one(world):
    await world.apply(secret(), secret("helper-runtime", theirs="x"), documents(), channel(), employee())
    theirs = await world.get(SECRET, "helper-runtime")
    await world.reconcile()
    found = await world.conditions()
    assert found["Ready"]["reason"] == "NameTaken"
    assert "Secret helper-runtime" in found["Ready"]["message"]
    assert await world.get(SECRET, "helper-runtime") == theirs


async def test_what_runs_goes_on_when_a_name_is_taken_later(employed):
    await employed.delete(SERVICE, "helper-api")
    await employed.apply(SERVICE_OF_SOMEBODY)
    await employed.reconcile()
    found = await employed.conditions()
    assert found["Ready"]["reason"] == "NameTaken"
    assert found["APIAvailable"]["status"] == "True"


async def test_a_child_that_lost_its_label_is_still_a_child(employed):
    path = SERVICE.path(employed.namespace, "helper-api")
    await employed.raw.patch(path, {"metadata": {"labels": {"digitalfte.dev/owner-uid": None}}})
    await employed.reconcile()
    live = await employed.get(SERVICE, "helper-api")
    assert "digitalfte.dev/owner-uid" in live["metadata"]["labels"]
    assert "Stalled" not in await employed.conditions()


async def test_a_predecessors_objects_are_waited_for(employed):
    """An employee made again under its name meets what the garbage collector has not come to yet."""
    live = await employed.get(DIGITAL_FTE, "helper")
    reborn = {**live, "metadata": {**live["metadata"], "uid": "00000000-0000-4000-8000-000000000000"}}
    before = employed.writes()
    reconciler = DigitalFTEReconciler(employed.cluster, employed.topics, IMAGE, HealthCache())
    result = await reconciler.reconcile(reborn, employed.now())
    found = await employed.conditions()
    assert found["Ready"]["reason"] == found["DependenciesReady"]["reason"] == "NameInUse"
    assert "Secret helper-runtime" in found["Ready"]["message"]
    assert "Stalled" not in found
    assert result.waiting
    status, event = employed.writes()[len(before) :]
    assert status == "patch digitalftes/helper"
    assert event.startswith("create events/helper.")

    await employed.delete(DIGITAL_FTE, "helper")
    await employed.apply(employee())
    await employed.until_ready()


async def test_a_deployment_of_somebody_else_serves_no_channel(employed):
    await employed.delete(DEPLOYMENT, "helper-api")
    ours = await employed.get(DEPLOYMENT, "helper-message-processor")
    theirs = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "helper-api"},
        "spec": {
            "selector": {"matchLabels": ours["spec"]["selector"]["matchLabels"]},
            "template": ours["spec"]["template"],
        },
    }
    await employed.apply(theirs)

    async def available():
        status = (await employed.get(DEPLOYMENT, "helper-api")).get("status", {})
        await employed.kubelet.tick()
        return {"Available": "True"}.items() <= {c["type"]: c["status"] for c in status.get("conditions", ())}.items()

    await employed.until(available, reconcile=False)
    await employed.reconcile(SUPPORT_CHANNEL, "website")
    found = await employed.conditions(SUPPORT_CHANNEL, "website")
    assert found["EndpointReady"]["reason"] == "APIUnavailable"
