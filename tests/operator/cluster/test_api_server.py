import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from operator_world import documents, secret

from fte_operator.cluster.client import open_cluster
from fte_operator.cluster.errors import Conflict, Invalid, NotFound, Unreachable
from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, SECRET


def placed(world, manifest, **metadata):
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": world.namespace, **metadata}}


@pytest.mark.control_plane
async def test_what_is_not_there_is_none(world):
    assert await world.get(CONFIG_MAP, "missing") is None


@pytest.mark.control_plane
async def test_items_of_a_list_know_their_kind_and_selectors_narrow(world):
    await world.apply(documents("a"), secret("b"))
    [found] = await world.cluster.list(CONFIG_MAP, world.namespace, "digitalfte.dev/watch=true")
    assert (found["apiVersion"], found["kind"], found["metadata"]["name"]) == ("v1", "ConfigMap", "a")
    assert await world.cluster.list(CONFIG_MAP, world.namespace, "digitalfte.dev/watch=no") == []


@pytest.mark.control_plane
async def test_long_lists_are_read_to_the_end(world, monkeypatch):
    monkeypatch.setattr("fte_operator.cluster.client._PAGE", 2)
    await world.apply(*(documents(f"d{number}") for number in range(5)))
    assert await world.names(CONFIG_MAP) >= {f"d{number}" for number in range(5)}


@pytest.mark.control_plane
async def test_versions_are_those_of_the_list(world, monkeypatch):
    assert await world.cluster.versions(DEPLOYMENT, world.namespace) == {}
    monkeypatch.setattr("fte_operator.cluster.client._PAGE", 2)
    await world.apply(*(documents(f"d{number}") for number in range(3)))
    listed = [obj["metadata"] for obj in await world.cluster.list(CONFIG_MAP, world.namespace)]
    expected = {metadata["uid"]: metadata["resourceVersion"] for metadata in listed}
    assert await world.cluster.versions(CONFIG_MAP, world.namespace) == expected


@pytest.mark.control_plane
async def test_creating_twice_and_replacing_what_changed_are_conflicts(world):
    made = await world.cluster.create(placed(world, documents("a")))
    with pytest.raises(Conflict):
        await world.cluster.create(placed(world, documents("a")))
    await world.cluster.replace(made | {"data": {"x": "1"}})
    with pytest.raises(Conflict):
        await world.cluster.replace(made | {"data": {"x": "2"}})


@pytest.mark.control_plane
async def test_apply_drops_what_a_manager_no_longer_sends_and_keeps_the_rest(world):
    await world.cluster.apply(placed(world, documents("a", x="1", y="2")), "one")
    await world.cluster.apply(placed(world, documents("a", z="3")), "two")
    await world.cluster.apply(placed(world, documents("a", x="1")), "one")
    assert (await world.get(CONFIG_MAP, "a"))["data"] == {"x": "1", "z": "3"}


@pytest.mark.control_plane
async def test_an_object_that_breaks_the_schema_is_invalid(world):
    unknown = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"nonsense": 1}}
    with pytest.raises(Invalid):
        await world.cluster.apply(placed(world, unknown), "one")


@pytest.mark.control_plane
async def test_an_apply_with_the_uid_of_a_deleted_object_does_not_bring_it_back(world):
    made = await world.cluster.create(placed(world, documents("a")))
    await world.delete(CONFIG_MAP, "a")
    with pytest.raises(Conflict):
        await world.cluster.apply(placed(world, documents("a"), uid=made["metadata"]["uid"]), "one")


@pytest.mark.control_plane
async def test_only_the_very_object_is_deleted(world):
    made = await world.cluster.create(placed(world, documents("a")))
    with pytest.raises(Conflict):
        await world.cluster.delete(CONFIG_MAP, world.namespace, "a", "00000000-0000-0000-0000-000000000000")
    await world.cluster.delete(CONFIG_MAP, world.namespace, "a", made["metadata"]["uid"])
    await world.cluster.delete(CONFIG_MAP, world.namespace, "a", made["metadata"]["uid"])
    assert await world.get(CONFIG_MAP, "a") is None


@pytest.mark.control_plane
async def test_a_status_of_nothing_is_not_found(world):
    nothing = {"apiVersion": "digitalfte.dev/v1alpha1", "kind": "DigitalFTE", "metadata": {"name": "x"}, "status": {}}
    with pytest.raises(NotFound):
        await world.cluster.apply(placed(world, nothing), "one", "status")


@asynccontextmanager
async def silent_server(tmp_path):
    """A server that takes connections and never answers, and a kubeconfig for it."""
    writers = []
    server = await asyncio.start_server(lambda reader, writer: writers.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    path = tmp_path / "kubeconfig"
    path.write_text(
        f"""
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: u, user: {{}}}}]
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
current-context: x
"""
    )
    try:
        yield path
    finally:
        server.close()
        for writer in writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def test_every_call_has_a_deadline(tmp_path):
    async with silent_server(tmp_path) as kubeconfig, open_cluster(kubeconfig, 0.05) as cluster:
        with pytest.raises(Unreachable, match=r"no answer within 0\.05 s"):
            await cluster.get(SECRET, "a", "b")


async def test_a_refused_connection_is_unreachable(tmp_path):
    async with silent_server(tmp_path) as kubeconfig:
        pass
    async with open_cluster(kubeconfig, 5) as cluster:
        with pytest.raises(Unreachable):
            await cluster.list(DEPLOYMENT, None)
