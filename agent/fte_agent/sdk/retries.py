"""When a request is made once more within one run, and after what wait."""

import asyncio
import math
import random
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai
from agents.retry import ModelRetrySettings, RetryDecision, RetryPolicyContext

from fte_agent.errors import ModelFault
from fte_agent.sdk.errors import model_failed

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 8.0
"""A provider that asks for a longer wait is left alone: the conversation waits, not its run."""

PASSES = frozenset({ModelFault.RATE_LIMITED, ModelFault.UNAVAILABLE, ModelFault.TIMEOUT})

run_ends: ContextVar[float] = ContextVar("run_ends", default=math.inf)
"""When the run's time is up, by the loop's clock: a wait that would outlast it is not begun."""


def retry_settings(retries: int) -> ModelRetrySettings:
    """At most ``retries`` further requests for each answer, for faults that may pass by themselves."""
    return ModelRetrySettings(max_retries=retries, policy=_policy)


def _policy(context: RetryPolicyContext) -> RetryDecision:
    if model_failed(context.error).reason not in PASSES:
        return RetryDecision(retry=False)
    wait = wait_seconds(context.attempt, context.normalized.retry_after)
    left = run_ends.get() - asyncio.get_running_loop().time()
    return RetryDecision(retry=wait is not None and wait < left, delay=wait)


def asked_wait(error: Exception) -> float | None:
    """The seconds that an answer's Retry-After asks for (RFC 9110 10.2.3), as a number or a date; None without one.

    ``retry-after-ms`` is the vendor's own and goes first.
    """
    headers = error.response.headers if isinstance(error, openai.APIStatusError) else {}
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        with suppress(ValueError):
            return float(headers.get(name, "")) / unit
    with suppress(ValueError):
        when = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, (when.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    return None


def wait_seconds(attempt: int, asked: float | None) -> float | None:
    """The wait after the ``attempt``-th request, half of it by chance, on top of what the provider asks for.

    None where that is too long to wait for.
    """
    chance = 1 - random.random() / 2  # noqa: S311 - no secret
    backoff = float(min(FIRST_WAIT_SECONDS * 2 ** (attempt - 1), LONGEST_WAIT_SECONDS) * chance)
    if asked is None or math.isnan(asked):
        return backoff
    return asked + backoff if asked <= LONGEST_WAIT_SECONDS else None
