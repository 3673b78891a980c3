"""A turn as the SDK's input items: the customer's words as data, then the calls that were made already."""

import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from agents import TResponseInputItem

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import StoredMessage
from fte_agent.ports import ModelRequest
from fte_agent.text.redaction import redact
from fte_agent.turn import choice, tools
from fte_agent.turn.turn import TICKET_FILED

HISTORY_TOKENS = 1500
"""What earlier messages may cost; the newest come first, whole, and one that does not fit ends it."""

CHARS_PER_TOKEN = 4
"""Of English, roughly: a budget needs no tokenizer."""

SHOWN_PASSAGES = 5


class Preload(StrEnum):
    """How a model is told of what the runtime did already: as calls of its own, or in the customer's message.

    Some hosts refuse calls that their model did not sign.
    """

    CALLS = "Calls"
    MESSAGE = "Message"


def input_items(
    request: ModelRequest, preload: Preload = Preload.CALLS, wording: tools.Wording = tools.Wording.CHOSEN
) -> list[TResponseInputItem]:
    """Everything the model is told of this turn; JSON fences what others wrote, without card and account numbers.

    What changes from turn to turn stands here, after the instructions and tools, which do not: an endpoint that
    caches prefixes finds the same one every time.
    """
    passages = _passages(request, wording)
    if preload is Preload.MESSAGE:
        return [_customer(request, _found(request, passages)), *_repair(request)]
    return [_customer(request, {}), *_preamble(request, passages), *_repair(request)]


def _customer(request: ModelRequest, found: dict[str, Any]) -> TResponseInputItem:
    context, style = request.context, TRAITS[request.context.channel].style
    told: dict[str, Any] = {
        "subject": redact(context.subject),
        "earlier_messages": list(_messages(_affordable(context.history))),
        "messages_to_answer": list(_messages(context.burst)),
        "aim_chars": style.aim_chars,
        "max_chars": context.max_chars,
    } | ({} if style.max_words is None else {"max_words": style.max_words})
    return {"role": "user", "content": json.dumps(told | found, ensure_ascii=False)}


def _found(request: ModelRequest, passages: str) -> dict[str, Any]:
    """The results of the runtime's own calls, without the calls."""
    found: dict[str, Any] = json.loads(passages)
    return {"customer_history": redact(request.history)} | found


def _passages(request: ModelRequest, wording: tools.Wording) -> str:
    shown = request.passages[:SHOWN_PASSAGES]
    if wording is tools.Wording.MESSAGE:
        return tools.passages_json(shown)
    return choice.passages_json(shown, {passage.section.uri: passage for passage in request.passages}, wording)


def _messages(messages: Iterable[StoredMessage]) -> Iterator[dict[str, str]]:
    for message in messages:
        yield {"author": message.author.value, "text": redact(message.body)}


def _affordable(history: Sequence[StoredMessage]) -> list[StoredMessage]:
    """The newest messages that fit the budget, oldest first."""
    chosen: list[StoredMessage] = []
    left = HISTORY_TOKENS * CHARS_PER_TOKEN
    for message in reversed(history):
        left -= len(message.body)
        if left < 0:
            break
        chosen.append(message)
    return chosen[::-1]


def _preamble(request: ModelRequest, passages: str) -> Iterator[TResponseInputItem]:
    """The runtime's own calls, so that one answer of the model is the normal case."""
    calls: tuple[tuple[str, dict[str, str], str], ...] = (
        (tools.CREATE_TICKET, {}, TICKET_FILED),
        (tools.GET_CUSTOMER_HISTORY, {}, redact(request.history)),
        (tools.SEARCH_KNOWLEDGE_BASE, {"query": redact(request.query)}, passages),
    )
    for number, (name, arguments, output) in enumerate(calls, start=1):
        call_id = f"preamble_{number}"
        yield {
            "type": "function_call",
            "call_id": call_id,
            "name": name,
            "arguments": json.dumps(arguments, ensure_ascii=False),
        }
        yield {"type": "function_call_output", "call_id": call_id, "output": output}


def _repair(request: ModelRequest) -> Iterator[TResponseInputItem]:
    if request.repair is not None:
        yield {
            "role": "user",
            "content": f"Your reply was refused: {request.repair}. Send one that keeps the rules, or escalate.",
        }
