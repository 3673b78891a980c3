"""The Offline model: it finds the sections that answer and quotes them, or hands over.

Every reply is copied character for character from the sections it cites (reply mode Verbatim), so what
it says holds by construction; whether it is the right section is measured (docs/evaluation.md).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fte_agent.channels import TRAITS
from fte_agent.domain.knowledge import Section
from fte_agent.domain.turns import Reason, Usage
from fte_agent.offline.calibration import SURE
from fte_agent.offline.extract import best_spans, quote, spans
from fte_agent.offline.relevance import COMPARED
from fte_agent.ports import ModelRequest, ToolPort
from fte_agent.text.language import ENGLISH, guess_language
from fte_agent.text.markdown import plain, sentences
from fte_agent.text.questions import separate_questions
from fte_agent.text.terms import content_words
from fte_agent.turn.tools import ESCALATE_TO_HUMAN, MAX_QUERY_CHARS, SEARCH_KNOWLEDGE_BASE, SEND_RESPONSE

SEARCH_RESULTS = 10


@dataclass(frozen=True, slots=True)
class _Answer:
    """A question, the section nearest to it, and how probable it is that this answers it."""

    question: str
    section: Section
    confidence: float

    @property
    def sure(self) -> bool:
        return self.confidence >= SURE


class Judge(Protocol):
    """What the model needs of `fte_agent.offline.relevance.Relevance`."""

    async def nearest(self, question: str, sections: Sequence[Section]) -> tuple[Section, float] | None:
        """The section nearest to ``question`` and how probable it is that it answers; None without any."""

    async def closeness(self, question: str, texts: Sequence[str]) -> list[float]:
        """How near each text is to ``question``."""


class OfflineModel:
    """Implements `Model` without a language model. It never makes a sentence of its own."""

    name = "offline"
    prompt_version = "offline-2"

    def __init__(self, relevance: Judge) -> None:
        self._relevance = relevance

    async def run(self, request: ModelRequest, tools: ToolPort) -> Usage:
        """Answer from the passages, search a second time if none will do, else hand over."""
        text = "\n".join(message.body for message in request.context.burst)
        language = guess_language(f"{request.context.subject}\n{text}")
        if language != ENGLISH:
            return await _hand_over(tools, Reason.LANGUAGE, f"The message is not in English (guess: {language}).")
        if request.repair is not None:
            return await _hand_over(tools, Reason.GATE, "The quoted answer was refused; there is no other wording.")
        answers = await self._answers(request, text, tools)
        sure = [answer for answer in answers if answer.sure]
        draft, citations = await self._quoted(sure, request)
        open_ones = [a for a in answers if not (a.sure or (a.section.uri in citations and a.confidence >= SURE / 2))]
        if open_ones or not sure:
            summary = f"No approved section answers {len(open_ones) or 1} of {max(1, len(answers))} questions."
            return await _hand_over(tools, Reason.NOT_FOUND, summary, draft)
        if not draft:
            return await _hand_over(tools, Reason.NOT_FOUND, "The section that answers is too long for the channel.")
        await tools.invoke(SEND_RESPONSE, json.dumps({"message": draft, "citations": citations}))
        return Usage(0, 0)

    async def _answers(self, request: ModelRequest, text: str, tools: ToolPort) -> list[_Answer]:
        """The nearest section for each separate question, or for the whole message where it is one matter."""
        asked = separate_questions(text)
        if len(asked) > 1:
            for question in asked:
                await _search(tools, question)
            judged = [await self._judge(question, tools) for question in asked]
        else:
            judged = [await self._judge(request.query, tools)]
            if not (judged[0] and judged[0].sure):
                await _search(tools, second_query(request, text))
                judged = [await self._judge(request.query, tools)]
        return [answer for answer in judged if answer is not None]

    async def _judge(self, question: str, tools: ToolPort) -> _Answer | None:
        """The section nearest to ``question`` of all found so far; None if nothing was, or nobody can say."""
        found = sorted(tools.retrieved.values(), key=lambda passage: (-passage.score, passage.section.uri))
        judged = await self._relevance.nearest(question, [passage.section for passage in found[:COMPARED]])
        return None if judged is None else _Answer(question, *judged)

    async def _quoted(self, answers: Sequence[_Answer], request: ModelRequest) -> tuple[str, list[str]]:
        """What to copy for all answers, each section once, and the sections; nothing if one does not fit."""
        room = min(TRAITS[request.context.channel].style.aim_chars, request.context.max_chars // 2)
        once = {answer.section.uri: answer for answer in reversed(answers)}
        chosen = [answer for answer in answers if once[answer.section.uri] is answer]
        quotes = [await self._quote(answer, room // len(chosen)) for answer in chosen]
        return ("\n\n".join(quotes), [answer.section.uri for answer in chosen]) if all(quotes) else ("", [])

    async def _quote(self, answer: _Answer, limit: int) -> str:
        """All of the section when it is short, else the pieces nearest to the question."""
        content = answer.section.content
        if len(content) <= limit:
            return content
        pieces = spans(content)
        texts = [plain(content[piece.start : piece.end]) for piece in pieces]
        scores = await self._relevance.closeness(answer.question, texts)
        return quote(content, best_spans(scores, pieces, limit))


def second_query(request: ModelRequest, text: str) -> str:
    """Other words for the same search: the last question alone, else the subject, the last sentence, the words
    with content."""
    said = [sentence for line in text.splitlines() for sentence in sentences(line)]
    candidates = [
        *(sentence for sentence in reversed(said) if sentence.endswith("?")),
        request.context.subject.strip(),
        *reversed(said),
        " ".join(content_words(text)),
    ]
    return next((query for query in candidates if query and query != request.query), text)


async def _search(tools: ToolPort, query: str) -> None:
    await tools.invoke(
        SEARCH_KNOWLEDGE_BASE, json.dumps({"query": query[:MAX_QUERY_CHARS], "max_results": SEARCH_RESULTS})
    )


async def _hand_over(tools: ToolPort, reason: Reason, summary: str, draft: str = "") -> Usage:
    given = {"reason": reason, "summary": summary} | ({"draft": draft} if draft else {})
    await tools.invoke(ESCALATE_TO_HUMAN, json.dumps(given))
    return Usage(0, 0)
