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
from fte_agent.escalation.rules import DANGERS, REASONS, EscalationRules, Example
from fte_agent.escalation.sentiment import Sentiment
from fte_agent.escalation.topics import Topics
from fte_agent.ports import Embedder
from fte_agent.text.language import ENGLISH, guess_language
from fte_agent.text.lexicon import Lexicon
from fte_agent.text.markdown import sentences
from fte_agent.text.names import Names
from fte_agent.turn.policy import CERTAIN, Verdict

THRESHOLD = -0.23
"""Where the line runs for whole and worst sentence together."""

DANGER = 0.0
"""The same for `DANGERS`, whose curves are learned apart: one learned against all would lower the others."""

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
    """A value per reason for every vector, from its nearness to each example: (vectors, reasons).

    Whole and worst sentence together are beyond the line from ``threshold``.
    """

    reasons: tuple[Reason, ...]
    threshold: float
    examples: Floats
    weights: Floats
    level: float

    def values(self, vectors: Floats) -> Floats:
        result: Floats = _kernel(vectors, self.examples) @ self.weights + self.level
        return result

    def judge(self, vectors: Floats) -> tuple[float, Verdict] | None:
        """How far a message is beyond the line, and why; None if it is not. The first vector is the whole message's."""
        values = self.values(vectors)
        worst = values.max(axis=0)
        together = (values[0] + worst) / 2
        at = int((together if together.max() >= self.threshold else worst).argmax())
        if together[at] < self.threshold and worst[at] < ALONE:
            return None
        reason = self.reasons[at]
        return float(together[at]), Verdict(reason, _trigger(reason), float(worst[at]))


class ExampleClassifier:
    """Implements the policy's `EscalationClassifier` on any embedder."""

    def __init__(
        self,
        lexicons: Mapping[Reason, Lexicon | Names],
        embedder: Embedder,
        curves: Sequence[_Curves],
        foreign: Mapping[str, Sequence[tuple[Reason, Floats]]],
        *,
        topics: Topics,
        mood: Sentiment,
    ) -> None:
        """Use `create`."""
        self._lexicons = lexicons
        self._embedder = embedder
        self._curves = curves
        self._foreign = foreign
        self._topics = topics
        self._mood = mood

    @classmethod
    async def create(
        cls,
        rules: EscalationRules,
        embedder: Embedder,
        keywords: Sequence[str] = (),
        *,
        competitors: Sequence[str] = (),
        forbidden_topics: Sequence[str] = (),
    ) -> Self:
        """Learn from the rules. ``keywords`` are the employee's own words, with reason KEYWORD; ``competitors`` and
        ``forbidden_topics`` are as in `Policy`, with reasons of their own."""
        lexicons: dict[Reason, Lexicon | Names] = {
            reason: Lexicon((*rules.words[reason], *rules.asking.get(reason, ()))) for reason in REASONS
        }
        harmless = [example.text for example in rules.harmless if example.language == ENGLISH]
        topics = await Topics.create(forbidden_topics, harmless, embedder)
        mood = await Sentiment.learn(rules.moods, harmless, embedder)
        lexicons |= {
            Reason.KEYWORD: Lexicon(keywords),
            Reason.COMPETITOR: Names(competitors),
            Reason.FORBIDDEN_TOPIC: topics.phrases,
        }
        labelled: list[tuple[Reason | None, Example]] = []
        labelled += [(reason, example) for reason in REASONS for example in rules.examples[reason]]
        labelled += [(None, example) for example in rules.harmless]
        missed = [(None, example) for reason in DANGERS for example in rules.near_misses.get(reason, ())]
        wishes = [(reason, example) for reason, example in labelled if reason not in DANGERS]
        dangerous = {example.text for reason in DANGERS for example in rules.examples[reason]}
        apart = [each for each in (*labelled, *missed) if each[0] in DANGERS or each[1].text not in dangerous]
        curves = (
            await _learn(wishes, embedder, tuple(each for each in REASONS if each not in DANGERS), THRESHOLD),
            await _learn(apart, embedder, DANGERS, DANGER),
        )
        return cls(lexicons, embedder, curves, await _by_language(labelled, embedder), topics=topics, mood=mood)

    async def classify(self, text: str) -> Verdict | None:
        """Why ``text`` must go to a person, or None. Each sentence counts, so that none hides in a long mail.

        The lexicon reads all of it, however long. What endangers people comes before what a word says.
        """
        held = (reason for reason, lexicon in self._lexicons.items() if lexicon.holds(text))
        listed = next((Verdict(reason, _trigger(reason), CERTAIN) for reason in held), None)
        if listed is not None and listed.reason is Reason.SAFETY:
            return listed
        meant = await self._by_meaning(text)
        return meant if listed is None or (meant is not None and meant.reason is Reason.SAFETY) else listed

    async def sentiment(self, text: str) -> int:
        """From -2 to 2; 0 for a text of another language, without words or too long to be judged."""
        pieces = _pieces(text)
        if len(pieces) > MAX_PIECES or not any(map(str.isalnum, text)) or guess_language(text) != ENGLISH:
            return 0
        return self._mood.score(np.array(await self._embedder.embed([text, *dict.fromkeys(pieces)])))

    async def _by_meaning(self, text: str) -> Verdict | None:
        if not any(char.isalnum() for char in text):
            return None
        pieces = _pieces(text)
        if len(pieces) > MAX_PIECES:
            return TOO_LONG
        vectors = np.array(await self._embedder.embed([text, *dict.fromkeys(pieces)]))
        language = guess_language(text)
        meant = self._by_curves(vectors) if language == ENGLISH else self._by_nearness(vectors, language)
        if meant is None and (near := self._topics.nearness(vectors)) is not None:
            return Verdict(Reason.FORBIDDEN_TOPIC, Trigger.RULE, near)
        return meant

    def _by_curves(self, vectors: Floats) -> Verdict | None:
        judged = [found for curves in self._curves if (found := curves.judge(vectors))]
        return max(judged, key=lambda found: found[0])[1] if judged else None

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


async def _learn(
    labelled: Sequence[tuple[Reason | None, Example]],
    embedder: Embedder,
    reasons: tuple[Reason, ...],
    threshold: float,
) -> _Curves:
    """Kernel ridge regression on the English examples; far from all a curve falls to the mean of its targets."""
    english = [(reason, example.text) for reason, example in labelled if example.language == ENGLISH]
    vectors = np.array(await embedder.embed([text for _, text in english]))
    targets = np.array([[1.0 if reason is each else -1.0 for each in reasons] for reason, _ in english])
    level = float(targets.mean())
    penalised = _kernel(vectors, vectors) + RIDGE * np.eye(len(vectors))
    weights = np.asarray(np.linalg.solve(penalised, targets - level), dtype=np.float64)
    return _Curves(reasons, threshold, vectors, weights, level)


async def _by_language(
    labelled: Sequence[tuple[Reason | None, Example]], embedder: Embedder
) -> dict[str, list[tuple[Reason, Floats]]]:
    """The examples that are not English, per language."""
    foreign = [(reason, each) for reason, each in labelled if reason is not None and each.language != ENGLISH]
    vectors = np.array(await embedder.embed([example.text for _, example in foreign]))
    found: dict[str, list[tuple[Reason, Floats]]] = {}
    for (reason, example), vector in zip(foreign, vectors, strict=True):
        found.setdefault(example.language, []).append((reason, vector))
    return found


def _trigger(reason: Reason) -> Trigger:
    return Trigger.CUSTOMER if reason is Reason.HUMAN else Trigger.RULE
