"""The offline embedder: the `Embedder` port on weights that ship with the package."""

import asyncio
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Self

from fte_agent.offline.minilm import DIMENSIONS, MiniLM
from fte_agent.offline.wordpiece import WordPiece

CODE_VERSION = 1
"""Raise it with every change to tokenizer or network that may change an embedding."""

FLOORS = {"minilm-l6-int8-ac450649a63c": 0.435}
"""Relevance floor per embedder identity, as computed by ``hack/calibrate``; no entry, no floor."""


class OfflineEmbedder:
    """all-MiniLM-L6-v2 (int8), English, at most 256 tokens of a text; 12 ms a sentence on one core.

    ``identity`` names the weights, vocabulary and code that made a vector. ``floor`` is the score of
    the ranker below which a passage does not answer, or None when these weights were never calibrated.
    Vectors of one machine are identical between runs; between machines they may differ in the last bits.
    """

    dimensions = DIMENSIONS

    def __init__(self, weights: bytes, vocabulary: bytes) -> None:
        digest = hashlib.sha256(weights)
        digest.update(vocabulary)
        digest.update(f"code {CODE_VERSION}".encode())
        self.identity = f"minilm-l6-int8-{digest.hexdigest()[:12]}"
        self.floor = FLOORS.get(self.identity)
        self._tokenizer = WordPiece(vocabulary.decode("utf-8").rstrip("\n").split("\n"))
        self._network = MiniLM(weights)

    @classmethod
    def load(cls) -> Self:
        """The embedder with the weights of the package; takes about 0.2 s and 105 MB."""
        data = files("fte_agent.offline") / "data"
        return cls((data / "minilm-int8.npz").read_bytes(), (data / "vocab.txt").read_bytes())

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Unit vectors, one per text, computed in a thread so that the event loop keeps running."""
        return await asyncio.to_thread(self._embed, tuple(texts))

    def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._network.embed(self._tokenizer.ids(text)).tolist() for text in texts]


@cache
def shared_embedder() -> OfflineEmbedder:
    """One embedder per process: the weights are immutable and large."""
    return OfflineEmbedder.load()
