"""The escalation classifier: the lexicon first, then a line learned from the rules' examples.

The line is a weighted ridge regression on sentence embeddings, fitted in closed form when the rules are
read. With the shipped rules, each example left out in turn, it finds .94 of those that must go to a person
at .23 false alarms among harmless ones chosen to look like them; the nearest neighbour finds .81 at .35.
Measured, not promised: recall and precision on messages written apart from the examples are asserted by
tests/agent/test_escalation_quality.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fte_agent.domain.turns import Reason, Trigger
from fte_agent.escalation.lexicon import Lexicon
from fte_agent.escalation.rules import REASONS, EscalationRules
from fte_agent.markdown import sentences
from fte_agent.policy import CERTAIN, Verdict
from fte_agent.ports import Embedder

THRESHOLD = -0.1
"""Where the line runs: fitted values are near -1 for harmless messages and near 1 for the others."""

RIDGE = 0.3
"""Weight of the penalty that keeps few examples from drawing a crooked line."""

NEAREST = 0.3
"""Cosine to the nearest example below which a message resembles none, whatever the line says."""

MAX_PIECES = 80
"""Sentences judged one by one; a message with more goes to a person. Two sentences in one embedding hide a
demand that each alone would show, so they are not packed. With the whole message, at most 81 embeddings are
made of one, about 1 s of one free core for usual sentences and 2 s for the longest."""

MAX_PIECE_CHARS = 250
"""A longer sentence is cut: an embedder reads 256 tokens, which may be one character each."""

TOO_LONG = Verdict(Reason.GATE, Trigger.GUARDRAIL, CERTAIN)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Line:
    """A linear decision: positive values are on the side of escalation."""

    weights: Floats
    bias: float

    def values(self, vectors: Floats) -> Floats:
        result: Floats = vectors @ self.weights + self.bias
        return result


class ExampleClassifier:
    """Implements the policy's `EscalationClassifier` on any embedder."""

    def __init__(
        self, lexicons: Mapping[Reason, Lexicon], embedder: Embedder, examples: Mapping[Reason, Floats], line: _Line
    ) -> None:
        """Use `create`."""
        self._lexicons = lexicons
        self._embedder = embedder
        self._examples = examples
        self._line = line

    @classmethod
    async def create(cls, rules: EscalationRules, embedder: Embedder, keywords: Sequence[str] = ()) -> Self:
        """Learn from the rules. ``keywords`` are the employee's own words, with reason KEYWORD."""
        lexicons = {reason: Lexicon(rules.words[reason]) for reason in REASONS}
        lexicons[Reason.KEYWORD] = Lexicon(keywords)
        examples = {
            reason: np.array(await embedder.embed([example.text for example in rules.examples[reason]]))
            for reason in REASONS
        }
        harmless = np.array(await embedder.embed([example.text for example in rules.harmless]))
        return cls(lexicons, embedder, examples, _fit(np.concatenate(list(examples.values())), harmless))

    async def classify(self, text: str) -> Verdict | None:
        """Why ``text`` must go to a person, or None. Each sentence counts, so that none hides in a long mail.

        The lexicon reads all of it, however long.
        """
        for reason, lexicon in self._lexicons.items():
            if lexicon.holds(text):
                return Verdict(reason, _trigger(reason), CERTAIN)
        if not any(char.isalnum() for char in text):
            return None
        pieces = dict.fromkeys(_pieces(text))
        if len(pieces) > MAX_PIECES:
            return TOO_LONG
        parts = list(dict.fromkeys((text, *pieces)))
        vectors = np.array(await self._embedder.embed(parts))
        values = self._line.values(vectors)
        worst = int(values.argmax())
        if values[worst] < THRESHOLD:
            return None
        nearness = {reason: float((known @ vectors[worst]).max()) for reason, known in self._examples.items()}
        reason = max(nearness, key=nearness.__getitem__)
        if nearness[reason] < NEAREST:
            return None
        return Verdict(reason, _trigger(reason), nearness[reason])


def _pieces(text: str) -> list[str]:
    """Everything that ``text`` says: its sentences, cut where they are too long."""
    return [part for each in sentences(text) for part in wrap(each, MAX_PIECE_CHARS, break_on_hyphens=False)]


def _fit(raising: Floats, harmless: Floats) -> _Line:
    """Ridge regression of +1 and -1, both sides weighing the same however many examples each has."""
    vectors = np.concatenate([raising, harmless])
    inputs = np.hstack([vectors, np.ones((len(vectors), 1))])
    targets = np.concatenate([np.ones(len(raising)), -np.ones(len(harmless))])
    half = len(vectors) / 2
    weights = np.concatenate([np.full(len(raising), half / len(raising)), np.full(len(harmless), half / len(harmless))])
    weighted = inputs.T * weights
    solution = np.linalg.solve(weighted @ inputs + RIDGE * np.eye(inputs.shape[1]), weighted @ targets)
    return _Line(solution[:-1], float(solution[-1]))


def _trigger(reason: Reason) -> Trigger:
    return Trigger.CUSTOMER if reason is Reason.HUMAN else Trigger.RULE
