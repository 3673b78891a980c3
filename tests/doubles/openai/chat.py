"""The Chat Completions API's wire: https://developers.openai.com/api/reference/resources/chat."""

import time
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from doubles.openai.conversation import Answer, Asked, Call, Finish, Item, Text
from doubles.openai.parameters import CHAT, Capabilities, check_choice, check_parameters
from doubles.openai.refusals import Refused, invalid, missing, wrong_type
from doubles.openai.schemas import check_tools
from doubles.openai.usage import Usage

ROLES = ("system", "developer", "user", "assistant", "tool")


def parse(body: Mapping[str, Any], able: Capabilities) -> Asked:
    """The request, checked; raises `Refused`."""
    check_parameters(body, CHAT, able)
    for name in ("model", "messages"):
        if name not in body:
            raise missing(name)
    if "max_tokens" in body and "max_completion_tokens" in body:
        raise invalid("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
    tools = [_function(tool, number) for number, tool in enumerate(body.get("tools") or [])]
    if body.get("tools") == []:
        raise invalid("Invalid 'tools': empty array.", "tools", "empty_array")
    functions = [(tool, f"tools[{number}].function.parameters") for number, tool in enumerate(tools)]
    check_tools(tools, functions, strict_by_default=False)
    if body.get("tool_choice") is not None:
        check_choice(body["tool_choice"], {tool["name"] for tool in tools})
    return Asked(body["model"], tuple(_items(body["messages"])), tools, body, bool(body.get("stream")))


def _function(tool: Any, number: int) -> Mapping[str, Any]:
    if not isinstance(tool, Mapping) or tool.get("type") != "function" or "function" not in tool:
        raise missing(f"tools[{number}].function")
    function: Mapping[str, Any] = tool["function"]
    return function


def _items(messages: Any) -> Iterator[Item]:
    if not isinstance(messages, list) or not messages:
        raise invalid("Invalid 'messages': empty array.", "messages", "empty_array")
    awaited: dict[str, str] = {}
    for number, message in enumerate(messages):
        place = f"messages[{number}]"
        role = message.get("role") if isinstance(message, Mapping) else None
        if role not in ROLES:
            raise invalid(f"Invalid value for '{place}.role'.", f"{place}.role")
        if role == "tool":
            yield _result(message, place, awaited)
            continue
        if awaited:
            raise _unanswered(awaited)
        yield from _said(message, role, place, awaited)
    if awaited:
        raise _unanswered(awaited)


def _said(message: Mapping[str, Any], role: str, place: str, awaited: dict[str, str]) -> Iterator[Item]:
    calls = message.get("tool_calls") or []
    content = message.get("content")
    if content is None and not calls and not message.get("refusal"):
        raise invalid(f"Invalid value for 'content': expected a string, got null ({place}).", place)
    if content is not None:
        kind = "system" if role == "developer" else role
        yield Item(kind, content if isinstance(content, str) else "".join(part.get("text", "") for part in content))
    for call in calls:
        if not (isinstance(call.get("id"), str) and isinstance(call["function"].get("arguments"), str)):
            raise wrong_type(f"{place}.tool_calls", "an id and arguments as text")
        awaited[call["id"]] = call["function"]["name"]
        yield Item("call", call["function"]["arguments"], call["function"]["name"], call["id"])


def _result(message: Mapping[str, Any], place: str, awaited: dict[str, str]) -> Item:
    name = awaited.pop(message.get("tool_call_id", ""), None)
    if name is None:
        said = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
        raise invalid(f"Invalid parameter: {said}", f"{place}.role", None)
    content = message.get("content")
    return Item("result", content if isinstance(content, str) else "".join(p.get("text", "") for p in content), name)


def _unanswered(awaited: Mapping[str, str]) -> Refused:
    said = "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'."
    lacking = ", ".join(awaited)
    return invalid(f"{said} The following tool_call_ids did not have response messages: {lacking}", "messages", None)


def render(asked: Asked, answer: Answer, usage: Usage | None) -> dict[str, Any]:
    """The answer as one object; ``usage`` None is not reported."""
    choice = {"index": 0, "message": _message(answer), "logprobs": None, "finish_reason": _finish(answer)}
    told = _frame(asked) | {"object": "chat.completion", "choices": [choice]}
    return told if usage is None else told | {"usage": usage.chat()}


def failed(code: str) -> dict[str, Any]:
    """An error said with status 200, as hosts between us and a provider do."""
    return {"error": {"message": "Scripted", "code": code}, "user_id": "user_1"}


def _frame(asked: Asked) -> dict[str, Any]:
    told = {"id": f"chatcmpl-{uuid4().hex}", "created": int(time.time()), "model": asked.model}
    return told | {"service_tier": "default", "system_fingerprint": None}


def _finish(answer: Answer) -> Finish | str:
    called = any(isinstance(item, Call) for item in answer.items)
    return "tool_calls" if called and answer.finish == "stop" else answer.finish


def _message(answer: Answer) -> dict[str, Any]:
    words = [item for item in answer.items if isinstance(item, Text)]
    content = "".join(word.text for word in words if not word.refusal) or None
    refusal = "".join(word.text for word in words if word.refusal) or None
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": refusal, "annotations": []}
    if calls := [_call(item) for item in answer.items if isinstance(item, Call)]:
        message["tool_calls"] = calls
    return message


def _call(call: Call) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.raw}}


def events(told: Mapping[str, Any], *, with_usage: bool) -> list[dict[str, Any]]:
    """The answer as the chunks of a stream; usage comes in a last one, only where it was asked for."""
    choice = told["choices"][0]
    frame = {name: told[name] for name in ("id", "created", "model", "service_tier", "system_fingerprint")}
    frame |= {"object": "chat.completion.chunk"} | ({"usage": None} if with_usage else {})
    deltas: list[tuple[dict[str, Any], str | None]] = [({"role": "assistant", "content": ""}, None)]
    message = choice["message"]
    for field in ("content", "refusal"):
        if message[field]:
            deltas += [({field: part}, None) for part in _halves(message[field])]
    for index, call in enumerate(message.get("tool_calls", ())):
        named = {"name": call["function"]["name"], "arguments": ""}
        deltas.append(({"tool_calls": [{"index": index, **call, "function": named}]}, None))
        for part in _halves(call["function"]["arguments"]):
            deltas.append(({"tool_calls": [{"index": index, "function": {"arguments": part}}]}, None))
    deltas.append(({}, choice["finish_reason"]))
    found = [
        frame | {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}]}
        for delta, end in deltas
    ]
    if with_usage and "usage" in told:
        found.append(frame | {"choices": [], "usage": told["usage"]})
    return found


def _halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]
