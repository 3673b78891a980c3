"""The five tools as a model sees them: their inputs, and the text a search gives back.

Identifiers, recipient and channel are no inputs: they are bound from the turn's context.
"""

import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from fte_agent.domain.knowledge import Passage
from fte_agent.domain.messages import Category, Priority
from fte_agent.domain.turns import Reason
from fte_agent.gate.checks import ReplyMode

CREATE_TICKET = "create_ticket"
GET_CUSTOMER_HISTORY = "get_customer_history"
SEARCH_KNOWLEDGE_BASE = "search_knowledge_base"
ESCALATE_TO_HUMAN = "escalate_to_human"
SEND_RESPONSE = "send_response"

MAX_QUERY_CHARS = 1000
MAX_MESSAGE_CHARS = 8000
MAX_SUMMARY_CHARS = 1000
MAX_CITATIONS = 10
MAX_SENTENCES = 60
MAX_ARGUMENT_CHARS = 20_000
MAX_SUPPORTS = 8

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _storable(text: str) -> str:
    """Refuse what no store takes: NUL and other control characters, halves of surrogate pairs."""
    if _UNSTORABLE.search(text):
        raise ValueError("holds a character that cannot be stored")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Uri = Annotated[Text, Field(min_length=1, max_length=500)]
Id = Annotated[Text, Field(min_length=1, max_length=20)]


class Wording(StrEnum):
    """How a model words a reply: it copies or writes a message, names sentences by id, or names for each sentence of
    its own those that it rests on."""

    MESSAGE = "message"
    CHOSEN = "chosen"
    SUPPORTED = "supported"


class ToolInput(BaseModel):
    """Base of all inputs: nothing unknown, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TicketInput(ToolInput):
    """File the conversation's ticket under a category and priority; leave out what is not certain."""

    category: Category | None = None
    priority: Priority | None = None


class HistoryInput(ToolInput):
    """Read of this customer's earlier tickets, and how many other conversations must not be told here."""


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


class ChosenInput(ToolInput):
    """Answer the customer with sentences of the passages, by their ids in the order of the answer.

    Between them may stand ``first``, ``second``, ``third``, which name the question that what follows answers, and
    ``also``. What a sentence must not be read without comes along by itself.
    """

    sentences: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MAX_SENTENCES)]


class OwnSentence(ToolInput):
    """One sentence of a reply, or one item of a list, and the ids of the sentences that it says anew."""

    text: Annotated[Text, Field(min_length=1, max_length=1000)]
    supports: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MAX_SUPPORTS)]


class SupportedInput(ToolInput):
    """Answer the customer in your own sentences, each with the ids of the sentences of the passages that say it."""

    sentences: Annotated[tuple[OwnSentence, ...], Field(min_length=1, max_length=MAX_SENTENCES)]


SPEC: dict[str, type[ToolInput]] = {
    CREATE_TICKET: TicketInput,
    GET_CUSTOMER_HISTORY: HistoryInput,
    SEARCH_KNOWLEDGE_BASE: KnowledgeSearchInput,
    ESCALATE_TO_HUMAN: EscalationInput,
    SEND_RESPONSE: ResponseInput,
}

WORDED: Mapping[Wording, type[ToolInput]] = {
    Wording.MESSAGE: ResponseInput,
    Wording.CHOSEN: ChosenInput,
    Wording.SUPPORTED: SupportedInput,
}
"""What ``send_response`` takes of each way to word a reply."""


def wording_in(mode: ReplyMode) -> Wording:
    """How a hosted model words its replies."""
    return Wording.CHOSEN if mode is ReplyMode.VERBATIM else Wording.SUPPORTED


def spec_for(wording: Wording) -> dict[str, type[ToolInput]]:
    """The tools as they are offered to a model that words its replies so."""
    return SPEC | {SEND_RESPONSE: WORDED[wording]}


def parse(name: str, raw_json: str, wording: Wording = Wording.MESSAGE) -> ToolInput:
    """A call's arguments, as they were offered to a model that words its replies so, and no others.

    Raises:
        ValidationError: they are not what the tool takes.
    """
    return spec_for(wording)[name].model_validate_json(raw_json or "{}")


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
