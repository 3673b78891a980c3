"""What the Agents SDK and the vendor's client add to a turn, with an endpoint in the process that answers at once."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx2
import openai
from agents import OpenAIResponsesModel
from turns.measure import CpuClock

from fte_agent.domain.behaviour import Prices
from fte_agent.domain.budget import Grant
from fte_agent.domain.turns import TurnContext, Usage
from fte_agent.evaluation.stopwatch import Stopwatch
from fte_agent.ports import Model, ModelRequest, ToolPort
from fte_agent.sdk.model import SdkModel
from fte_agent.sdk.transport import EndpointTransport
from fte_agent.turn.decide import TurnPorts, run_turn
from fte_agent.turn.purse import Purse, Tariff, paying
from fte_agent.turn.tools import ESCALATE_TO_HUMAN
from fte_prototype.sandbox import COMPANY

NAME = "scripted"
ARGUMENTS = json.dumps({"reason": "human", "summary": "The customer wants a person."})
TARIFF = Tariff(Prices(2_500_000, 1_250_000, 10_000_000), 4096)
ANSWER = {
    "id": "resp_1",
    "object": "response",
    "created_at": 0,
    "status": "completed",
    "model": NAME,
    "output": [
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": ESCALATE_TO_HUMAN,
            "arguments": ARGUMENTS,
            "status": "completed",
        }
    ],
    "parallel_tool_calls": False,
    "tool_choice": "required",
    "tools": [],
    "usage": {
        "input_tokens": 2000,
        "input_tokens_details": {"cached_tokens": 1024},
        "output_tokens": 30,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 2030,
    },
}
BODY = json.dumps(ANSWER).encode()


class Instant(httpx2.AsyncBaseTransport):
    """An endpoint whose model takes no time and says one thing."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer."""
        return httpx2.Response(200, headers={"content-type": "application/json"}, stream=httpx2.ByteStream(BODY))


class Direct:
    """The same model without anything between it and the turn: the baseline."""

    name, prompt_version = NAME, "0"

    async def run(self, request: ModelRequest, tools: ToolPort) -> Usage:
        """Make the call."""
        await tools.invoke(ESCALATE_TO_HUMAN, ARGUMENTS)
        return Usage(2000, 30, 1024)


@asynccontextmanager
async def open_scripted() -> AsyncIterator[SdkModel]:
    """The model behind the SDK, the client and the transport of the product."""
    transport = EndpointTransport("key", Instant(), tariff=TARIFF)
    async with httpx2.AsyncClient(transport=transport, trust_env=False) as http:
        client = openai.AsyncOpenAI(base_url="http://model/v1", api_key="key", max_retries=0, http_client=http)
        yield SdkModel(OpenAIResponsesModel(NAME, openai_client=client), name=NAME, company=COMPANY)


async def overheads(contexts: Sequence[TurnContext], ports: TurnPorts) -> list[float]:
    """CPU milliseconds of each turn's model that are neither the model's nor the tools'; those that ask it alone."""
    found = []
    async with open_scripted() as scripted:
        for context in contexts:
            await _asked(context, ports, Direct())  # the embedder knows the words from here on
            bare, sdk = await _asked(context, ports, Direct()), await _asked(context, ports, scripted)
            if bare is not None and sdk is not None:
                found.append(sdk - bare)
    return found


async def _asked(context: TurnContext, ports: TurnPorts, model: Model) -> float | None:
    watch = Stopwatch(CpuClock())
    with paying(Purse(_granted)):
        await run_turn(context, watch.timed(replace(ports, model=model)))
    return watch.latency().model


async def _granted(spent: int, under_way: int, ceiling: int) -> Grant:
    return Grant.GRANTED
