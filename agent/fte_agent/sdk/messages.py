"""A turn as the SDK's input items: the customer's words as data, then the calls that were made already."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from agents import TResponseInputItem

from fte_agent import tools
from fte_agent.domain.messages import StoredMessage
from fte_agent.ports import ModelRequest
from fte_agent.turn import TICKET_FILED


def input_items(request: ModelRequest) -> list[TResponseInputItem]:
    """Everything the model is told of this turn; JSON fences what others wrote."""
    return [_customer(request), *_preamble(request), *_repair(request)]


def _customer(request: ModelRequest) -> TResponseInputItem:
    context = request.context
    told: dict[str, Any] = {
        "subject": context.subject,
        "earlier_messages": list(_messages(context.history)),
        "messages_to_answer": list(_messages(context.burst)),
        "max_chars": context.max_chars,
    }
    return {"role": "user", "content": json.dumps(told, ensure_ascii=False)}


def _messages(messages: Iterable[StoredMessage]) -> Iterator[dict[str, str]]:
    for message in messages:
        yield {"author": message.author.value, "text": message.body}


def _preamble(request: ModelRequest) -> Iterator[TResponseInputItem]:
    """The runtime's own calls, so that one answer of the model is the normal case."""
    calls: tuple[tuple[str, dict[str, str], str], ...] = (
        (tools.CREATE_TICKET, {}, TICKET_FILED),
        (tools.GET_CUSTOMER_HISTORY, {}, request.history),
        (tools.SEARCH_KNOWLEDGE_BASE, {"query": request.query}, tools.passages_json(request.passages)),
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
