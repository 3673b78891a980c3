"""The web form's surface: submit, status, and the form page itself."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from fte_agent.channels import EMAIL
from fte_agent.inbound.faults import Fault
from fte_runtime.asgi.network import network_of
from fte_runtime.asgi.problems import RETRY_AFTER_SECONDS, Problem
from fte_runtime.asgi.raw_route import RawRoute, media_type, read_body
from fte_runtime.channels.base import ApiContext
from fte_runtime.channels.intake import counted, found
from fte_runtime.channels.web_form import contract
from fte_runtime.channels.web_form.confirmations import Confirmations
from fte_runtime.channels.web_form.intake import Intake
from fte_runtime.channels.web_form.limits import MAX_BODY_BYTES
from fte_runtime.channels.web_form.origins import Origins
from fte_runtime.channels.web_form.page import FormPage
from fte_runtime.channels.web_form.tickets import TicketPage
from fte_runtime.config import ChannelSettings
from fte_runtime.envelope import traceparent_of
from fte_runtime.errors import BusUnavailable, Refused, TooManyAtOnce, Unauthorised, UnsupportedMediaType, is_retryable

logger = logging.getLogger(__name__)

CONTRACT = "support-form-api"
RECEIVED = "We have your request. Its answer will appear on its status page."
EXPECTED = "usually within a minute; a member of our team takes over where needed"
TAKEN = "Taken. The ticket's address_confirmed tells what came of it."
MAX_CONFIRMATION_BYTES = 1024
_NO_STORE = {"cache-control": "no-store"}


def router(context: ApiContext, channels: Sequence[ChannelSettings]) -> APIRouter:
    """The routes under ``/support`` for the forms ``channels``."""
    routes = _SupportRoutes(context, channels)
    submit = counted(routes.submit, clock=context.clock, metrics=context.metrics)
    confirm = counted(routes.confirm, clock=context.clock, metrics=context.metrics)
    support = APIRouter(prefix="/support", tags=["support form"], route_class=RawRoute, default_response_class=Response)
    support.add_api_route("/submit", submit, methods=["POST"], **contract.SUBMIT)
    support.add_api_route("/ticket/{ticket_id}", routes.ticket, methods=["GET"], **contract.TICKET)
    support.add_api_route("/ticket/{ticket_id}/confirmation", confirm, methods=["POST"], **contract.CONFIRM)
    for path, endpoint in (("/", routes.page), ("/{asset:str}", routes.asset), ("", routes.moved)):
        support.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
    headers: dict[str, Sequence[str]] = {
        "/submit": ("content-type",),
        "/ticket/{ticket_id}": ("authorization",),
        "/ticket/{ticket_id}/confirmation": ("authorization", "content-type"),
    }
    routes.origins.admit(support, headers)
    return support


_Answer = TypeVar("_Answer")


class _SupportRoutes:
    """HTTP on one side, `Intake`, `TicketPage` and `FormPage` on the other."""

    def __init__(self, context: ApiContext, forms: Sequence[ChannelSettings]) -> None:
        self.origins = Origins(forms)
        self._intake = Intake(context, forms)
        self._tickets = TicketPage(
            lookup=context.tickets, tokens=context.tokens, clock=context.clock, confirms=EMAIL in context.kinds
        )
        self._confirmations = Confirmations(context, forms, self._tickets)
        self._form = FormPage(forms)
        self._base = context.public_url or ""
        self._clock = context.clock
        self._trusted_hops = context.trusted_proxy_hops

    async def submit(self, request: Request) -> Response:
        """202 once the record that carries the work is acknowledged; 503 means not confirmed, try again."""
        if media_type(request) != "application/json":
            raise UnsupportedMediaType("application/json")
        raw = await read_body(request, MAX_BODY_BYTES)
        submission, form = self._intake.parse(raw)
        found(request, form.name)
        self.origins.check(request, form)
        traceparent = traceparent_of(request.headers.get("traceparent"))
        network = network_of(request, self._trusted_hops)
        accepted = await self._intake.submit(submission, form, raw, traceparent, network)
        body = {
            "ticket_id": str(accepted.ticket_id),
            "status_url": f"{self._base}/support/ticket/{accepted.ticket_id}#{accepted.token}",
            "token": accepted.token,
            "message": RECEIVED,
            "estimated_response_time": EXPECTED,
        }
        return Response(to_json(body), status_code=202, media_type="application/json", headers=_NO_STORE)

    async def ticket(self, request: Request) -> Response:
        """The ticket for who holds its token; 401 for everybody else, whether it exists or not.

        A browser that was led here is given a page that reads it with the token in its address.
        """
        if "authorization" not in request.headers and "text/html" in request.headers.get("accept", ""):
            return self._form.ticket()
        page = await self._by_token(request, self._tickets.show)
        if isinstance(page, Problem):
            return page
        response = JSONResponse(page, headers={"cache-control": "private, no-cache", "vary": "accept"})
        etag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"etag": etag})
        response.headers["etag"] = etag
        return response

    async def confirm(self, request: Request) -> Response:
        """202 once the record that asks for a code, or carries one, is acknowledged."""
        raw = await read_body(request, MAX_CONFIRMATION_BYTES)
        if raw.strip() and media_type(request) != "application/json":
            raise UnsupportedMediaType("application/json")
        traceparent = traceparent_of(request.headers.get("traceparent"))

        async def take(ticket: UUID, token: str) -> str:
            return await self._confirmations.take(ticket, token, raw, traceparent)

        taken = await self._by_token(request, take)
        if isinstance(taken, Problem):
            return taken
        found(request, taken)
        return Response(to_json({"message": TAKEN}), status_code=202, media_type="application/json", headers=_NO_STORE)

    async def _by_token(self, request: Request, answer: Callable[[UUID, str], Awaitable[_Answer]]) -> _Answer | Problem:
        """What ``answer`` gives to the ticket in the path and the bearer token, or why there is nothing."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer" or not token:
                raise Unauthorised("no bearer token")
            return await answer(_uuid(request.path_params["ticket_id"]), token.strip())
        except Unauthorised:
            fault = Fault("authorization", "unauthorised", "must be the bearer token of this ticket")
            return Problem(401, fault, headers={"www-authenticate": "Bearer"})
        except (Refused, BusUnavailable) as error:
            if not isinstance(error, TooManyAtOnce):
                raise
            return _unreadable()  # many of them come, and nothing is the matter
        except Exception as error:
            if not is_retryable(error):
                raise
            logger.warning("ticket not read", extra={"error": str(error)})
            return _unreadable()

    async def page(self, request: Request) -> Response:
        """The form: the one named by ``?channel=``, or the only one."""
        return self._form.page(request.query_params.get("channel"), self._clock.now())

    async def asset(self, request: Request) -> Response:
        """The page's script and style sheet."""
        return self._form.asset(request.path_params["asset"])

    async def moved(self, _: Request) -> Response:
        """The page's addresses are relative, so it needs its slash."""
        return RedirectResponse("/support/")


def _unreadable() -> Problem:
    fault = Fault("ticket", "unavailable", "cannot be read now; try again later")
    return Problem(503, fault, headers={"retry-after": str(RETRY_AFTER_SECONDS)})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Unauthorised("no ticket id") from error
