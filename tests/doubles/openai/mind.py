"""What the model says: what a test plans, and otherwise what a sober clerk would.

The clerk knows this product's tools. It answers with the passage that shares most words with the question: with its
first sentences by their ids, or copied and cited where none has an id. It searches once more where none shares two
words, and then gives up as not found.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from doubles.openai.conversation import Answer, Asked, Call, Text

WORD = re.compile(r"\w{3,}")
ENOUGH = 2
MAX_SENTENCES = 3
SEARCHES = 2


@dataclass(slots=True)
class Mind:
    """``plan`` for conversations that hold a text; each plan's answers are used in order, then the clerk's."""

    _plans: list[tuple[str, list[Answer]]] = field(default_factory=list)

    def plan(self, *answers: Answer, about: str = "") -> None:
        self._plans.append((about, list(answers)))

    def forget(self) -> None:
        self._plans.clear()

    def answer(self, asked: Asked) -> Answer:
        """The next answer in this conversation."""
        prompt = asked.prompt
        for about, answers in self._plans:
            if answers and about in prompt:
                return answers.pop(0)
        return _clerk(asked)

    @property
    def unused(self) -> int:
        """Planned answers that nobody asked for."""
        return sum(len(answers) for _, answers in self._plans)


def _clerk(asked: Asked) -> Answer:
    told = _objects([*asked.said, *asked.results])
    question = " ".join(m["text"] for one in told for m in one.get("messages_to_answer", ()))
    found = [one["passages"] for one in told if "passages" in one]
    passages = [passage for listed in found for passage in listed]
    names = {tool.get("name") for tool in asked.tools}
    if not question or "send_response" not in names:
        return Answer((Text("How can I help?"),))
    best = max(passages, key=lambda passage: _shared(question, _content(passage)), default=None)
    if best is not None and _shared(question, _content(best)) >= ENOUGH:
        if "sentences" in best:
            return Answer((Call("send_response", {"sentences": list(best["sentences"])[:MAX_SENTENCES]}),))
        sentences = re.split(r"(?<=[.!?])\s+", best["content"].strip())[:MAX_SENTENCES]
        return Answer((Call("send_response", {"message": " ".join(sentences), "citations": [best["uri"]]}),))
    if len(found) < SEARCHES:
        return Answer((Call("search_knowledge_base", {"query": question[:200], "max_results": 5}),))
    gone = {"reason": "not_found", "summary": "The passages do not answer the question.", "draft": None}
    return Answer((Call("escalate_to_human", gone),))


def _content(passage: dict[str, Any]) -> str:
    return " ".join(passage["sentences"].values()) if "sentences" in passage else str(passage["content"])


def _objects(texts: list[str]) -> list[dict[str, Any]]:
    found = []
    for text in texts:
        try:
            value = json.loads(text)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def _shared(one: str, other: str) -> int:
    return len({w.casefold() for w in WORD.findall(one)} & {w.casefold() for w in WORD.findall(other)})
