"""The web form's routes: submit, status, and the form page itself."""

import asyncio
import hashlib
import logging
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from fte_agent.ports import Clock
from fte_runtime.api.form import FormPage
from fte_runtime.api.intake import Intake
from fte_runtime.api.limits import BODY_SECONDS, MAX_BODY_BYTES, BodyRefused, BodyTooLarge, BodyTooSlow
from fte_runtime.api.tickets import TicketPage
from fte_runtime.channels.web_form import FieldError, InvalidForm
from fte_runtime.errors import BusUnavailable, TooManyRequests, Unauthorised, is_retryable
from fte_runtime.metrics import ApiMetrics

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
_NO_STORE = {"cache-control": "no-store"}


class SupportRoutes:
    """HTTP on one side, `Intake`, `TicketPage` and `FormPage` on the other."""

    def __init__(
        self,
        *,
        intake: Intake,
        tickets: TicketPage,
        form: FormPage,
        public_url: str | None,
        clock: Clock,
        metrics: ApiMetrics,
    ) -> None:
        self._intake = intake
        self._tickets = tickets
        self._form = form
        self._base = (public_url or "").rstrip("/")
        self._clock = clock
        self._metrics = metrics

    def routes(self) -> list[Route]:
        """The routes under ``/support``."""
        return [
            Route("/support/submit", self.submit, methods=["POST"]),
            Route("/support/ticket/{ticket_id}", self.ticket),
            Route("/support/", self.page),
            Route("/support/{asset:str}", self.asset),
            Route("/support", self.moved),
        ]

    async def submit(self, request: Request) -> Response:
        """202 once the record that carries the work is acknowledged; 503 means not confirmed, try again."""
        started = self._clock.monotonic()
        response = await self._submit(request)
        if response.status_code == 202:
            self._metrics.submit_seconds.observe(self._clock.monotonic() - started)
        else:
            self._metrics.refused.labels(str(response.status_code)).inc()
        return response

    async def _submit(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _problem(415, FieldError("body", "unsupported_media_type", "must be application/json"))
        try:
            accepted = await self._intake.submit(await _body(request))
        except BodyRefused as error:
            response = _problem(error.status, FieldError("body", error.code, str(error)))
            response.headers["connection"] = "close"  # the rest of the body is not waited for
            return response
        except InvalidForm as error:
            return _problem(422, *error.errors)
        except TooManyRequests as error:
            fault = FieldError("body", "too_many_requests", "is one of too many; try again later")
            return _problem(429, fault, retry_after=error.retry_after)
        except BusUnavailable as error:
            logger.warning("form not confirmed", extra={"error": str(error)})
            fault = FieldError("body", "not_confirmed", "could not be confirmed; send the same form again")
            return _problem(503, fault, retry_after=RETRY_AFTER_SECONDS)
        ticket = str(accepted.ticket_id)
        status_url = f"{self._base}/support/ticket/{ticket}"
        body = {"ticket_id": ticket, "status_url": status_url, "token": accepted.token}
        return JSONResponse(body, status_code=202, headers=_NO_STORE)

    async def ticket(self, request: Request) -> Response:
        """The ticket for who holds its token; 401 for everybody else, whether it exists or not."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer" or not token:
                raise Unauthorised("no bearer token")
            page = await self._tickets.show(_uuid(request.path_params["ticket_id"]), token.strip())
        except Unauthorised:
            fault = FieldError("authorization", "unauthorised", "must be the bearer token of this ticket")
            response = _problem(401, fault)
            response.headers["www-authenticate"] = "Bearer"
            return response
        except Exception as error:
            if not is_retryable(error):
                raise
            logger.warning("ticket not read", extra={"error": str(error)})
            fault = FieldError("ticket", "unavailable", "cannot be read now; try again later")
            return _problem(503, fault, retry_after=RETRY_AFTER_SECONDS)
        response = JSONResponse(page, headers={"cache-control": "private, no-cache"})
        etag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"etag": etag})
        response.headers["etag"] = etag
        return response

    async def page(self, request: Request) -> Response:
        """The form: the one named by ``?channel=``, or the only one."""
        return self._form.page(request.query_params.get("channel"), self._clock.now())

    async def asset(self, request: Request) -> Response:
        """The page's script and style sheet."""
        return self._form.asset(request.path_params["asset"])

    async def moved(self, _: Request) -> Response:
        """The page's addresses are relative, so it needs its slash."""
        return RedirectResponse("/support/")


async def _body(request: Request) -> bytes:
    """The body, read once, never beyond the limit and never for longer than `BODY_SECONDS`."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise BodyTooLarge
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise BodyTooLarge
    except TimeoutError:
        raise BodyTooSlow from None
    return bytes(body)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Unauthorised("no ticket id") from error


def _problem(status: int, *errors: FieldError, retry_after: int | None = None) -> Response:
    headers = _NO_STORE if retry_after is None else _NO_STORE | {"retry-after": str(retry_after)}
    found = [{"field": e.field, "code": e.code, "message": e.message} for e in errors]
    return JSONResponse({"errors": found}, status_code=status, headers=headers)
