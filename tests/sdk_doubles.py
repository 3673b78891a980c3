"""A turn behind the SDK, with scripted models and with an endpoint of our own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import agents
import openai
from agents import OpenAIChatCompletionsModel
from agents.testing import function_call

from fte_agent.domain.behaviour import Company
from fte_agent.domain.turns import Decision, TurnContext
from fte_agent.ports import Search
from fte_agent.sdk.model import SdkModel
from fte_agent.testing import FixedClock, FixedHistory, FixedSearch, WordClassifier, a_context, a_passage
from fte_agent.turn.decide import TurnPorts, run_turn
from fte_agent.turn.tools import Wording

COMPANY = Company("Acme")
PASSAGE = a_passage("Choose Export.")
GOOD = {"sentences": ["a.1"]}
PREAMBLE = ["create_ticket", "get_customer_history", "search_knowledge_base"]


def send(call_id: str = "1", **changes: object) -> Any:
    return function_call("send_response", GOOD | changes, call_id=call_id)


def search(call_id: str = "1", query: str = "x") -> Any:
    return function_call("search_knowledge_base", {"query": query, "max_results": 3}, call_id=call_id)


def escalate(call_id: str = "1") -> Any:
    return function_call("escalate_to_human", {"reason": "legal", "summary": "x"}, call_id=call_id)


async def decide(
    model: agents.Model, *, context: TurnContext | None = None, found: Search | None = None, **settings: Any
) -> Decision:
    ports = TurnPorts(
        company=COMPANY,
        customers=FixedHistory(),
        search=found or FixedSearch([PASSAGE]),
        model=SdkModel(model, name="gpt-4o", company=COMPANY, **settings),
        classifier=WordClassifier(),
        clock=FixedClock(step=0.001),
        wording=Wording.CHOSEN,
    )
    return await run_turn(context or a_context("How do I export?", subject="Export"), ports)


def lines(decision: Decision) -> list[tuple[str, str]]:
    """What the model's own calls came to."""
    return [(call.name, call.status) for call in decision.tool_calls[len(PREAMBLE) :]]


COMPLETION = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "any",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "x",
                        "type": "function",
                        "function": {"name": "send_response", "arguments": json.dumps(GOOD)},
                    }
                ],
            },
        }
    ],
}


@asynccontextmanager
async def endpoint(status: int, content_type: str, body: str) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """An HTTP server that gives one answer to everything: its base URL, and the bodies it was sent."""
    journal: list[dict[str, Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        journal.append(json.loads(await reader.readexactly(length)))
        raw = body.encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {len(raw)}\r\n"
            "connection: close\r\n\r\n".encode()
            + raw
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", journal


async def over_http(
    status: int, content_type: str, body: str, *contexts: TurnContext
) -> tuple[Decision, list[dict[str, Any]]]:
    """The last turn's decision, and what the endpoint was sent; one turn unless ``contexts`` says which."""
    async with (
        endpoint(status, content_type, body) as (url, journal),
        openai.AsyncOpenAI(base_url=url, api_key="not-a-key", max_retries=0) as client,
    ):
        model = OpenAIChatCompletionsModel("any", openai_client=client)
        for context in contexts or (None,):
            decision = await decide(model, context=context)
        return decision, journal
