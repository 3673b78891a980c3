import asyncio
import hashlib
import threading
from importlib.resources import files

import numpy as np
import pytest

from fte_agent.offline.embedder import FLOORS, OfflineEmbedder

DATA = files("fte_agent.offline") / "data"

# The table that the Sentence Transformers documentation prints for all-MiniLM-L6-v2 in its quickstart.
PUBLISHED_TEXTS = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
PUBLISHED_COSINES = [[1.0000, 0.6660, 0.1046], [0.6660, 1.0000, 0.1411], [0.1046, 0.1411, 1.0000]]


async def test_cosines_are_those_published_for_the_float_model(embedder: OfflineEmbedder) -> None:
    vectors = np.array(await embedder.embed(PUBLISHED_TEXTS))
    assert vectors @ vectors.T == pytest.approx(np.array(PUBLISHED_COSINES), abs=0.01)


async def test_vectors_have_length_one_and_the_stated_dimensions(embedder: OfflineEmbedder) -> None:
    vectors = np.array(await embedder.embed(["", "one", "a longer text " * 400]))
    assert vectors.shape == (3, embedder.dimensions) == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)


async def test_same_text_gives_same_vector_alone_or_among_others(embedder: OfflineEmbedder) -> None:
    alone, *others = await embedder.embed(["Where is my order?"]) + await embedder.embed(
        ["something else", "Where is my order?"]
    )
    assert others[1] == alone


async def test_nothing_to_embed(embedder: OfflineEmbedder) -> None:
    assert await embedder.embed([]) == []


async def test_the_event_loop_runs_while_a_text_is_embedded(
    embedder: OfflineEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    original = embedder._embed

    def held(texts: tuple[str, ...]) -> list[list[float]]:
        assert release.wait(timeout=30)
        return original(texts)

    monkeypatch.setattr(embedder, "_embed", held)
    pending = asyncio.create_task(embedder.embed(["text"]))
    await asyncio.sleep(0)  # the loop is free: this line is reached although the embedder waits for it
    assert not pending.done()
    release.set()
    assert len(await pending) == 1


def test_shipped_files_are_the_ones_the_checksums_name() -> None:
    lines = (DATA / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert {line.split()[1] for line in lines} == {"minilm-int8.npz", "vocab.txt"}
    for line in lines:
        digest, name = line.split()
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest


def test_other_weights_or_vocabulary_are_another_embedder_without_floor(embedder: OfflineEmbedder) -> None:
    weights, vocabulary = (DATA / "minilm-int8.npz").read_bytes(), (DATA / "vocab.txt").read_bytes()
    assert embedder.identity in FLOORS
    assert embedder.floor == FLOORS[embedder.identity]
    altered = OfflineEmbedder(weights, vocabulary.replace(b"[unused0]", b"[unusedX]"))
    assert altered.identity != embedder.identity
    assert altered.floor is None
    altered = OfflineEmbedder(weights + b"\n", vocabulary)  # a byte after a zip's end changes no tensor
    assert altered.identity != embedder.identity
