"""Sections with their embeddings."""

import logging
from array import array
from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np

from fte_agent.domain.knowledge import EmbeddedSection, Section
from fte_agent.knowledge.sections import texts_to_embed
from fte_agent.ports import Embedder, EmbeddingCache

logger = logging.getLogger(__name__)

TEXTS_AT_ONCE = 256
"""Embedded and kept before the next are begun: what a job that is killed loses."""


async def embedded(
    sections: Sequence[Section], embedder: Embedder, cache: EmbeddingCache | None = None
) -> list[EmbeddedSection]:
    """``sections`` with their embeddings, in their order: midway between what is written and what is asked.

    Each text is embedded once, and none that ``cache`` knows.
    """
    texts = [texts_to_embed(section) for section in sections]
    vectors = await _vectors(list(dict.fromkeys(text for each in texts for text in each)), embedder, cache)
    return [
        EmbeddedSection(section, _midway([vectors[text] for text in each]))
        for section, each in zip(sections, texts, strict=True)
    ]


async def _vectors(
    texts: Sequence[str], embedder: Embedder, cache: EmbeddingCache | None
) -> dict[str, Sequence[float]]:
    """Four bytes a number: what many sections take as Python's own numbers no small pod has."""
    made: dict[str, Sequence[float]] = {}
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        batch = texts[start : start + TEXTS_AT_ONCE]
        known = await _recalled(batch, embedder, cache)
        missing = [text for text in batch if text not in known]
        given = await embedder.embed(missing)
        new = {text: array("f", vector) for text, vector in zip(missing, given, strict=True)}
        if cache is not None and new:
            await cache.keep(embedder.identity, {digest(text): vector for text, vector in new.items()})
        made |= known
        made |= new
        logger.info("texts embedded", extra={"done": len(made), "of": len(texts), "recalled": len(known)})
    return made


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
    if len(vectors) == 1:
        return vectors[0]
    mean = np.mean(np.asarray(vectors, dtype=np.float64), axis=0)
    return array("f", mean / np.linalg.norm(mean))
