"""A small world around the OpenAI double: the vendor's client, and requests as this product makes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
from doubles.openai.double import KEY, OpenAIDouble

MODEL = "gpt-4o"
SMALL = "text-embedding-3-small"

PARAMETERS = {
    "type": "object",
    "properties": {"message": {"type": "string"}, "citations": {"type": "array", "items": {"type": "string"}}},
    "required": ["message", "citations"],
    "additionalProperties": False,
}
SEND = {"type": "function", "name": "send_response", "description": "Answer.", "parameters": PARAMETERS, "strict": True}
CHAT_SEND = {"type": "function", "function": {name: value for name, value in SEND.items() if name != "type"}}
CALL = {"type": "function_call", "call_id": "call_1", "name": "send_response", "arguments": "{}"}
RESULT = {"type": "function_call_output", "call_id": "call_1", "output": "Accepted."}
CHAT_CALLS = [{"id": "call_1", "type": "function", "function": {"name": "send_response", "arguments": "{}"}}]
CHAT_CALL = {"role": "assistant", "tool_calls": CHAT_CALLS}
CHAT_RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "Accepted."}
USER = {"role": "user", "content": "How do I export?"}


@asynccontextmanager
async def client(
    endpoint: OpenAIDouble, key: str = KEY, *, seconds: float = 20, **settings: Any
) -> AsyncIterator[openai.AsyncOpenAI]:
    """The vendor's client; it asks once unless ``settings`` say otherwise."""
    told = {"max_retries": 0, "timeout": seconds} | settings
    async with openai.AsyncOpenAI(base_url=endpoint.base_url, api_key=key, **told) as made:
        yield made


async def ask(endpoint: OpenAIDouble, key: str = KEY, **changes: Any) -> Any:
    """One request to the Responses API."""
    async with client(endpoint, key) as made:
        return await made.responses.create(**{"model": MODEL, "input": "Hello"} | changes)


async def chat(endpoint: OpenAIDouble, key: str = KEY, **changes: Any) -> Any:
    """One request to the Chat Completions API."""
    async with client(endpoint, key) as made:
        return await made.chat.completions.create(**{"model": MODEL, "messages": [USER]} | changes)


async def embed(endpoint: OpenAIDouble, given: Any, **changes: Any) -> Any:
    async with client(endpoint) as made:
        return await made.embeddings.create(**{"model": SMALL, "input": given} | changes)
