import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from operator_world import channel, documents, secret

from fte_operator.cluster.allowance import Allowance
from fte_operator.cluster.client import ApiServer, open_cluster
from fte_operator.cluster.errors import Conflict, Invalid, NotFound, TooLarge, Unreachable
from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, SECRET, SUPPORT_CHANNEL


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
async def test_what_a_selector_finds_is_read_to_a_bound_over_all_pages(world, monkeypatch):
    """Anybody can write a label; what the operator makes is small."""
    monkeypatch.setattr("fte_operator.cluster.client._PAGE", 2)
    selector, most = "digitalfte.dev/watch=true", 500_000
    await world.apply(*(documents(f"d{number}", text="x" * 90_000) for number in range(4)))
    assert len(await world.cluster.list(CONFIG_MAP, world.namespace, selector, within=Allowance(left=most))) == 4
    await world.apply(documents("d4", text="x" * 90_000), documents("d5", text="x" * 90_000))
    words = f"{world.namespace}/configmaps: what carries the operator's own label takes more memory"
    with pytest.raises(TooLarge, match=words):
        await world.cluster.list(CONFIG_MAP, world.namespace, selector, within=Allowance(left=most))
    assert len(await world.cluster.versions(CONFIG_MAP, world.namespace, selector)) == 6


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


def name_and_type(item):
    return item["metadata"]["name"], item["spec"]["type"]


@pytest.mark.control_plane
async def test_what_anybody_may_fill_is_read_in_pages_of_a_size_and_kept_as_rows(world, monkeypatch):
    monkeypatch.setattr("fte_operator.cluster.client._PAGE_BYTES", 100_000)
    sizes = []
    read = world.cluster._calls.read

    async def measured(*arguments, **options):
        answer = await read(*arguments, **options)
        sizes.append(answer[1])
        return answer

    monkeypatch.setattr(world.cluster._calls, "read", measured)
    many = {f"l{n:04}": "" for n in range(1_500)}
    for n in range(6):
        metadata = {"name": f"website-{n}", "namespace": world.namespace, "labels": many}
        await world.raw.call("POST", SUPPORT_CHANNEL.path(world.namespace), channel() | {"metadata": metadata})
    found = await world.cluster.scan(SUPPORT_CHANNEL, world.namespace, name_and_type)
    assert found == [(f"website-{n}", "WebForm") for n in range(6)]
    assert max(sizes) < 100_000
    assert len(await world.cluster.versions(SUPPORT_CHANNEL, world.namespace)) == 6
    monkeypatch.setattr("fte_operator.cluster.client._PAGE_BYTES", 1_000)
    assert len(await world.cluster.scan(SUPPORT_CHANNEL, world.namespace, name_and_type)) == 6, (
        "one object is read whatever its size"
    )


async def test_what_a_row_leaves_out_is_not_kept(monkeypatch):
    cluster = ApiServer(None, 1)

    async def read(*_, **__):
        return {"metadata": {}, "items": [{"metadata": {"name": name}} for name in "abc"]}, 100

    monkeypatch.setattr(cluster._calls, "read", read)

    def not_b(item):
        return None if item["metadata"]["name"] == "b" else item["metadata"]["name"]

    assert await cluster.scan(SUPPORT_CHANNEL, None, not_b) == ["a", "c"]


async def test_pages_grow_again_after_what_was_large(monkeypatch):
    """Ten of 400 kB, then a thousand of 400 bytes."""
    sizes, limits = [400_000] * 10 + [400] * 1_000, []
    cluster = ApiServer(None, 1)

    async def read(*_, query, most, **__):
        limits.append(int(query["limit"]))
        start = int(query.get("continue", "0"))
        items = sizes[start : start + limits[-1]]
        if most is not None and sum(items) > most:
            raise TooLarge("too much")
        more = {"continue": str(start + len(items))} if start + len(items) < len(sizes) else {}
        return {"metadata": more, "items": [{"metadata": {}} for _ in items]}, sum(items)

    monkeypatch.setattr(cluster._calls, "read", read)
    assert len(await cluster.scan(SUPPORT_CHANNEL, None, lambda item: item["metadata"])) == len(sizes)
    assert len(limits) < 40 and limits[-1] == 50
