"""The web form on this machine: one page without script that submits a ticket and shows what came of it."""

import asyncio
import socket
import sys
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fte_agent.errors import AgentError
from fte_agent.inbound.faults import InvalidMessage, invalid
from fte_agent.ports import Clock
from fte_prototype import form
from fte_prototype.errors import CannotOpen, PrototypeError
from fte_prototype.page import Page
from fte_prototype.sandbox import Sandbox

HOST = "127.0.0.1"
PORT = 8765
MAX_BODY_BYTES = 100_000
MAX_FIELDS = 20


def application(sandbox: Sandbox, clock: Clock) -> Starlette:
    """The form at ``/``. Only names of this machine are answered, so that no other site reads it by a name of
    its own that leads here."""
    page = Page(sandbox.company.name, clock)

    async def show(_request: Request) -> Response:
        return page.empty()

    async def submit(request: Request) -> Response:
        fields: dict[str, str] = {}
        try:
            fields = await _fields(request)
            message = form.message_of(fields, clock.now())
            decision = await sandbox.receive(message)
        except (PrototypeError, InvalidMessage) as error:
            return page.refused(str(error), fields, HTTPStatus.UNPROCESSABLE_ENTITY)
        except AgentError as error:
            return page.refused(str(error), fields, HTTPStatus.BAD_GATEWAY)
        searches = tuple(sandbox.searches)
        return page.answered(sandbox.store.ticket(sandbox.store.filed(message).ticket_id), decision, searches)

    return Starlette(
        routes=[Route("/", show, methods=["GET"]), Route("/", submit, methods=["POST"])],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


def run(opening: Coroutine[Any, Any, Sandbox], port: int, *, clock: Clock) -> None:
    """Serve until interrupted.

    Raises:
        CannotOpen: the port is taken, or the sandbox cannot be opened.
    """
    try:
        listener = socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        opening.close()
        raise CannotOpen(f"port {port}: {error}; choose another with --port") from error
    with listener:
        asyncio.run(_serve(opening, listener, clock))


async def _serve(opening: Coroutine[Any, Any, Sandbox], listener: socket.socket, clock: Clock) -> None:
    sys.stdout.write("Reading rules and documents ...\n")
    sys.stdout.flush()
    sandbox = await opening
    sys.stdout.write(f"http://{HOST}:{listener.getsockname()[1]}/ (Ctrl-C ends)\n")
    sys.stdout.flush()
    config = uvicorn.Config(application(sandbox, clock), log_level="warning", lifespan="off")
    await uvicorn.Server(config).serve(sockets=[listener])


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a posted form; raises `InvalidMessage`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise invalid("form", f"must have at most {MAX_BODY_BYTES} bytes")
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise invalid("form", f"must have at most {MAX_FIELDS} fields") from error
