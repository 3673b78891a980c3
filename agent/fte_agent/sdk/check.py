"""Whether an endpoint takes the key, asked without a model: its list of models costs nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import openai

from fte_agent.errors import ModelFault
from fte_agent.sdk.endpoint import Endpoint, open_client
from fte_agent.sdk.errors import model_failed

CHECK_SECONDS = 10.0

_TELLING = frozenset({ModelFault.CREDENTIALS, ModelFault.QUOTA, ModelFault.UNAVAILABLE, ModelFault.TIMEOUT})


@asynccontextmanager
async def open_check(endpoint: Endpoint) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A call that raises `ModelFailed` where the endpoint refuses the key or cannot be reached, until the block ends.

    An endpoint without that list, or one that keeps it from this key, says nothing.
    """
    async with open_client(endpoint, lambda _: None) as client:

        async def check() -> None:
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await client.get("/models", cast_to=httpx2.Response)
            except (openai.OpenAIError, TimeoutError) as error:
                failed = model_failed(error)
                if failed.reason in _TELLING and not _lacks_right(error):
                    raise failed from None

        yield check


def _lacks_right(error: Exception) -> bool:
    """Whether the key is known and only may not read the list: restricted keys get a 403, at OpenAI also a 401."""
    if not isinstance(error, openai.APIStatusError) or error.code == "invalid_api_key":
        return False
    return error.status_code == 403 or (error.status_code == 401 and "missing scope" in str(error).lower())
