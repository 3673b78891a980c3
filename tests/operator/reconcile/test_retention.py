"""Retention on a real API server: the CronJob lives with its field; a failed run is told until one succeeds."""

import copy

import pytest
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import CRON_JOB

pytestmark = pytest.mark.control_plane


def run_of(cron_job, name):
    """What the controller makes of it at night, without its second tries."""
    metadata = cron_job["metadata"]
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": metadata["name"], "uid": metadata["uid"]}
    template = copy.deepcopy(cron_job["spec"]["jobTemplate"])
    labels = template["metadata"]["labels"]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels, "ownerReferences": [owner | {"controller": True}]},
        "spec": template["spec"] | {"backoffLimit": 0},
    }


async def test_the_cron_job_lives_with_its_field_and_its_failure_is_told_until_it_is_over(world):
    await world.apply(secret(), documents(), channel(), employee(retention={"messagesDays": 30}))
    await world.until_ready()
    made = await world.get(CRON_JOB, "helper-retention")
    assert made is not None and made["spec"]["concurrencyPolicy"] == "Forbid"
    writes = world.writes()
    await world.reconcile()
    assert world.writes() == writes, "what is as it should be is not written again"
    assert "RetentionEnforced" not in await world.conditions()

    world.kubelet.jobs["retention"] = ("TimedOut", "the database did not answer in time")
    await world.apply(run_of(made, "helper-retention-1"))
    found = await world.until_condition("RetentionEnforced", "TimedOut")
    assert (found["status"], "did not answer in time" in found["message"]) == ("False", True)
    assert (await world.conditions())["Ready"]["status"] == "True"

    del world.kubelet.jobs["retention"]
    await world.apply(run_of(made, "helper-retention-2"))
    await world.until(lambda: _without(world, "RetentionEnforced"))

    await world.apply(employee())
    await world.until(lambda: _gone(world))


async def _without(world, condition):
    return condition not in await world.conditions()


async def _gone(world):
    return await world.get(CRON_JOB, "helper-retention") is None
