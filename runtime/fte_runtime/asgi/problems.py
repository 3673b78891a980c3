"""What goes wrong, told alike by every surface: RFC 9457 problems, whose ``errors`` name each part at fault."""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fte_agent.inbound.faults import Fault, InvalidMessage
from fte_runtime.asgi.headers import HEADERS
from fte_runtime.errors import BusUnavailable, RecordTooLarge, Refused

RETRY_AFTER_SECONDS = 5
MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 20
NOT_CONFIRMED = Fault("body", "not_confirmed", "could not be confirmed; send it again")
INTERNAL = Fault("body", "internal", "could not be handled; please try again later")

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]


class Problem(JSONResponse):
    """One problem. ``title`` is the status's own phrase, since the type is ``about:blank``."""

    media_type = MEDIA_TYPE

    def __init__(self, status: int, *faults: Fault, headers: Mapping[str, str] | None = None) -> None:
        errors = [{"field": fault.field, "code": fault.code, "message": fault.message} for fault in faults]
        body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "errors": errors}
        super().__init__(body, status_code=status, headers={"cache-control": "no-store", **(headers or {})})


def problem_of(error: Refused | InvalidMessage | BusUnavailable | RecordTooLarge) -> Problem:
    """The answer to a request that was not taken."""
    match error:
        case InvalidMessage():
            return Problem(422, *error.faults)
        case BusUnavailable():
            return Problem(503, NOT_CONFIRMED, headers={"retry-after": str(RETRY_AFTER_SECONDS)})
        case RecordTooLarge():
            return Problem(413, Fault("body", "too_large", "must be shorter"))
    headers = {} if error.retry_after is None else {"retry-after": str(error.retry_after)}
    if error.close:
        headers["connection"] = "close"
    if error.challenge:
        headers["www-authenticate"] = error.challenge
    return Problem(error.status, Fault(error.field, error.code, str(error)), headers=headers)


async def _refused(_: Request, error: HTTPException) -> Response:
    """What the framework itself refuses, such as a path or a method that is not there."""
    return Problem(error.status_code, headers=error.headers)


async def _invalid(_: Request, error: RequestValidationError) -> Response:
    found = error.errors()[:MAX_FAULTS]
    return Problem(422, *(Fault(_field(e["type"], *e["loc"]), e["type"], e["msg"]) for e in found))


def _field(kind: str, where: str, *parts: str | int) -> str:
    """The part at fault; of what is no JSON, where others have names, there is a position alone."""
    return where if kind == "json_invalid" or not parts else ".".join(map(str, parts))


async def _failed(_: Request, __: Exception) -> Response:
    """What nobody foresaw. It is answered outside the middleware."""
    return Problem(500, INTERNAL, headers=HEADERS)


HANDLERS: Mapping[int | type[Exception], Handler] = {
    HTTPException: _refused,
    RequestValidationError: _invalid,
    Exception: _failed,
}

"""For a `FastAPI`'s ``exception_handlers``."""

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "maxItems": MAX_FAULTS,
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}
"""A problem's JSON schema, ``Problem`` among a contract's components."""


def described(**texts: str) -> dict[int | str, dict[str, Any]]:
    """Problems for a route's ``responses``, such as ``described(s413="the body is too large")``."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {int(name.removeprefix("s")): {"description": text, "content": content} for name, text in texts.items()}
