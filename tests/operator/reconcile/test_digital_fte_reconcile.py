import base64
import json
from datetime import timedelta

import pytest
from operator_world import IMAGE, OURS, channel, documents, employee, secret

from fte_operator.cluster.kinds import (
    AUTOSCALER,
    CONFIG_MAP,
    DEPLOYMENT,
    DIGITAL_FTE,
    JOB,
    POD,
    REPLICA_SET,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
)
from fte_operator.reconcile.digital_fte import DigitalFTEReconciler
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.workqueue import Key

pytestmark = pytest.mark.control_plane
GATES = (
    "Accepted",
    "DependenciesReady",
    "TopicsReady",
    "DatabaseReady",
    "KnowledgeReady",
    "APIAvailable",
    "WorkerAvailable",
    "Progressing",
    "ChannelsBound",
    "Ready",
)


async def test_an_employee_becomes_every_object_and_a_second_reconcile_writes_nothing(employed):
    workloads = {"helper-api", "helper-message-processor"}
    assert await employed.names(DEPLOYMENT) == workloads
    assert await employed.names(AUTOSCALER) == workloads
    assert await employed.names(SERVICE) == {"helper-api"}
    assert await employed.names(SERVICE_ACCOUNT) >= workloads
    assert await employed.names(SECRET) == {"helper-database", "helper-runtime"}
    jobs = {name.rsplit("-", 1)[0] for name in await employed.names(JOB)}
    assert jobs == {"helper-migrate", "helper-knowledge"}
    await status_speaks_of(employed)
    for kind in (DIGITAL_FTE, DEPLOYMENT, JOB, CONFIG_MAP, POD, REPLICA_SET):
        for obj in await employed.cluster.list(kind, employed.namespace, OURS):
            assert "canary-5f1c" not in json.dumps(obj), kind

    before = employed.writes()
    assert before, "the audit log must show the writes of the first reconciles"
    await employed.reconcile()
    await employed.reconcile()
    assert employed.writes() == before


async def status_speaks_of(world):
    live = await world.get(DIGITAL_FTE, "helper")
    status = live["status"]
    told = {c["type"]: c["status"] for c in status["conditions"]}
    assert told.pop("ScalingActive") == "Unknown", "no autoscaler runs here"
    assert told == dict.fromkeys(GATES, "True")
    assert status["observedGeneration"] == live["metadata"]["generation"]
    assert status["api"] == {"replicas": 2, "readyReplicas": 2}
    assert len(status["topics"]) == 7
    worker = await world.get(DEPLOYMENT, "helper-message-processor")
    sources = worker["spec"]["template"]["spec"]["volumes"][0]["projected"]["sources"]
    assert f"helper-behaviour-{status['release']['current']}" in {source["configMap"]["name"] for source in sources}
    assert len(status["knowledge"]["snapshot"]) == 64


async def test_drift_is_repaired_and_what_is_others_is_left_alone(employed):
    path = DEPLOYMENT.path(employed.namespace, "helper-api")
    containers = [{"name": "api", "image": "evil.invalid/other"}]
    await employed.raw.patch(path, {"spec": {"template": {"spec": {"containers": containers}}}})
    await employed.delete(DEPLOYMENT, "helper-message-processor")
    await employed.delete(SERVICE, "helper-api")
    await employed.delete(AUTOSCALER, "helper-api")
    await employed.delete(SERVICE_ACCOUNT, "helper-api")
    await employed.reconcile()
    live = await employed.get(DEPLOYMENT, "helper-api")
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE
    assert await employed.get(DEPLOYMENT, "helper-message-processor")
    assert await employed.get(SERVICE, "helper-api")
    assert await employed.get(AUTOSCALER, "helper-api")
    assert await employed.get(SERVICE_ACCOUNT, "helper-api")

    await employed.until_ready()
    before = employed.writes()
    await employed.raw.patch(DEPLOYMENT.path(employed.namespace, "helper-api", "scale"), {"spec": {"replicas": 2}})
    owner = (await employed.get(DIGITAL_FTE, "helper"))["metadata"]["uid"]
    labels = {"digitalfte.dev/owner-uid": owner, "app.kubernetes.io/managed-by": "fte-operator"}
    await employed.apply(documents("stranger") | {"metadata": {"name": "stranger", "labels": labels}})
    await employed.reconcile()
    assert employed.writes() == before, "neither replicas nor a stranger with our labels are the operator's"
    live = await employed.get(DEPLOYMENT, "helper-api")
    managers = {entry["manager"] for entry in live["metadata"]["managedFields"] if "f:replicas" in str(entry)}
    assert "fte-operator" not in managers


