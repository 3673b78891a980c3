"""The routes of ``fte-api``, on plain Starlette: the hot route reads its body once and validates once."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fte_runtime.api.headers import HEADERS, SecurityHeaders
from fte_runtime.api.report import PublicReport
from fte_runtime.api.support import SupportRoutes
from fte_runtime.health import Health, probe_routes
from fte_runtime.metrics import ApiMetrics


def build_app(*, support: SupportRoutes, health: Health, metrics: ApiMetrics) -> Starlette:
    """The application. It is ready as soon as it serves: an outage is told, not hidden."""

    public = PublicReport(health)

    async def report(_: Request) -> Response:
        return JSONResponse(await public.show(), headers={"cache-control": "no-store"})

    async def render() -> bytes:
        return metrics.render()

    return Starlette(
        routes=[
            *support.routes(),
            Route("/health", report),
            *probe_routes(alive=lambda: True, metrics=render),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={500: _failed},
    )


async def _failed(_: Request, __: Exception) -> Response:
    """What nobody foresaw, told like every other fault. It is answered outside the middleware."""
    fault = {"field": "body", "code": "internal", "message": "could not be handled; please try again later"}
    return JSONResponse({"errors": [fault]}, status_code=500, headers=HEADERS | {"cache-control": "no-store"})
