"""The escalation classifier: the lexicon first, then curves learned from the rules' examples.

One curve per reason, by kernel ridge regression on sentence embeddings: near 1 for messages that mean the reason,
near -1 for the others. A message is judged by its whole and by its worst sentence together, so that a demand in a
long mail counts and a strange sentence in a harmless one does not count alone. Measured, not promised:
docs/evaluation.md has recall and precision on messages written apart from the examples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fte_agent.domain.turns import Reason, Trigger
from fte_agent.escalation.lexicon import Lexicon
from fte_agent.escalation.rules import REASONS, EscalationRules, Example
from fte_agent.ports import Embedder
from fte_agent.text.language import ENGLISH, guess_language
from fte_agent.text.markdown import sentences
from fte_agent.turn.policy import CERTAIN, Verdict

THRESHOLD = -0.23
"""Where the line runs for whole and worst sentence together."""

ALONE = 0.4
"""Value from which one sentence is enough, whatever stands around it."""

WIDTH, RIDGE = 1.0, 0.3
"""Of the Gaussian kernel, on squared distances between unit vectors, and of the penalty on the curves."""

NEAREST = 0.6
"""Cosine to an example in the message's own language from which it means the same: the embedder reads English,
and of other languages little more than their words."""

MAX_PIECES = 80
"""Sentences judged one by one; a message with more goes to a person. Two sentences in one embedding hide a
demand that each alone would show, so they are not packed. With the whole message, at most 81 embeddings are
made of one, about 1 s of one free core for usual sentences and 2 s for the longest."""

MAX_PIECE_CHARS = 250
"""A longer sentence is cut: an embedder reads 256 tokens, which may be one character each."""

TOO_LONG = Verdict(Reason.GATE, Trigger.GUARDRAIL, CERTAIN)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Curves:
    """A value per reason for every vector, from its nearness to each example: (vectors, reasons)."""

    examples: Floats
    weights: Floats
    level: float

    def values(self, vectors: Floats) -> Floats:
        result: Floats = _kernel(vectors, self.examples) @ self.weights + self.level
        return result


class ExampleClassifier:
    """Implements the policy's `EscalationClassifier` on any embedder."""

    def __init__(
        self,
        lexicons: Mapping[Reason, Lexicon],
        embedder: Embedder,
        curves: _Curves,
        foreign: Mapping[str, Sequence[tuple[Reason, Floats]]],
    ) -> None:
        """Use `create`."""
        self._lexicons = lexicons
        self._embedder = embedder
        self._curves = curves
        self._foreign = foreign

    @classmethod
    async def create(cls, rules: EscalationRules, embedder: Embedder, keywords: Sequence[str] = ()) -> Self:
        """Learn from the rules. ``keywords`` are the employee's own words, with reason KEYWORD."""
        lexicons = {reason: Lexicon(rules.words[reason]) for reason in REASONS}
        lexicons[Reason.KEYWORD] = Lexicon(keywords)
        labelled: list[tuple[Reason | None, Example]] = []
        labelled += [(reason, example) for reason in REASONS for example in rules.examples[reason]]
        labelled += [(None, example) for example in rules.harmless]
        vectors = np.array(await embedder.embed([example.text for _, example in labelled]))
        english = [example.language == ENGLISH for _, example in labelled]
        targets = np.array([[1.0 if reason is each else -1.0 for each in REASONS] for reason, _ in labelled])
        return cls(lexicons, embedder, _fit(vectors[english], targets[english]), _by_language(labelled, vectors))

    async def classify(self, text: str) -> Verdict | None:
        """Why ``text`` must go to a person, or None. Each sentence counts, so that none hides in a long mail.

        The lexicon reads all of it, however long.
        """
        for reason, lexicon in self._lexicons.items():
            if lexicon.holds(text):
                return Verdict(reason, _trigger(reason), CERTAIN)
        if not any(char.isalnum() for char in text):
            return None
        pieces = _pieces(text)
        if len(pieces) > MAX_PIECES:
            return TOO_LONG
        vectors = np.array(await self._embedder.embed([text, *dict.fromkeys(pieces)]))
        language = guess_language(text)
        return self._by_curves(vectors) if language == ENGLISH else self._by_nearness(vectors, language)

    def _by_curves(self, vectors: Floats) -> Verdict | None:
        values = self._curves.values(vectors)
        worst = values.max(axis=0)
        together = (values[0] + worst) / 2
        at = int((together if together.max() >= THRESHOLD else worst).argmax())
        if together[at] < THRESHOLD and worst[at] < ALONE:
            return None
        return Verdict(REASONS[at], _trigger(REASONS[at]), float(worst[at]))

    def _by_nearness(self, vectors: Floats, language: str) -> Verdict | None:
        known = self._foreign.get(language, ())
        near = [(float((vectors @ vector).max()), reason) for reason, vector in known]
        nearest, reason = max(near, default=(0.0, Reason.LANGUAGE))
        return Verdict(reason, _trigger(reason), nearest) if nearest >= NEAREST else None


def _pieces(text: str) -> list[str]:
    """Everything that ``text`` says: its sentences, cut where they are too long."""
    return [part for each in sentences(text) for part in wrap(each, MAX_PIECE_CHARS, break_on_hyphens=False)]


def _kernel(vectors: Floats, examples: Floats) -> Floats:
    """Gaussian, on vectors of length one: 1 for the same text, 1/e**4 for opposite ones."""
    kernel: Floats = np.exp(-WIDTH * (2 - 2 * vectors @ examples.T))
    return kernel


def _fit(vectors: Floats, targets: Floats) -> _Curves:
    """Kernel ridge regression; far from all examples a curve falls to the mean of its targets."""
    level = float(targets.mean())
    penalised = _kernel(vectors, vectors) + RIDGE * np.eye(len(vectors))
    weights = np.asarray(np.linalg.solve(penalised, targets - level), dtype=np.float64)
    return _Curves(vectors, weights, level)


def _by_language(
    labelled: Sequence[tuple[Reason | None, Example]], vectors: Floats
) -> dict[str, list[tuple[Reason, Floats]]]:
    """The examples that are not English, per language."""
    found: dict[str, list[tuple[Reason, Floats]]] = {}
    for (reason, example), vector in zip(labelled, vectors, strict=True):
        if reason is not None and example.language != ENGLISH:
            found.setdefault(example.language, []).append((reason, vector))
    return found


def _trigger(reason: Reason) -> Trigger:
    return Trigger.CUSTOMER if reason is Reason.HUMAN else Trigger.RULE
