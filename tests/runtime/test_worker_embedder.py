"""What a worker does with a hosted embedder: its key, its address, its health."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from runtime_doubles import FakeClock
from worker_documents import worker_documents

from fte_agent.errors import EmbeddingFailed, ModelFault
from fte_agent.offline.embedder import shared_embedder
from fte_database.repositories.health import WorkerReport
from fte_runtime.answering import said_by
from fte_runtime.behaviour import load_behaviour
from fte_runtime.config import ConfigError, WorkerConfig
from fte_runtime.wiring.embedder import open_searching
from fte_runtime.worker.embedder import EMBEDDER, WatchedEmbedder
from fte_runtime.worker.model import ModelHealth

HOSTED = {"base_url": "https://models.example/v1", "model": "small", "dimensions": 8}


def documents(folder: Path, *, key: str | None, embedding: dict[str, Any] | None) -> WorkerConfig:
    return worker_documents(folder, "embedding", key, {"embedding": embedding})


async def test_a_worker_watches_the_embedder_that_its_documents_name(tmp_path):
    config = documents(tmp_path, key=" a-key\n", embedding=HOSTED)
    async with AsyncExitStack() as resources:
        chosen, watch = await open_searching(config, load_behaviour(config.behaviour_file), resources)
        assert watch is not None and isinstance(chosen.embedder, WatchedEmbedder)
        assert (chosen.embedder.identity, chosen.secrets) == ("small@8", ("a-key",))


async def test_without_a_hosted_embedder_the_shipped_one_searches_and_nothing_is_watched(tmp_path):
    config = documents(tmp_path, key="k", embedding=None)
    async with AsyncExitStack() as resources:
        chosen, watch = await open_searching(config, load_behaviour(config.behaviour_file), resources)
        assert (chosen.embedder, watch, chosen.secrets) == (shared_embedder(), None, ())


@pytest.mark.parametrize(("key", "says"), [("two words", "visible ASCII"), ("", "is empty")])
async def test_a_hosted_embedder_without_a_usable_key_stops_the_worker_with_a_word(tmp_path, key, says):
    config = documents(tmp_path, key=key, embedding=HOSTED)
    async with AsyncExitStack() as resources:
        with pytest.raises(ConfigError, match=says) as caught:
            await open_searching(config, load_behaviour(config.behaviour_file), resources)
        assert not key or key not in str(caught.value)


@pytest.mark.parametrize(("key", "url"), [(None, HOSTED["base_url"]), ("k", "https://before.example/v1")])
async def test_an_earlier_behaviour_runs_without_its_embedder_and_its_key_goes_to_no_other_address(tmp_path, key, url):
    config = documents(tmp_path, key=key, embedding=HOSTED | {"base_url": url})
    async with AsyncExitStack() as resources:
        chosen, watch = await open_searching(config, load_behaviour(config.behaviour_file), resources)
        assert (chosen.embedder.identity, chosen.embedder.dimensions, chosen.secrets) == ("small@8", 8, ())
        with pytest.raises(EmbeddingFailed, match="no key") as failed:
            await chosen.embedder.embed(["a question"])
        assert (failed.value.reason, failed.value.retryable) == (ModelFault.MISCONFIGURED, True)
        with pytest.raises(EmbeddingFailed):
            await watch.check()
        assert watch.health.findings()["embedder"].startswith("misconfigured")


class FixedEmbedder:
    identity, dimensions = "e@1", 1

    def __init__(self, *outcomes: EmbeddingFailed | None) -> None:
        self._outcomes = list(outcomes)

    async def embed(self, texts):
        if error := self._outcomes.pop(0):
            raise error
        return [[1.0] for _ in texts]


async def test_each_request_tells_of_the_embedder_and_nothing_is_changed():
    health = ModelHealth(FakeClock(), EMBEDDER)
    refused = EmbeddingFailed("no", retryable=True, reason=ModelFault.CREDENTIALS)
    embedder = WatchedEmbedder(FixedEmbedder(refused, None), health)
    with pytest.raises(EmbeddingFailed):
        await embedder.embed(["one"])
    assert health.findings() == {"embedder": "credentials: the embedder's endpoint refuses the key"}
    assert await embedder.embed(["one", "two"]) == [[1.0], [1.0]]
    assert health.findings() == {"embedder": None}
    assert (embedder.identity, embedder.dimensions) == ("e@1", 1)


def test_the_embedder_is_a_part_of_its_own_beside_the_model():
    reports = [WorkerReport("a", {"process": None, "model": None, "embedder": "quota: spent"}, 1)]
    found = said_by(reports)
    assert found["embedder"] == {"ok": False, "error": "quota: spent"}
    assert found["model"]["ok"] and found["roles"] == {"ok": True, "error": None, "roles": {"process": None}}
