import asyncio
import hashlib
import threading
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from fte_agent.escalation.rules import parse_rules
from fte_agent.offline.calibration import CALIBRATIONS
from fte_agent.offline.embedder import KEPT_READINGS, OfflineEmbedder

ROOT = Path(__file__).resolve().parents[2]
DATA = files("fte_agent.offline") / "data"

# The table that the Sentence Transformers documentation prints for all-MiniLM-L6-v2 in its quickstart.
PUBLISHED_TEXTS = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
PUBLISHED_COSINES = [[1.0000, 0.6660, 0.1046], [0.6660, 1.0000, 0.1411], [0.1046, 0.1411, 1.0000]]


@pytest.fixture(scope="module")
def embedder() -> OfflineEmbedder:
    """One that makes everything itself."""
    return OfflineEmbedder.load()


async def test_cosines_are_those_published_for_the_float_model(embedder: OfflineEmbedder) -> None:
    vectors = np.array(await embedder.embed(PUBLISHED_TEXTS))
    assert vectors @ vectors.T == pytest.approx(np.array(PUBLISHED_COSINES), abs=0.01)


async def test_vectors_have_length_one_and_the_stated_dimensions(embedder: OfflineEmbedder) -> None:
    vectors = np.array(await embedder.embed(["", "one", "a longer text " * 400]))
    assert vectors.shape == (3, embedder.dimensions) == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)


async def test_same_text_gives_same_vector_alone_or_among_others(embedder: OfflineEmbedder) -> None:
    alone = np.array(await embedder.embed(["Where is my order?"]))
    fresh = OfflineEmbedder.load()  # remembers nothing
    among = np.array(await fresh.embed(["something else", "Where is my order?", "a longer text " * 40]))
    assert among[1] == pytest.approx(alone[0], abs=1e-6)


async def test_a_text_is_read_once(embedder: OfflineEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["what a text that nobody embedded before", "and another one"]
    before = await embedder.embed(texts)
    monkeypatch.setattr(embedder, "_make", None)
    assert await embedder.embed(texts) == before
    assert [len(reading.ids) for reading in await embedder.read(texts)] == [7, 3]


async def test_memory_is_bounded(embedder: OfflineEmbedder) -> None:
    fresh = OfflineEmbedder.load()
    await fresh.embed([str(number) for number in range(KEPT_READINGS + 40)])
    assert len(fresh._readings) == KEPT_READINGS
    assert len(fresh._vectors) == KEPT_READINGS + 40


async def test_nothing_to_embed(embedder: OfflineEmbedder) -> None:
    assert await embedder.embed([]) == []


async def test_the_event_loop_runs_while_a_text_is_embedded(
    embedder: OfflineEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    original = embedder._make

    def held(texts):
        assert release.wait(timeout=30)
        return original(texts)

    monkeypatch.setattr(embedder, "_make", held)
    pending = asyncio.create_task(embedder.embed(["a text nobody has asked for"]))
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
    assert embedder.identity in CALIBRATIONS
    altered = OfflineEmbedder(weights, vocabulary.replace(b"[unused0]", b"[unusedX]"))
    assert altered.identity != embedder.identity
    assert altered.identity not in CALIBRATIONS
    altered = OfflineEmbedder(weights + b"\n", vocabulary)  # a byte after a zip's end changes no tensor
    assert altered.identity != embedder.identity


async def test_the_rules_examples_come_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = parse_rules((ROOT / "context/escalation-rules.md").read_text(encoding="utf-8"))
    texts = [e.text for examples in (*rules.examples.values(), rules.harmless) for e in examples]
    fresh = OfflineEmbedder.load()
    computed = OfflineEmbedder((DATA / "minilm-int8.npz").read_bytes(), (DATA / "vocab.txt").read_bytes())
    again = np.array(await computed.embed(texts[::40]))
    monkeypatch.setattr(fresh, "_make", None)  # called only for examples that the shipped file lacks
    shipped = np.array(await fresh.embed(texts))
    assert shipped[::40] == pytest.approx(again, abs=1e-3)
    altered = OfflineEmbedder(
        (DATA / "minilm-int8.npz").read_bytes() + b"\n", (DATA / "vocab.txt").read_bytes(), fresh._shipped
    )
    assert altered._shipped is None  # of other weights
