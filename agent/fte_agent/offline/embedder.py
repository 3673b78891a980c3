"""The offline embedder: the `Embedder` port on weights that ship with the package."""

import asyncio
import hashlib
import io
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from fte_agent.offline.minilm import DIMENSIONS, MiniLM, pooled
from fte_agent.offline.wordpiece import WordPiece

CODE_VERSION = 1
"""Raise it with every change to tokenizer or network that may change an embedding."""

KEPT_VECTORS = 8192
"""Embeddings remembered, 1.5 KB each: policy, search and answer embed the same texts, and sections come again."""

KEPT_READINGS = 512
"""Readings remembered, 0.8 KB a token: 100 MB when all are of the longest texts, 30 MB of usual sections."""

BATCH_TOKENS = 512

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text token by token: ids, and for each a vector of length one that says what it means where it stands."""

    ids: NDArray[np.int64]
    states: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Shipped:
    """Embeddings that come with the package: those of the escalation rules' examples, whose 1,150 would take a
    worker 8 s of one core at every start. ``hack/make-examples`` makes them; other texts are embedded as usual."""

    identity: str
    vectors: Mapping[bytes, NDArray[np.float32]]

    @classmethod
    def read(cls, npz: bytes) -> Self:
        """Read what `write` made."""
        with np.load(io.BytesIO(npz), allow_pickle=False) as archive:
            keys, vectors = archive["keys"], archive["vectors"].astype(np.float32)
            return cls(str(archive["identity"]), dict(zip(map(bytes, keys), vectors, strict=True)))

    @staticmethod
    def write(identity: str, vectors: Mapping[str, NDArray[np.float32]]) -> bytes:
        """``vectors`` of texts by an embedder, as an archive; the same bytes for the same vectors."""
        made = {_key(text): vector for text, vector in vectors.items()}
        keys = np.array([list(key) for key in sorted(made)], np.uint8)
        archive = io.BytesIO()
        rounded = np.array([made[key] for key in sorted(made)], np.float16)
        np.savez(archive, identity=np.array(identity), keys=keys, vectors=rounded)
        return archive.getvalue()

    def of(self, texts: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those of ``texts`` that are known."""
        found = ((text, self.vectors.get(_key(text))) for text in texts)
        return {text: vector for text, vector in found if vector is not None}


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:12]


class OfflineEmbedder:
    """all-MiniLM-L6-v2 (int8), English, at most 256 tokens of a text; 12 ms a sentence on one core, 3 in a batch.

    ``identity`` names the weights, vocabulary and code that made a vector. Vectors may differ in the last bits
    between machines, and with the texts they are computed together with.
    """

    dimensions = DIMENSIONS

    def __init__(self, weights: bytes, vocabulary: bytes, shipped: Shipped | None = None) -> None:
        digest = hashlib.sha256(weights)
        digest.update(vocabulary)
        digest.update(f"code {CODE_VERSION}".encode())
        self.identity = f"minilm-l6-int8-{digest.hexdigest()[:12]}"
        self._tokenizer = WordPiece(vocabulary.decode("utf-8").rstrip("\n").split("\n"))
        self._network = MiniLM(weights)
        self._vectors: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._readings: OrderedDict[bytes, Reading] = OrderedDict()
        self._shipped = shipped if shipped is not None and shipped.identity == self.identity else None

    @classmethod
    def load(cls) -> Self:
        """The embedder with the weights of the package; takes about 0.2 s and 105 MB."""
        data = files("fte_agent.offline") / "data"
        shipped = Shipped.read((data / "examples.npz").read_bytes())
        return cls((data / "minilm-int8.npz").read_bytes(), (data / "vocab.txt").read_bytes(), shipped)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Unit vectors, one per text, computed in a thread so that the event loop keeps running."""
        return [vector.tolist() for vector in await self.vectors(texts)]

    async def vectors(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """As `embed`, without the cost of Python's numbers."""
        known = _recalled(self._vectors, texts)
        if self._shipped is not None:
            known |= self._shipped.of(text for text in texts if text not in known)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            made = await asyncio.to_thread(self._make, missing)
            _remember(self._readings, {text: reading for text, (_, reading) in made.items()}, KEPT_READINGS)
            known |= {text: vector for text, (vector, _) in made.items()}
        _remember(self._vectors, known, KEPT_VECTORS)
        return [known[text] for text in texts]

    async def read(self, texts: Sequence[str]) -> list[Reading]:
        """The readings of ``texts``."""
        known = _recalled(self._readings, texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            made = await asyncio.to_thread(self._make, missing)
            _remember(self._vectors, {text: vector for text, (vector, _) in made.items()}, KEPT_VECTORS)
            known |= {text: reading for text, (_, reading) in made.items()}
        _remember(self._readings, known, KEPT_READINGS)
        return [known[text] for text in texts]

    def _make(self, texts: Sequence[str]) -> dict[str, tuple[NDArray[np.float32], Reading]]:
        """Both at once: they come of the same pass."""
        ids = [self._tokenizer.ids(text) for text in texts]
        states = [state for batch in _batches(ids) for state in self._network.states(batch)]
        return {text: (pooled(state), _reading(of, state)) for text, of, state in zip(texts, ids, states, strict=True)}


def _reading(ids: Sequence[int], states: NDArray[np.float32]) -> Reading:
    """Without the marks at both ends, which mean nothing."""
    inner = states[1:-1]
    unit = inner / np.linalg.norm(inner, axis=1, keepdims=True)
    return Reading(np.array(ids[1:-1], np.int64), unit.astype(np.float16))


def _batches(sentences: Sequence[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
    """The sentences in their order, in batches of about `BATCH_TOKENS`: larger ones are no faster."""
    batch: list[Sequence[int]] = []
    for ids in sentences:
        if batch and sum(map(len, batch)) + len(ids) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(ids)
    if batch:
        yield batch


def _recalled(kept: "OrderedDict[bytes, Kept]", texts: Iterable[str]) -> dict[str, Kept]:
    """What is remembered of ``texts``; under their digests, for a text may be longer than what is made of it."""
    return {text: kept[key] for text in texts if (key := _key(text)) in kept}


def _remember(kept: "OrderedDict[bytes, Kept]", new: Mapping[str, Kept], most: int) -> None:
    for text, value in new.items():
        key = _key(text)
        kept[key] = value
        kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


@cache
def shared_embedder() -> OfflineEmbedder:
    """One embedder per process: the weights are immutable and large."""
    return OfflineEmbedder.load()
