"""A hosted embedder's price and address: another Job, and no worker waits for it."""

import pytest
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import DEPLOYMENT, JOB

pytestmark = pytest.mark.control_plane
WORKER = "helper-message-processor"
HOSTED = {
    "provider": "OpenAICompatible",
    "model": "small",
    "baseURL": "https://models.example/v1",
    "dimensions": 8,
    "apiKeySecretRef": {"name": "embedder", "key": "api-key"},
}


@pytest.fixture
async def hosted(world):
    """An employee with a hosted embedder that is ready, whose next knowledge Job will not end."""
    await world.apply(secret(), secret("embedder", **{"api-key": "canary"}), documents(), channel())
    await world.apply(employee(embedding=HOSTED))
    await world.until_ready()
    world.kubelet.jobs["knowledge"] = None
    return world


async def _generation(world):
    return (await world.get(DEPLOYMENT, WORKER))["metadata"]["generation"]


async def _is_another(world, before):
    return await _generation(world) != before


@pytest.mark.parametrize(
    "changes", [{"prices": {"inputPerMillion": 20000}}, {"baseURL": "https://proxy.example/v1"}], ids=str
)
async def test_what_vectors_do_not_depend_on_reaches_the_worker_while_its_job_runs(hosted, changes):
    before, jobs = await _generation(hosted), await hosted.names(JOB)
    await hosted.apply(employee(embedding=HOSTED | changes))
    await hosted.until(lambda: _is_another(hosted, before))
    assert jobs < await hosted.names(JOB), "the Job before stays until the next is complete"
    await hosted.until_condition("KnowledgeReady", "Ingesting")


@pytest.mark.parametrize("changes", [{"model": "other"}], ids=str)
async def test_another_embedder_waits_for_its_job(hosted, changes):
    before = await _generation(hosted)
    await hosted.apply(employee(embedding=HOSTED | changes))
    await hosted.until_condition("KnowledgeReady", "Ingesting")
    await hosted.reconcile()
    assert await _generation(hosted) == before


async def test_another_database_waits_for_its_job(hosted):
    before = await _generation(hosted)
    await hosted.apply(secret(url="postgresql://other.example/other"))
    await hosted.until_condition("KnowledgeReady", "Ingesting")
    await hosted.reconcile()
    assert await _generation(hosted) == before
