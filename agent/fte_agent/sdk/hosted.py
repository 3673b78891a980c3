"""The hosted model and embedder of a behaviour: their endpoints opened, and the checks of their keys."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

from fte_agent.domain.behaviour import Behaviour, HostedEmbedding, HostedModel
from fte_agent.gate.checks import ReplyMode
from fte_agent.sdk.check import open_check
from fte_agent.sdk.embeddings import EmbeddingEndpoint, EndpointEmbedder, Spent, open_embedder
from fte_agent.sdk.endpoint import Api, Capabilities, Endpoint, open_model, open_verifier
from fte_agent.sdk.messages import Preload
from fte_agent.sdk.model import TIMEOUT_SECONDS, SdkModel
from fte_agent.sdk.traffic import Traffic
from fte_agent.sdk.verifier import SdkVerifier

SPARE_SECONDS = 5.0
"""Of a run beyond its first request, so that one request may take all of its own time."""

_OPENAI = "OpenAI"


@asynccontextmanager
async def open_hosted(
    behaviour: Behaviour,
    hosted: HostedModel,
    *,
    api_key: str,
    request_timeout_seconds: float,
    traffic: Traffic | None = None,
) -> AsyncIterator[tuple[SdkModel, Callable[[], Awaitable[None]]]]:
    """The model and `open_check`'s call until the block ends.

    Raises:
        ValueError: an address that is none, or a key that no header takes. The text holds neither.
    """
    endpoint = endpoint_of(behaviour, hosted, api_key=api_key, request_timeout_seconds=request_timeout_seconds)
    run_seconds = max(TIMEOUT_SECONDS, request_timeout_seconds + SPARE_SECONDS)
    async with AsyncExitStack() as resources:
        mode = ReplyMode(behaviour.policy.reply_mode)
        opened = open_model(
            endpoint, company=behaviour.company, mode=mode, timeout_seconds=run_seconds, traffic=traffic
        )
        model = await resources.enter_async_context(opened)
        yield model, await resources.enter_async_context(open_check(endpoint))


@asynccontextmanager
async def open_reader(
    behaviour: Behaviour,
    hosted: HostedModel,
    *,
    api_key: str,
    request_timeout_seconds: float,
    traffic: Traffic | None = None,
) -> AsyncIterator[SdkVerifier]:
    """Who reads Grounded replies a second time: the policy's verifier, or the employee's own model."""
    endpoint = endpoint_of(behaviour, hosted, api_key=api_key, request_timeout_seconds=request_timeout_seconds)
    other = behaviour.policy.verifier
    if other is not None:
        endpoint = replace(endpoint, model=other.name, prices=other.prices or endpoint.prices)
    async with open_verifier(endpoint, traffic) as verifier:
        yield verifier


@asynccontextmanager
async def open_hosted_embedder(
    embedding: HostedEmbedding, api_key: str, spent: Spent | None, **limits: Any
) -> AsyncIterator[tuple[EndpointEmbedder, Callable[[], Awaitable[None]]]]:
    """The embedder and the check of its key until the block ends; ``limits`` as `EmbeddingEndpoint` has them.

    Raises:
        ValueError: as `open_hosted`.
    """
    endpoint = EmbeddingEndpoint(
        base_url=embedding.base_url,
        api_key=api_key,
        model=embedding.model,
        dimensions=embedding.dimensions,
        **limits,
    )
    async with AsyncExitStack() as resources:
        opened = open_embedder(endpoint, spent) if spent else open_embedder(endpoint)
        embedder = await resources.enter_async_context(opened)
        yield embedder, await resources.enter_async_context(open_check(endpoint.reached))


def endpoint_of(behaviour: Behaviour, hosted: HostedModel, *, api_key: str, request_timeout_seconds: float) -> Endpoint:
    """The endpoint as the behaviour has it; what only OpenAI itself takes follows from the provider."""
    own = behaviour.model_provider == _OPENAI
    return Endpoint(
        base_url=hosted.base_url,
        api_key=api_key,
        model=behaviour.model_name,
        api=Api(hosted.api),
        capabilities=Capabilities(
            store=hosted.store,
            parallel_tool_calls=hosted.parallel_tool_calls,
            tool_choice=hosted.tool_choice,
            preload=Preload(hosted.preload),
            prompt_cache_key=own,
            max_completion_tokens=own,
        ),
        request_timeout_seconds=request_timeout_seconds,
        max_output_tokens=hosted.max_output_tokens,
        prices=hosted.prices,
    )
