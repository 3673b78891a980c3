"""The brief that a person gets with a conversation: the request, the evidence seen, what was tried, a draft."""

from collections.abc import Iterable

from fte_agent.domain.knowledge import Passage
from fte_agent.domain.turns import Brief, Citation, ToolCall, TurnContext
from fte_agent.turn import tools
from fte_agent.turn.policy import attached, customer_words

MAX_REQUEST_CHARS = 2000
MAX_EVIDENCE = 3
WITHHELD = "The model's summary held something that stands in no approved text."


def brief(context: TurnContext, ledger: Iterable[ToolCall], retrieved: Iterable[Passage], draft: str) -> Brief:
    """The brief of one turn. ``draft`` is a text that was not sent; the caller says whether it is fit to show."""
    best = sorted(retrieved, key=lambda passage: (-passage.score, passage.section.uri))[:MAX_EVIDENCE]
    searched = (str(c.arguments["query"]) for c in ledger if c.name == tools.SEARCH_KNOWLEDGE_BASE and c.status == "ok")
    return Brief(
        request=customer_words(context)[:MAX_REQUEST_CHARS],
        evidence=tuple(Citation(p.section.uri, p.section.title, p.section.heading) for p in best),
        tried=tuple(dict.fromkeys(searched)),
        draft=draft,
        attachments=attached(context),
    )
