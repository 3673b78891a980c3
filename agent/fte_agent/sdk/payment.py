"""Each request is paid by the turn in which it is made: reserved before, counted after."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2

from fte_agent.domain.turns import Usage
from fte_agent.sdk.errors import Unpaid
from fte_agent.sdk.usage import usage_in
from fte_agent.turn.purse import Tariff, current_purse

NOTHING = Usage(0, 0)

_ASK_A_MODEL = ("/responses", "/chat/completions")
"""What else is asked costs nothing or, as what embeds, is charged by whoever asks."""

_MAY_STILL_WORK = frozenset({408, 504})
"""A proxy gave up on the model; it may write its answer nevertheless, and the provider count it."""

_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


@asynccontextmanager
async def paid(request: httpx2.Request, tariff: Tariff) -> AsyncIterator[Callable[[int, bytes | None], None]]:
    """Let a request be made, and take what it came to: the answer's status and body.

    A request that was refused or never left costs nothing. One that broke off, or whose answer does not say what it
    used, is of unknown usage.

    Raises:
        Unpaid: there is no money for it, or nobody knows whether there is.
    """
    purse = current_purse()
    if purse is None or not request.url.path.endswith(_ASK_A_MODEL):
        yield lambda status, body: None
        return
    try:
        made = await purse.open(len(await request.aread()), tariff)
    except Exception as error:
        raise Unpaid(error) from error

    def used(status: int, body: bytes | None) -> None:
        made.used(NOTHING if _free(status, body) else usage_in(body))

    with made:
        try:
            yield used
        except _NOT_SENT:
            made.used(NOTHING)
            raise


def _free(status: int, body: bytes | None) -> bool:
    """Whether no model worked on the answer: it is an error, which some hosts tell with a status of success."""
    if status >= 300:
        return status not in _MAY_STILL_WORK
    try:
        told = json.loads(body or b"")
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and isinstance(told.get("error"), dict) and told.get("usage") is None
