"""The application of ``fte-api``: FastAPI over one router for each type of channel that is bound."""

from collections.abc import Iterable, Sequence
from itertools import chain, groupby

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from fte_runtime.asgi.headers import SecurityHeaders
from fte_runtime.asgi.problems import HANDLERS
from fte_runtime.asgi.turns import Turns
from fte_runtime.channels import registry
from fte_runtime.channels.base import ApiContext
from fte_runtime.config import ChannelSettings
from fte_runtime.health import Health, report_endpoint
from fte_runtime.management import faults
from fte_runtime.management import router as managing
from fte_runtime.management.context import ManagementContext

TITLE = "Digital FTE"


def create_app(
    context: ApiContext,
    channels: Sequence[ChannelSettings],
    health: Health,
    management: ManagementContext | None = None,
) -> FastAPI:
    """The application. It is ready as soon as it serves: an outage is told, not hidden.

    Without ``management`` there is no management API. Its own documents and pages of FastAPI's are off: what is public
    is exported (`fte_runtime.api.contracts`).
    """
    surfaces = [routers(context, channels), managing.routers(management) if management else ()]
    app = assembled(chain.from_iterable(surfaces))
    app.add_route("/health", report_endpoint(health.status))
    return app


def routers(context: ApiContext, channels: Sequence[ChannelSettings]) -> Iterable[APIRouter]:
    """The router of each type among ``channels``, made by its plug-in."""
    for channel_type, bound in groupby(sorted(channels, key=_type), key=_type):
        router: APIRouter = registry.plugin(channel_type, "routes").router(context, tuple(bound))
        yield router


def assembled(routers: Iterable[APIRouter]) -> FastAPI:
    """An application of these routers, with problems and headers alike on all of them."""
    app = FastAPI(
        title=TITLE,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours: `fte_runtime.metrics` and the envelope
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={**HANDLERS, **faults.HANDLERS},
    )
    app.state.turns = Turns()
    for router in routers:
        app.router.routes.extend(router.routes)  # as if written here: an included router matches each path twice
    return app


def _type(channel: ChannelSettings) -> str:
    return channel.type
