"""The route of a hot path: FastAPI's in the contract, Starlette's in what it costs.

`APIRoute.get_route_handler` is the documented place to take a request over
(https://fastapi.tiangolo.com/how-to/custom-request-and-route/); here the endpoint itself is the handler. So it is
``async``, takes exactly the request and returns a response; a dependency or a body model on it would be skipped
without a word, so it is refused. What it takes and gives is told in ``openapi_extra`` and ``responses``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from inspect import iscoroutinefunction
from typing import Any, TypeAlias, cast

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import request_response

from fte_runtime.asgi.turns import Turns
from fte_runtime.errors import BodyTooLarge, BodyTooSlow, Malformed

BODY_SECONDS = 10.0

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class RawRoute(APIRoute):
    """Hands the raw request to its endpoint, without the exit stacks that only dependencies need."""

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = request_response(endpoint)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint.

        Raises:
            TypeError: it asks for more than the request.
        """
        asked = self.dependant
        more = (asked.dependencies, asked.path_params, asked.query_params, asked.header_params, asked.cookie_params)
        if any(more) or asked.body_params or asked.request_param_name is None or not iscoroutinefunction(self.endpoint):
            raise TypeError(f"{self.path}: a raw route's endpoint is async and takes the request alone")
        return cast(Callable[[Request], Coroutine[Any, Any, Response]], self.endpoint)


async def read_body(request: Request, limit: int) -> bytes:
    """The body, read once, never beyond ``limit`` bytes and never for longer than `BODY_SECONDS`.

    It is given out when it is its turn to be parsed (`fte_runtime.asgi.turns`): parse it before anything is awaited.

    Raises:
        BodyTooLarge, BodyTooSlow: it is not read further.
        Malformed: it ended before its time.
        TooManyAtOnce: too much waits to be parsed.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise BodyTooLarge(limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _received(request, limit)
    except TimeoutError:
        raise BodyTooSlow(BODY_SECONDS) from None
    await cast(Turns, request.app.state.turns).take(len(body))
    return body


async def _received(request: Request, limit: int) -> bytes:
    """The messages of https://asgi.readthedocs.io/en/latest/specs/www.html#request-receive-event as one."""
    body, more = bytearray(), True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Malformed("must arrive whole")
        body += message.get("body", b"")
        if len(body) > limit:
            raise BodyTooLarge(limit)
        more = message.get("more_body", False)
    return bytes(body)


def media_type(request: Request) -> str:
    """The content type without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
