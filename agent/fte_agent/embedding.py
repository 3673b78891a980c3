"""Sections with their embeddings."""

from collections.abc import Sequence

from fte_agent.domain.knowledge import EmbeddedSection, Section
from fte_agent.ports import Embedder
from fte_agent.sections import text_to_embed


async def embedded(sections: Sequence[Section], embedder: Embedder) -> list[EmbeddedSection]:
    """``sections`` with what the embedder makes of each, in their order."""
    vectors = await embedder.embed([text_to_embed(section) for section in sections])
    return [EmbeddedSection(section, vector) for section, vector in zip(sections, vectors, strict=True)]
