"""Sections with their embeddings."""

import logging
from array import array
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

import numpy as np

from fte_agent.domain.knowledge import EmbeddedSection, Section
from fte_agent.knowledge.sections import texts_to_embed
from fte_agent.ports import Embedder, EmbeddingCache

logger = logging.getLogger(__name__)

TEXTS_AT_ONCE = 256
"""Embedded and kept before the next are begun: what a job that is killed loses."""

_NO_DIRECTION = 1e-3
"""A mean so short is what half precision left of opposites."""


async def embedded(
    sections: Sequence[Section], embedder: Embedder, cache: EmbeddingCache | None = None
) -> list[EmbeddedSection]:
    """``sections`` with their embeddings, in their order: midway between what is written and what is asked.

    None that ``cache`` knows is embedded. Of many sections no more is held than one vector each.
    """
    made: list[EmbeddedSection] = []
    for batch in _batches(sections):
        texts = [texts_to_embed(section) for section in batch]
        vectors = await _vectors(list(dict.fromkeys(text for each in texts for text in each)), embedder, cache)
        made += [
            EmbeddedSection(section, _midway([vectors[text] for text in each]))
            for section, each in zip(batch, texts, strict=True)
        ]
        logger.info("sections embedded", extra={"done": len(made), "of": len(sections)})
    return made


def _batches(sections: Sequence[Section]) -> Iterator[list[Section]]:
    """As many sections at once as have `TEXTS_AT_ONCE` texts, one at least."""
    batch: list[Section] = []
    size = 0
    for section in sections:
        texts = len(texts_to_embed(section))
        if batch and size + texts > TEXTS_AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(section)
        size += texts
    if batch:
        yield batch


async def _vectors(
    texts: Sequence[str], embedder: Embedder, cache: EmbeddingCache | None
) -> dict[str, Sequence[float]]:
    """Four bytes a number: what many sections take as Python's own numbers no small pod has."""
    known = await _recalled(texts, embedder, cache)
    missing = [text for text in texts if text not in known]
    given = await embedder.embed(missing)
    new = {text: array("f", vector) for text, vector in zip(missing, given, strict=True)}
    if cache is not None and new:
        await cache.keep(embedder.identity, {digest(text): vector for text, vector in new.items()})
    return {**known, **new}


async def _recalled(
    texts: Sequence[str], embedder: Embedder, cache: EmbeddingCache | None
) -> Mapping[str, Sequence[float]]:
    if cache is None:
        return {}
    by_digest = {digest(text): text for text in texts}
    known = await cache.recall(embedder.identity, list(by_digest))
    return {by_digest[key]: vector for key, vector in known.items() if len(vector) == embedder.dimensions}


def digest(text: str) -> bytes:
    """What a text's embedding is kept under."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _midway(vectors: Sequence[Sequence[float]]) -> Sequence[float]:
    """The first, which is of what is written, where they point away from each other."""
    if len(vectors) == 1:
        return vectors[0]
    mean = np.mean(np.asarray(vectors, dtype=np.float64), axis=0)
    length = float(np.linalg.norm(mean))
    if length < _NO_DIRECTION:
        return vectors[0]
    return array("f", mean / length)