async def test_a_cpu_limit_can_be_left_out_later_too(employed):
    """By the merge patch of ``kubectl patch``, and not by itself."""
    components = ("helper-api", "helper-message-processor")

    async def limits():
        templates = [(await employed.get(DEPLOYMENT, name))["spec"]["template"] for name in components]
        return [template["spec"]["containers"][0]["resources"]["limits"] for template in templates]

    assert await limits() == [{"cpu": "500m", "memory": "1Gi"}] * 2
    path = DIGITAL_FTE.path(employed.namespace, "helper")
    await employed.raw.patch(path, {"spec": {"api": {"resources": {"limits": {"cpu": None}}}}})
    await employed.until_ready()
    assert await limits() == [{"memory": "1Gi"}, {"cpu": "500m", "memory": "1Gi"}]


async def test_secrets_roll_the_pods_that_use_them_and_are_never_written(employed):
    async def digests():
        template = (await employed.get(DEPLOYMENT, "helper-api"))["spec"]["template"]
        annotations = template["metadata"]["annotations"]
        return annotations["digitalfte.dev/database-digest"], annotations["digitalfte.dev/runtime-digest"]

    first, before = await digests(), employed.writes()
    database = SECRET.path(employed.namespace, "helper-database")
    await employed.raw.patch(database, {"stringData": {"unrelated": "x"}})
    await employed.reconcile()
    assert employed.writes() == before, "another key of the Secret is nobody's"

    await employed.apply(secret(url="postgresql://elsewhere/db"))
    await employed.until_ready()
    second = await digests()
    assert (second[0] != first[0], second[1] == first[1]) == (True, True)

    chosen = {"stringData": {"status-token-current": "chosen-by-a-person"}}
    await employed.raw.patch(SECRET.path(employed.namespace, "helper-runtime"), chosen)
    await employed.until_ready()
    third = await digests()
    assert (third[0] == second[0], third[1] != second[1]) == (True, True)
    data = (await employed.get(SECRET, "helper-runtime"))["data"]
    assert base64.b64decode(data["status-token-current"]) == b"chosen-by-a-person"

    spec = (await employed.get(DEPLOYMENT, "helper-api"))["spec"]
    await employed.delete(SECRET, "helper-database")
    await employed.reconcile()
    found = await employed.conditions()
    assert found["DependenciesReady"]["reason"] == "SecretNotFound"
    assert found["APIAvailable"]["status"] == "True"
    assert (await employed.get(DEPLOYMENT, "helper-api"))["spec"] == spec, "what runs goes on unchanged"


async def test_a_missing_secret_is_named_and_waited_for(world):
    await world.apply(documents(), channel(), employee())
    result = await world.reconcile()
    found = await world.conditions()
    assert found["Ready"]["reason"] == found["DependenciesReady"]["reason"] == "SecretNotFound"
    assert "helper-database" in found["Ready"]["message"]
    assert found["TopicsReady"]["status"] == "Unknown"
    assert result.waiting
    assert await world.names(JOB) == set()
    await world.apply(secret())
    await world.reconcile()
    assert (await world.conditions())["DependenciesReady"]["status"] == "True"


@pytest.mark.parametrize(
    ("present", "reason", "named"),
    [
        ([secret(other="x"), documents(), channel()], "SecretKeyMissing", "has no key url"),
        ([secret(), channel()], "ConfigMapNotFound", "helper-knowledge"),
        ([secret(), documents()], "ChannelNotFound", "website"),
    ],
)
async def test_what_the_spec_refers_to_must_be_there(world, present, reason, named):
    await world.apply(*present, employee())
    await world.reconcile()
    found = await world.conditions()
    assert found["Ready"]["reason"] == reason
    assert named in found["Ready"]["message"]
    await world.apply(secret(), documents(), channel())
    await world.reconcile()
    assert (await world.conditions())["DependenciesReady"]["status"] == "True"


async def test_unreachable_kafka_is_named_and_waited_for(world):
    await world.apply(secret(), documents(), channel(), employee())
    world.topics.down = True
    await world.until_condition("KnowledgeReady", "Ingested")
    found = await world.conditions()
    assert found["Ready"]["reason"] == found["TopicsReady"]["reason"] == "KafkaUnreachable"
    assert "127.0.0.1:9" in found["TopicsReady"]["message"]
    assert await world.names(DEPLOYMENT) == set()
    assert (await world.reconcile()).waiting
    world.topics.down = False
    await world.until_ready()


async def test_a_failed_migration_keeps_the_workload_away_until_it_succeeds(world):
    await world.apply(secret(), documents(), channel(), employee())
    world.kubelet.jobs["migrate"] = ("PgvectorMissing", "the extension vector is not installed")
    condition = await world.until_condition("DatabaseReady", "PgvectorMissing")
    assert "the extension vector is not installed" in condition["message"]
    assert "Stalled" in await world.conditions()
    assert await world.names(DEPLOYMENT) == set()
    del world.kubelet.jobs["migrate"]
    assert (await world.reconcile()).requeue_after == pytest.approx(300, abs=60)
    world.later = timedelta(seconds=301)
    await world.until_ready()


def failures(job):
    """What a Job says of the one before it."""
    return json.loads(job["metadata"]["annotations"].get("digitalfte.dev/previous-failure", "null"))


