"""all-MiniLM-L6-v2 in NumPy: token ids to vectors of 384 numbers.

The network is BERT with 6 layers, 12 heads of 32, mean-pooled; weights are named as upstream names
them. Matrices are stored as int8 with one scale per row and widened once, at load (about 105 MB).
"""

import io
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

LAYERS = 6
HEADS = 12
DIMENSIONS = 384
HEAD_DIMENSIONS = DIMENSIONS // HEADS
_WORDS = "embeddings.word_embeddings.weight"

Floats: TypeAlias = NDArray[np.float32]


class MiniLM:
    """The network's weights and its forward pass. Immutable, so any number of threads may share it."""

    def __init__(self, npz: bytes) -> None:
        """Read the archive that ``hack/make-weights`` writes."""
        with np.load(io.BytesIO(npz), allow_pickle=False) as archive:
            stored = {name: archive[name] for name in archive.files}
        self._words: NDArray[np.int8] = stored.pop(_WORDS)
        self._word_scales: Floats = stored.pop(f"{_WORDS}:scale")
        self._weights = _widen(stored)

    def states(self, batch: Sequence[Sequence[int]]) -> list[Floats]:
        """For each sentence, what the network makes of each of its tokens: (tokens, 384).

        The sentences run through the linear layers as one matrix: most of the time of a short one is reading
        the weights. Only attention is each sentence's own.
        """
        if not batch:
            return []
        ends = np.cumsum([len(ids) for ids in batch])
        spans = [slice(end - len(ids), end) for ids, end in zip(batch, ends, strict=True)]
        state = self._norm(np.concatenate([self._lookup(ids) for ids in batch]), "embeddings.LayerNorm")
        for layer in range(LAYERS):
            state = self._layer(state, spans, f"encoder.layer.{layer}")
        return [state[span] for span in spans]

    def _lookup(self, ids: Sequence[int]) -> Floats:
        words: Floats = self._words[ids] * self._word_scales[ids]
        positions = self._weights["embeddings.position_embeddings.weight"][: len(ids)]
        kind = self._weights["embeddings.token_type_embeddings.weight"][0]
        summed: Floats = words + positions + kind
        return summed

    def _layer(self, state: Floats, spans: Sequence[slice], name: str) -> Floats:
        mixed = self._attention(state, spans, f"{name}.attention.self")
        attended = self._linear(mixed, f"{name}.attention.output.dense")
        state = self._norm(attended + state, f"{name}.attention.output.LayerNorm")
        hidden = _gelu(self._linear(state, f"{name}.intermediate.dense"))
        return self._norm(self._linear(hidden, f"{name}.output.dense") + state, f"{name}.output.LayerNorm")

    def _attention(self, state: Floats, spans: Sequence[slice], name: str) -> Floats:
        query, key, value = (
            self._linear(state, f"{name}.{part}").reshape(-1, HEADS, HEAD_DIMENSIONS).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        mixed = np.empty_like(query)
        for span in spans:
            scores = query[:, span] @ key[:, span].transpose(0, 2, 1) / np.float32(math.sqrt(HEAD_DIMENSIONS))
            mixed[:, span] = _softmax(scores) @ value[:, span]
        return mixed.transpose(1, 0, 2).reshape(-1, DIMENSIONS)

    def _linear(self, state: Floats, name: str) -> Floats:
        result: Floats = state @ self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result

    def _norm(self, state: Floats, name: str) -> Floats:
        centred = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        result: Floats = centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result


def pooled(states: Floats) -> Floats:
    """A sentence's embedding: the mean over its tokens, with length one."""
    mean = states.mean(axis=0)
    unit: Floats = mean / np.linalg.norm(mean)
    return unit


def _widen(stored: Mapping[str, NDArray[np.generic]]) -> dict[str, Floats]:
    """All weights as float32; matrices of linear layers transposed, so that applying one is ``x @ w``."""
    weights: dict[str, Floats] = {}
    for name, value in stored.items():
        if name.endswith(":scale"):
            continue
        wide = value.astype(np.float32)
        if value.dtype == np.int8:
            wide *= stored[f"{name}:scale"].astype(np.float32)
        is_linear = wide.ndim == 2 and not name.startswith("embeddings.")
        weights[name] = np.ascontiguousarray(wide.T) if is_linear else wide
    return weights


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return result


def _gelu(x: Floats) -> Floats:
    result: Floats = np.float32(0.5) * x * (1 + _erf(x / np.float32(math.sqrt(2))))
    return result


def _erf(x: Floats) -> Floats:
    """Error function by Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7 (NumPy has none)."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    result: Floats = np.copysign(1 - polynomial * np.exp(-x * x), x)
    return result
