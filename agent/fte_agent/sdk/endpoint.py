"""A model behind an HTTP endpoint that speaks one of OpenAI's two APIs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

import agents
import httpx2
import openai
from agents import ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel

from fte_agent.domain.behaviour import Company, Prices
from fte_agent.gate.checks import ReplyMode
from fte_agent.prompts.loader import load_prompt
from fte_agent.sdk.answers import examine
from fte_agent.sdk.messages import Preload
from fte_agent.sdk.model import TIMEOUT_SECONDS, SdkModel
from fte_agent.sdk.retries import retry_settings
from fte_agent.sdk.traffic import Traffic
from fte_agent.sdk.traffic_transport import TrafficTransport
from fte_agent.sdk.transport import MAX_ANSWER_BYTES, EndpointTransport
from fte_agent.sdk.verifier import SdkVerifier
from fte_agent.turn.purse import Tariff

CONNECT_SECONDS = 5.0
_KEY_IS_THE_TRANSPORT_S = "set-by-the-transport"


class Api(StrEnum):
    """Which of the two APIs the endpoint speaks; many speak the older one alone."""

    RESPONSES = "Responses"
    CHAT_COMPLETIONS = "ChatCompletions"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an endpoint takes. What it lacks is left out of every request.

    ``store``: that nothing is kept. ``parallel_tool_calls``: that calls come one by one. ``tool_choice``: that a call
    is required. ``preload``: how the runtime's own calls are told. ``prompt_cache_key``: which requests share a prefix.
    ``max_completion_tokens``: the newer name that Chat Completions has for the bound.
    """

    store: bool = True
    parallel_tool_calls: bool = True
    tool_choice: bool = True
    preload: Preload = Preload.CALLS
    prompt_cache_key: bool = False
    max_completion_tokens: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is and how it is asked. ``base_url`` ends before ``/responses`` or ``/chat``.

    ``request_timeout_seconds`` bounds each request, ``max_output_tokens`` each answer, ``retries`` the further requests
    for one answer. What requests cost is not known without ``prices``.

    Raises:
        ValueError: an address that is none, or a key that no header takes. The text holds neither.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str
    api: Api = Api.RESPONSES
    capabilities: Capabilities = field(default_factory=Capabilities)
    request_timeout_seconds: float = 15.0
    max_output_tokens: int = 4096
    retries: int = 2
    prices: Prices | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("the model's base URL must be http or https, without query or fragment")
        if parts.username is not None or parts.password is not None:
            raise ValueError("the model's base URL must hold no user")
        if not self.api_key or not all("!" <= char <= "~" for char in self.api_key):
            raise ValueError("the model's key must be of visible ASCII characters")


@asynccontextmanager
async def open_model(
    endpoint: Endpoint,
    *,
    company: Company,
    mode: ReplyMode = ReplyMode.VERBATIM,
    timeout_seconds: float = TIMEOUT_SECONDS,
    traffic: Traffic | None = None,
) -> AsyncIterator[SdkModel]:
    """The endpoint's model until the block ends. A run takes at most ``timeout_seconds``, further requests included."""
    async with open_client(endpoint, traffic=traffic) as client:
        yield SdkModel(
            _model(endpoint, client),
            name=endpoint.model,
            company=company,
            mode=mode,
            timeout_seconds=timeout_seconds,
            settings=_settings(endpoint, load_prompt(mode).version),
            preload=endpoint.capabilities.preload,
        )


@asynccontextmanager
async def open_verifier(endpoint: Endpoint, traffic: Traffic | None = None) -> AsyncIterator[SdkVerifier]:
    """The endpoint's model as the reader of Grounded replies, until the block ends."""
    async with open_client(endpoint, traffic=traffic) as client:
        yield SdkVerifier(_model(endpoint, client), settings=_settings(endpoint, "verify"))


@asynccontextmanager
async def open_client(
    endpoint: Endpoint,
    examined: Callable[[bytes], None] = examine,
    longest: int = MAX_ANSWER_BYTES,
    traffic: Traffic | None = None,
) -> AsyncIterator[openai.AsyncOpenAI]:
    """The vendor's client until the block ends.

    It asks once, takes an answer of ``longest`` bytes, and ``examined`` may refuse a successful one. ``traffic``
    stands before the endpoint, and may answer in its place.
    """
    wire: httpx2.AsyncBaseTransport = httpx2.AsyncHTTPTransport(trust_env=False)
    if traffic is not None:
        wire = TrafficTransport(traffic, wire)
    tariff = Tariff(endpoint.prices, endpoint.max_output_tokens)
    transport = EndpointTransport(endpoint.api_key, wire, examined, tariff, longest)
    seconds = httpx2.Timeout(endpoint.request_timeout_seconds, connect=CONNECT_SECONDS)
    async with httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False) as http:
        yield openai.AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=_KEY_IS_THE_TRANSPORT_S,
            max_retries=0,
            timeout=seconds,
            http_client=http,
        )


def _model(endpoint: Endpoint, client: openai.AsyncOpenAI) -> agents.Model:
    if endpoint.api is Api.RESPONSES:
        return OpenAIResponsesModel(endpoint.model, openai_client=client)
    return OpenAIChatCompletionsModel(endpoint.model, openai_client=client)


def _settings(endpoint: Endpoint, prompt_version: str) -> ModelSettings:
    able = endpoint.capabilities
    bound, newer = endpoint.max_output_tokens, able.max_completion_tokens and endpoint.api is Api.CHAT_COMPLETIONS
    more: dict[str, object] = {"max_completion_tokens": bound} if newer else {}
    if able.prompt_cache_key:
        more["prompt_cache_key"] = prompt_version
    return ModelSettings(
        tool_choice="required" if able.tool_choice else None,
        parallel_tool_calls=False if able.parallel_tool_calls else None,
        store=False if able.store else None,
        max_tokens=None if newer else bound,
        timeout=endpoint.request_timeout_seconds,
        retry=retry_settings(endpoint.retries),
        preserve_raw_usage=True,
        extra_args=more or None,
    )
