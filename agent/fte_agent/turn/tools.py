"""The five tools as a model sees them: their inputs, and the text a search gives back.

Identifiers, recipient and channel are no inputs: they are bound from the turn's context.
"""

import json
import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from fte_agent.domain.knowledge import Passage
from fte_agent.domain.messages import Category, Priority
from fte_agent.domain.turns import Reason

CREATE_TICKET = "create_ticket"
GET_CUSTOMER_HISTORY = "get_customer_history"
SEARCH_KNOWLEDGE_BASE = "search_knowledge_base"
ESCALATE_TO_HUMAN = "escalate_to_human"
SEND_RESPONSE = "send_response"

MAX_QUERY_CHARS = 1000
MAX_MESSAGE_CHARS = 8000
MAX_SUMMARY_CHARS = 1000
MAX_CITATIONS = 10

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _storable(text: str) -> str:
    """Refuse what no store takes: NUL and other control characters, halves of surrogate pairs."""
    if _UNSTORABLE.search(text):
        raise ValueError("holds a character that cannot be stored")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Uri = Annotated[Text, Field(min_length=1, max_length=500)]


class ToolInput(BaseModel):
    """Base of all inputs: nothing unknown, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TicketInput(ToolInput):
    """File the conversation's ticket under a category and priority; leave out what is not certain."""

    category: Category | None = None
    priority: Priority | None = None


class HistoryInput(ToolInput):
    """Read the account of this customer's earlier conversations."""


class KnowledgeSearchInput(ToolInput):
    """Search the approved documents. Only what a search returned in this turn may be cited."""

    query: Annotated[Text, Field(min_length=1, max_length=MAX_QUERY_CHARS)]
    max_results: Annotated[int, Field(ge=1, le=10)] = 5


class EscalationInput(ToolInput):
    """Hand the conversation to a person. The customer gets an approved acknowledgement.

    ``draft`` is a reply that the person may start from: it is never sent as it stands.
    """

    reason: Literal[
        Reason.SAFETY,
        Reason.LEGAL,
        Reason.THREAT,
        Reason.SECURITY,
        Reason.REFUND,
        Reason.PRICING,
        Reason.HUMAN,
        Reason.LANGUAGE,
        Reason.NOT_FOUND,
        Reason.GATE,
    ]
    summary: Annotated[Text, Field(min_length=1, max_length=MAX_SUMMARY_CHARS)]
    draft: Annotated[Text, Field(max_length=MAX_MESSAGE_CHARS)] | None = None


class ResponseInput(ToolInput):
    """Answer the customer. ``citations`` are the uris of the passages that the message rests on."""

    message: Annotated[Text, Field(min_length=1, max_length=MAX_MESSAGE_CHARS)]
    citations: Annotated[tuple[Uri, ...], Field(max_length=MAX_CITATIONS)] = ()


SPEC: dict[str, type[ToolInput]] = {
    CREATE_TICKET: TicketInput,
    GET_CUSTOMER_HISTORY: HistoryInput,
    SEARCH_KNOWLEDGE_BASE: KnowledgeSearchInput,
    ESCALATE_TO_HUMAN: EscalationInput,
    SEND_RESPONSE: ResponseInput,
}

CLOSING = frozenset({ESCALATE_TO_HUMAN, SEND_RESPONSE})
"""Tools that end a turn."""


def describe_faults(error: ValidationError) -> str:
    """What is wrong with a call's arguments, without repeating them: field and kind of fault."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['type']}" for fault in faults[:5])


def passages_json(passages: Iterable[Passage]) -> str:
    """What a search tells the model: the passages, best first, as data."""
    listed = [
        {
            "uri": passage.section.uri,
            "title": passage.section.title,
            "heading": passage.section.heading,
            "content": passage.section.content,
            "score": passage.score,
        }
        for passage in passages
    ]
    return json.dumps({"passages": listed}, ensure_ascii=False)
