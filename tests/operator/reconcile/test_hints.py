"""The remedy is what is left to do."""

import pytest
from operator_world import channel, documents, employee, secret

pytestmark = pytest.mark.control_plane


@pytest.mark.parametrize("labelled", [True, False])
async def test_a_secret_is_to_be_labelled_only_if_it_is_not(world, labelled):
    made = secret(other="x")
    if not labelled:
        del made["metadata"]["labels"]
    await world.apply(made, documents(), channel(), employee())
    await world.reconcile()
    condition = (await world.conditions())["DependenciesReady"]
    assert condition["reason"] == "SecretKeyMissing"
    assert ("label it" in condition["message"]) == (not labelled)
