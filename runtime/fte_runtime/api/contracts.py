"""The OpenAPI documents of the public surfaces, derived from the routes themselves.

A plug-in's ``routes.CONTRACT`` names the document its routes belong to; ``make contracts`` writes them to
``docs/contracts``, and a contract test holds those to the code.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NoReturn

from fastapi import APIRouter, FastAPI

from fte_runtime.asgi.problems import SCHEMA
from fte_runtime.channels import registry
from fte_runtime.channels.base import ApiContext
from fte_runtime.clock import SystemClock
from fte_runtime.metrics import ApiMetrics
from fte_runtime.tokens import StatusTokens

VERSION = "1"
"""Of the surfaces; it grows with a change that an existing client would notice."""


class _Unserved:
    """Stands where a served application has its bus and its rows."""

    async def publish(self, *_: object, **__: object) -> NoReturn:
        raise RuntimeError("these routes are only described")

    publish_event = put_aside = find_ticket = find_sender = publish


def documents() -> Mapping[str, Mapping[str, Any]]:
    """Every document by its name."""
    unserved = _Unserved()
    context = ApiContext(
        clock=SystemClock(),
        topic_prefix="",
        public_url=None,
        publisher=unserved,
        tokens=StatusTokens(()),
        tickets=unserved,
        metrics=ApiMetrics(),
    )
    routers: defaultdict[str, list[APIRouter]] = defaultdict(list)
    for channel_type in sorted(registry.PLUGINS):
        routes = registry.plugin(channel_type, "routes")
        routers[routes.CONTRACT].append(routes.router(context, ()))
    return {name: _document(name, of_name) for name, of_name in routers.items()}


def _document(name: str, routers: list[APIRouter]) -> Mapping[str, Any]:
    app = FastAPI(title=f"Digital FTE: {name}", version=VERSION)
    for router in routers:
        app.include_router(router)
    document = app.openapi()
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = dict(SCHEMA)
    components["securitySchemes"] = {"ticketToken": {"type": "http", "scheme": "bearer"}}
    return document
