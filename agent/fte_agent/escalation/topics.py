"""Matters that a company keeps for people, each named by a phrase: told by the phrase, and by what a message means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fte_agent.ports import Embedder
from fte_agent.text.lexicon import Lexicon

NEAR = 0.25
"""Cosine to a topic from which a sentence may be about it."""

LEAD = 0.1
"""How much nearer to a harmless example a sentence may be all the same: "our tax number" is no tax advice.

Both were tried on ten topics with 55 sentences and on the calibration suites: three of five sentences about a topic
told by one short phrase were found, and of tickets that documents answer one in 170 was taken for one of the ten."""

_FORMS = ("{}", "A question about {}.")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics' phrases, and what they and the harmless examples mean; without phrases nothing is about one."""

    phrases: Lexicon
    vectors: Floats
    harmless: Floats

    @classmethod
    async def create(cls, phrases: Sequence[str], harmless: Sequence[str], embedder: Embedder) -> Self:
        """Learn ``phrases``, and what is not about them."""
        forms = [form.format(phrase) for phrase in phrases for form in _FORMS]
        near = np.array(await embedder.embed(forms)) if forms else np.empty((0, embedder.dimensions))
        far = np.array(await embedder.embed(harmless)) if forms else near
        return cls(Lexicon(phrases), near, far)

    def nearness(self, vectors: Floats) -> float | None:
        """How near the nearest of some sentences is to a topic; None where none is about one."""
        if not len(self.vectors):
            return None
        near = (vectors @ self.vectors.T).max(axis=1)
        far = (vectors @ self.harmless.T).max(axis=1)
        found = near[(near >= NEAR) & (near >= far - LEAD)]
        return float(found.max()) if len(found) else None
