"""Policy: what the rules say about a message before any model is asked."""

from dataclasses import dataclass
from typing import Protocol

from fte_agent.domain.turns import Reason, Trigger


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a message must go to a person; ``score`` is 1 for a word of the lexicon, else a similarity."""

    reason: Reason
    trigger: Trigger
    score: float


class EscalationClassifier(Protocol):
    """Judges a customer's message."""

    async def classify(self, text: str) -> Verdict | None:
        """Why ``text`` must go to a person, or None."""
