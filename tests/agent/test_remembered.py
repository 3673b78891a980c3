"""What tests remember of embeddings is what was made, and nothing that other code or weights made."""

from pathlib import Path

import numpy as np
import pytest
import remembered
from remembered import remember

from fte_agent.offline.embedder import OfflineEmbedder

TEXTS = ["Where is my order?", "", "half a pair: \ud83d"]


async def test_what_was_made_once_comes_back_and_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = remember(OfflineEmbedder.load(), tmp_path)
    vectors, readings = await first.vectors(TEXTS), await first.read(TEXTS)
    second = OfflineEmbedder.load()
    monkeypatch.setattr(second._network, "states", None)
    again = remember(remember(second, tmp_path), tmp_path)
    for one, other in zip(vectors, await again.vectors(TEXTS), strict=True):
        assert np.array_equal(one, other)
    for one, other in zip(readings, await again.read(TEXTS), strict=True):
        assert np.array_equal(one.ids, other.ids)
        assert np.array_equal(one.states, other.states)


def test_other_code_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(OfflineEmbedder.load(), tmp_path)
    monkeypatch.setattr(remembered, "minilm", remembered.wordpiece)
    remember(OfflineEmbedder.load(), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    monkeypatch.setattr(remembered, "FILES", 1)
    remember(OfflineEmbedder.load(), tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_memory_keeps_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = remember(OfflineEmbedder.load(), tmp_path)
    embedder._make(TEXTS[:1])
    monkeypatch.setattr(remembered, "MOST", 2)
    embedder._make(TEXTS[1:])
    (path,) = tmp_path.iterdir()
    assert list(remembered.Memory(path).recall(TEXTS)) == TEXTS[:1]
