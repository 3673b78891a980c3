"""What every route of the management API has: its problems, conditional reads, and no copy anywhere else."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from fte_runtime.asgi.problems import described

MAX_BODY_BYTES = 16 * 1024
PERSONAL = {"cache-control": "private, no-store"}
_ETAG_DIGITS = 32

REFUSALS: dict[int | str, dict[str, Any]] = described(
    s401="No bearer token, or none of this employee's.",
    s403="The token's role is not enough; the role that is stands in the answer.",
    s422="A parameter is malformed; each is named with a remedy.",
    s503="The database, or what embeds a question, cannot be asked now; try again after Retry-After.",
)
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as If-None-Match says."}}


class Shown(BaseModel):
    """A part of an answer, made of what the store gives."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class ManagementRoute(APIRoute):
    """An ordinary route; a GET has an ETag of what it says, and 304 for who has that already (RFC 9110 §13.1.2)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler with the above around it."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            response = await handle(request)
            response.headers.update(PERSONAL)
            if request.method != "GET" or response.status_code != 200:
                return response
            etag = f'"{hashlib.sha256(response.body).hexdigest()[:_ETAG_DIGITS]}"'
            headers = {**PERSONAL, "etag": etag, "vary": "authorization"}
            if _is_known(request.headers.get("if-none-match", ""), etag):
                return Response(status_code=304, headers=headers)
            response.headers.update(headers)
            return response

        return answer


def surface(tag: str) -> APIRouter:
    """A router for the routes of one kind of thing."""
    return APIRouter(tags=[tag], route_class=ManagementRoute, responses=REFUSALS, max_body_size=MAX_BODY_BYTES)


def _is_known(header: str, etag: str) -> bool:
    """Weak comparison with each of a list of entity tags (RFC 9110 §8.8.3.2)."""
    known = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in known or etag in known
