"""The Offline model: it finds the section that answers and quotes it, or hands over.

Every reply is copied character for character from the sections it cites (reply mode Verbatim), so what
it says holds by construction; whether it is the right section is measured by ``hack/calibrate``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from fte_agent.domain.knowledge import Passage, Section
from fte_agent.domain.turns import Reason, Usage
from fte_agent.language import ENGLISH, guess_language
from fte_agent.markdown import plain, sentences
from fte_agent.offline.extract import best_spans, questions, quote, spans
from fte_agent.ports import Embedder, ModelRequest, ToolPort

WHOLE_CHARS = 600
"""A section up to this length is quoted whole: its conditions belong to its promise."""

MAX_REPLY_CHARS = 1800
"""A longer answer is nobody's answer; channels with less room get half of theirs, for greeting and close."""

SEARCH_RESULTS = 5


@dataclass(frozen=True, slots=True)
class _Answer:
    """A question and the passage that answers it."""

    question: str
    passage: Passage


class OfflineModel:
    """Implements `Model` without a language model. It never makes a sentence of its own."""

    name = "offline"
    prompt_version = "offline-1"

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def run(self, request: ModelRequest, tools: ToolPort) -> Usage:
        """Answer from the passages, search a second time if none will do, else hand over."""
        text = "\n".join(message.body for message in request.context.burst)
        language = guess_language(f"{request.context.subject}\n{text}")
        if language != ENGLISH:
            return await _hand_over(tools, Reason.LANGUAGE, f"The message is not in English (guess: {language}).")
        if request.repair is not None:
            return await _hand_over(tools, Reason.GATE, "The quoted answer was refused; there is no other wording.")
        answers = await self._answers(request, text, tools)
        if not answers:
            return await _hand_over(tools, Reason.NOT_FOUND, "No approved section answers this.")
        limit = min(MAX_REPLY_CHARS, request.context.max_chars // 2) // len(answers)
        quotes = [await self._quote(answer, limit) for answer in answers]
        if not all(quotes):
            return await _hand_over(tools, Reason.NOT_FOUND, "The section that answers is too long for the channel.")
        citations = [answer.passage.section.uri for answer in answers]
        await tools.invoke("send_response", json.dumps({"message": "\n\n".join(quotes), "citations": citations}))
        return Usage(0, 0)

    async def _answers(self, request: ModelRequest, text: str, tools: ToolPort) -> list[_Answer]:
        """The best passage for each question, each section once; empty when one question has none."""
        asked = questions(text)
        if len(asked) == 1:
            best = self._best(request.passages) or self._best(await _search(tools, second_query(request, text)))
            return [_Answer(text, best)] if best else []
        found: dict[str, _Answer] = {}
        for question in asked:
            best = self._best(await _search(tools, question))
            if best is None:
                return []
            found.setdefault(best.section.uri, _Answer(question, best))
        return list(found.values())

    def _best(self, passages: Sequence[Passage]) -> Passage | None:
        """The first passage if it clears the floor; an embedder without a floor clears nothing."""
        floor = self._embedder.floor
        return passages[0] if passages and floor is not None and passages[0].score >= floor else None

    async def _quote(self, answer: _Answer, limit: int) -> str:
        """What to copy of the section: all of it when short, else the pieces nearest to the question."""
        content = answer.passage.section.content
        if len(content) <= min(WHOLE_CHARS, limit):
            return content
        pieces = spans(content)
        texts = [answer.question, *(plain(content[piece.start : piece.end]) for piece in pieces)]
        asked, *told = await self._embedder.embed(texts)
        scores = [sum(a * b for a, b in zip(asked, vector, strict=True)) for vector in told]
        chosen = best_spans(scores, pieces, min(WHOLE_CHARS, limit)) or best_spans(scores, pieces, limit)[:1]
        return quote(content, chosen)


def second_query(request: ModelRequest, text: str) -> str:
    """Other words for the same search: the question alone, else the subject, else the last sentence."""
    said = [sentence for line in text.splitlines() for sentence in sentences(line)]
    candidates = [
        *(sentence for sentence in reversed(said) if sentence.endswith("?")),
        request.context.subject.strip(),
        *reversed(said),
    ]
    return next((query for query in candidates if query and query != request.query), text)


async def _search(tools: ToolPort, query: str) -> list[Passage]:
    """One search by the turn's tool; a refused or failed one found nothing."""
    raw = await tools.invoke("search_knowledge_base", json.dumps({"query": query[:400], "max_results": SEARCH_RESULTS}))
    try:
        listed = json.loads(raw)["passages"]
        return [
            Passage(Section(item["uri"], item["title"], item["heading"], item["content"]), float(item["score"]))
            for item in listed
        ]
    except (ValueError, KeyError, TypeError):
        return []


async def _hand_over(tools: ToolPort, reason: Reason, summary: str) -> Usage:
    await tools.invoke("escalate_to_human", json.dumps({"reason": reason, "summary": summary}))
    return Usage(0, 0)
