"""Pages of other origins, such as a company's own site, that may use a form.

The protocol is that of https://fetch.spec.whatwg.org/#http-cors-protocol.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, request_response

from fte_runtime.asgi.problems import Problem
from fte_runtime.channels.web_form.intake import settings_of
from fte_runtime.config import ChannelSettings
from fte_runtime.errors import OriginNotAllowed

PREFLIGHT_SECONDS = 600


class Origins:
    """Who may use which form. A preflight names no form, so it is answered for the origins of all."""

    def __init__(self, forms: Sequence[ChannelSettings]) -> None:
        self._of: Mapping[str, tuple[str, ...]] = {form.name: settings_of(form).allowed_origins for form in forms}
        self._all = frozenset(origin for origins in self._of.values() for origin in origins)

    def check(self, request: Request, form: ChannelSettings) -> None:
        """Refuse who may use another form only; raises `OriginNotAllowed`.

        A browser keeps out by itself whom no preflight let in, and a page of our own is no other origin.
        """
        origin = request.headers.get("origin", "")
        own = origin.partition("://")[2] == request.headers.get("host")
        if origin in self._all and origin not in self._of[form.name] and not own:
            raise OriginNotAllowed

    def admit(self, router: APIRouter, headers: Mapping[str, Sequence[str]]) -> None:
        """Let scripts of these origins use the routes of ``router`` that are named by ``headers``, each with those."""
        if not self._all:
            return
        for route in [each for each in router.routes if isinstance(each, APIRoute)]:
            allowed = headers.get(route.path.removeprefix(router.prefix))
            if allowed is None:
                continue
            shared = partial(
                CORSMiddleware,
                allow_origins=self._all,
                allow_methods=tuple(route.methods or ()),
                allow_headers=tuple(allowed),
                expose_headers=("retry-after",),
                max_age=PREFLIGHT_SECONDS,
            )
            preflight = shared(request_response(_no_preflight))
            router.routes.append(Route(route.path, preflight, methods=["OPTIONS"], include_in_schema=False))
            route.app = shared(route.app)


async def _no_preflight(_: Request) -> Response:
    return Problem(405)