async def test_an_unreachable_database_is_tried_again_with_back_off(world):
    await world.apply(secret(), documents(), channel(), employee())
    world.kubelet.jobs["migrate"] = ("Unreachable", "no route to db:5432")
    await world.until_condition("DatabaseReady", "Unreachable")
    before = failures(await only_job(world))  # a slow machine may be at a later attempt by now

    async def made_again():
        return note if (note := failures(await only_job(world))) and note != before else None

    note = await world.until(made_again)
    told = {"reason": "Unreachable", "message": "no route to db:5432"}
    assert note == told | {"attempt": note["attempt"]} and note["attempt"] > (before or {"attempt": 0})["attempt"]
    assert (await world.conditions())["DatabaseReady"]["reason"] == "Unreachable"
    assert "Stalled" not in await world.conditions()
    del world.kubelet.jobs["migrate"]
    world.later = timedelta(seconds=10)
    await world.until_ready()


async def test_changed_knowledge_is_ingested_before_the_worker_shows_it(employed):
    before = await employed.get(DIGITAL_FTE, "helper")
    old_jobs = await employed.names(JOB)
    employed.kubelet.jobs["knowledge"] = None  # it runs and does not end
    await employed.apply(documents(**{"handbook.md": "# Handbook\n\nWe open at ten.\n"}))
    await employed.until_condition("KnowledgeReady", "Ingesting")
    assert len(await employed.names(JOB) - old_jobs) == 1
    during = await employed.get(DIGITAL_FTE, "helper")
    assert during["status"]["release"] == before["status"]["release"]
    found = await employed.conditions()
    assert found["WorkerAvailable"]["status"] == found["Ready"]["status"] == found["Reconciling"]["status"] == "True"
    del employed.kubelet.jobs["knowledge"]
    await employed.until_ready()
    after = await employed.get(DIGITAL_FTE, "helper")
    assert after["status"]["release"] != before["status"]["release"]
    assert after["status"]["knowledge"] != before["status"]["knowledge"]
    assert len(await employed.names(JOB)) == 2, "superseded Jobs are pruned"


async def test_documents_stay_while_a_replica_set_mounts_them(employed):
    before = {name for name in await employed.names(CONFIG_MAP) if "-worker-" in name}
    spec = (await employed.get(DIGITAL_FTE, "helper"))["spec"]
    await employed.apply(employee() | {"spec": spec | {"worker": spec["worker"] | {"concurrency": 9}}})
    await employed.until_ready()
    await employed.reconcile()
    after = {name for name in await employed.names(CONFIG_MAP) if "-worker-" in name}
    assert after > before
    for replica_set in await employed.cluster.list(REPLICA_SET, employed.namespace, OURS):
        if replica_set["spec"]["replicas"] == 0:
            await employed.delete(REPLICA_SET, replica_set["metadata"]["name"])
    await employed.reconcile()
    assert {name for name in await employed.names(CONFIG_MAP) if "-worker-" in name} == after - before


async def test_deletion_takes_every_child_along(employed):
    await employed.delete(DIGITAL_FTE, "helper")
    before = employed.writes()
    assert (await employed.reconcile()).gone

    async def nothing_left():
        kinds = (DEPLOYMENT, AUTOSCALER, SERVICE, JOB, POD)
        left = {name for kind in kinds for name in await employed.names(kind)}
        return not left and await employed.names(SECRET) == {"helper-database"}

    await employed.until(nothing_left, reconcile=False)
    assert employed.writes() == before


async def test_nothing_is_made_in_a_namespace_that_ends(world):
    await world.apply(secret(), documents(), channel(), employee())
    reconciler = Reconciler(
        Frozen(world.cluster, await world.get(DIGITAL_FTE, "helper")), world.topics, IMAGE, world.now
    )
    await world.raw.call("DELETE", f"/api/v1/namespaces/{world.namespace}")
    assert (await reconciler(Key("DigitalFTE", world.namespace, "helper"))).gone


class Frozen:
    """A cluster that still shows the employee as it was: the view of a reconcile that began before the deletion."""

    def __init__(self, cluster, employee):
        self._cluster, self._employee = cluster, employee

    def __getattr__(self, name):
        return getattr(self._cluster, name)

    async def get(self, kind, namespace, name, **options):
        return self._employee if kind is DIGITAL_FTE else await self._cluster.get(kind, namespace, name, **options)


async def test_an_employee_that_breaks_a_rule_of_today_is_refused_with_its_field(world):
    """Stored objects may be older than a rule."""
    await world.apply(employee())
    live = await world.get(DIGITAL_FTE, "helper")
    live["spec"]["worker"]["autoscaling"]["minReplicas"] = 99
    await DigitalFTEReconciler(world.cluster, world.topics, IMAGE, HealthCache()).reconcile(live, world.now())
    found = await world.conditions()
    assert found["Ready"]["reason"] == found["Stalled"]["reason"] == "InvalidSpec"
    assert "minReplicas" in found["Accepted"]["message"]
    assert await world.names(SECRET) == set()


async def only_job(world):
    [job] = await world.cluster.list(JOB, world.namespace, OURS)
    return job
