"""The Responses API's wire: https://developers.openai.com/api/reference/resources/responses."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from doubles.openai.conversation import Answer, Asked, Call, Item, Text
from doubles.openai.parameters import RESPONSES, Capabilities, check_choice, check_parameters
from doubles.openai.refusals import invalid, missing, wrong_type
from doubles.openai.schemas import check_tools
from doubles.openai.usage import Usage

MAX_CALL_ID = 64
PREFIXES = {"function_call": "fc", "message": "msg"}
WANTED = {"function_call": ("call_id", "name", "arguments"), "function_call_output": ("call_id", "output")}
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


def parse(body: Mapping[str, Any], able: Capabilities) -> Asked:
    """The request, checked; raises `Refused`."""
    check_parameters(body, RESPONSES, able)
    for name in ("model", "input"):
        if name not in body:
            raise missing(name)
    tools = body.get("tools") or []
    check_tools(tools, [(t, f"tools[{n}].parameters") for n, t in enumerate(tools)], strict_by_default=True)
    if body.get("tool_choice") is not None:
        check_choice(body["tool_choice"], {tool["name"] for tool in tools})
    said = [Item("system", body["instructions"])] if body.get("instructions") else []
    items = tuple(said + list(_items(body["input"])))
    return Asked(body["model"], items, tools, body, bool(body.get("stream")))


def _items(given: Any) -> Iterator[Item]:
    if isinstance(given, str):
        yield Item("user", given)
        return
    if not isinstance(given, list):
        raise wrong_type("input", "a string or an array")
    open_calls: dict[str, str] = {}
    for number, item in enumerate(given):
        place = f"input[{number}]"
        if not isinstance(item, Mapping):
            raise wrong_type(place, "an object")
        kind = item.get("type", "message")
        if "id" in item and kind in PREFIXES and not str(item["id"]).startswith(PREFIXES[kind]):
            raise invalid(f"Invalid '{place}.id': expected an ID that begins with '{PREFIXES[kind]}'.", f"{place}.id")
        yield _item(item, kind, place, open_calls)
    if open_calls:
        raise invalid(f"No tool output found for function call {next(iter(open_calls))}.", "input", None)


def _item(item: Mapping[str, Any], kind: str, place: str, open_calls: dict[str, str]) -> Item:
    if kind == "message":
        if item.get("role") not in ("user", "assistant", "system", "developer"):
            raise invalid(f"Invalid value for '{place}.role'.", f"{place}.role")
        return Item("system" if item["role"] == "developer" else item["role"], _text(item.get("content"), place))
    wanted = WANTED.get(kind)
    if wanted is None:
        raise invalid(f"Invalid value: '{kind}'.", place)
    for name in wanted:
        if name not in item:
            raise missing(f"{place}.{name}")
        if not isinstance(item[name], str):
            raise wrong_type(f"{place}.{name}", "a string")
    call_id = item["call_id"]
    if not 0 < len(call_id) <= MAX_CALL_ID:
        raise invalid(f"Invalid '{place}.call_id': expected 1 to {MAX_CALL_ID} characters.", f"{place}.call_id")
    if kind == "function_call":
        open_calls[call_id] = item["name"]
        return Item("call", item["arguments"], item["name"], call_id)
    if call_id not in open_calls:
        raise invalid(f"No tool call found for function call output with call_id {call_id}.", "input", None)
    return Item("result", item["output"], open_calls.pop(call_id), call_id)


def _text(content: Any, place: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise missing(f"{place}.content")
    return "".join(part.get("text") or part.get("refusal") or "" for part in content)


def render(asked: Asked, answer: Answer, usage: Usage | None) -> dict[str, Any]:
    """The answer as one object; ``usage`` None is not reported."""
    cut = INCOMPLETE.get(answer.finish)
    output = [_output(item, "incomplete" if cut else "completed") for item in answer.items]
    told = _frame(asked) | {"status": "incomplete" if cut else "completed", "output": output}
    told["incomplete_details"] = {"reason": cut} if cut else None
    return told | {"usage": None if usage is None else usage.responses()}


def failed(asked: Asked, code: str) -> dict[str, Any]:
    """An answer that came to nothing, said with status 200."""
    return _frame(asked) | {"status": "failed", "error": {"code": code, "message": "Scripted"}, "output": []}


def _frame(asked: Asked) -> dict[str, Any]:
    echoed = ("instructions", "max_output_tokens", "metadata", "previous_response_id", "prompt_cache_key")
    plain = {name: asked.body.get(name) for name in echoed}
    kept = {"id": f"resp_{uuid4().hex}", "object": "response", "created_at": int(time.time()), "status": "in_progress"}
    kept |= {"error": None, "incomplete_details": None, "background": False, "model": asked.model, "output": []}
    kept |= {"parallel_tool_calls": asked.body.get("parallel_tool_calls", True), "tools": list(asked.tools)}
    kept |= {"temperature": asked.body.get("temperature", 1.0), "top_p": asked.body.get("top_p", 1.0)}
    kept |= {"store": asked.body.get("store", True), "tool_choice": asked.body.get("tool_choice", "auto")}
    return plain | kept | {"text": {"format": {"type": "text"}}, "truncation": "disabled", "usage": None}


def _output(item: Call | Text, status: str) -> dict[str, Any]:
    if isinstance(item, Call):
        told = {"call_id": item.id, "name": item.name, "arguments": item.raw}
        return {"type": "function_call", "id": f"fc_{uuid4().hex}", "status": status} | told
    part = {"type": "refusal", "refusal": item.text} if item.refusal else _output_text(item.text)
    return {"type": "message", "id": f"msg_{uuid4().hex}", "status": status, "role": "assistant", "content": [part]}


def _output_text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def events(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer as the events of a stream, in the order of
    https://developers.openai.com/api/docs/guides/streaming-responses."""
    begun = dict(told) | {"status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    found = [{"type": "response.created", "response": begun}, {"type": "response.in_progress", "response": begun}]
    for index, item in enumerate(told["output"]):
        found += _item_events(item, index)
    found.append({"type": f"response.{told['status']}", "response": dict(told)})
    return [{**event, "sequence_number": number} for number, event in enumerate(found)]


def _item_events(item: Mapping[str, Any], index: int) -> list[dict[str, Any]]:
    place = {"item_id": item["id"], "output_index": index}
    if item["type"] == "function_call":
        begun = {**item, "arguments": "", "status": "in_progress"}
        deltas = [{"type": "response.function_call_arguments.delta", "delta": d} for d in _halves(item["arguments"])]
        done = {"type": "response.function_call_arguments.done", "arguments": item["arguments"], "name": item["name"]}
        inner = [event | place for event in (*deltas, done)]
    else:
        begun = {**item, "content": [], "status": "in_progress"}
        inner = [event | place | {"content_index": 0} for event in _part_events(item["content"][0])]
    added = {"type": "response.output_item.added", "output_index": index, "item": begun}
    return [added, *inner, {"type": "response.output_item.done", "output_index": index, "item": dict(item)}]


def _part_events(part: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    field, kind = ("refusal", "refusal") if part["type"] == "refusal" else ("text", "output_text")
    more = {} if kind == "refusal" else {"logprobs": []}
    deltas = [{"type": f"response.{kind}.delta", "delta": delta} | more for delta in _halves(part[field])]
    done = {"type": f"response.{kind}.done", field: part[field]} | more
    added = {"type": "response.content_part.added", "part": {**part, field: ""}}
    return (added, *deltas, done, {"type": "response.content_part.done", "part": dict(part)})


def _halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]
