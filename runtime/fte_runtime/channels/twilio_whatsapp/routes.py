"""WhatsApp's surface: where Twilio posts messages, and what became of ours.

A message posted twice is published twice and stored once: its ``MessageSid`` is its key for ever, so a replay needs no
memory here. Twilio need not try again by itself after an error; what no webhook brings, the worker's poll finds.
"""

import logging
from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from fte_agent.channels import WHATSAPP
from fte_agent.inbound.faults import invalid
from fte_agent.inbound.whatsapp import message_sid, parse
from fte_runtime.asgi.raw_route import RawRoute, media_type, read_body
from fte_runtime.channels.base import ApiContext
from fte_runtime.channels.intake import counted, found
from fte_runtime.channels.twilio_whatsapp import contract
from fte_runtime.channels.twilio_whatsapp.addresses import MESSAGES, STATUSES
from fte_runtime.channels.twilio_whatsapp.inbound import Post, Senders
from fte_runtime.channels.twilio_whatsapp.signature import spellings
from fte_runtime.config import ChannelSettings, ConfigError
from fte_runtime.envelope import traceparent_of
from fte_runtime.errors import Forbidden, Paused
from fte_runtime.events import TRACEPARENT, ChannelEvent

logger = logging.getLogger(__name__)

CONTRACT = "webhook-api"
MAX_BODY_BYTES = 256 * 1024
_TAKEN = Response("<Response/>", media_type="text/xml", headers={"cache-control": "no-store"})
"""TwiML that says nothing: the answer goes its own way (https://www.twilio.com/docs/messaging/twiml)."""


def router(context: ApiContext, channels: Sequence[ChannelSettings]) -> APIRouter:
    """The webhooks of the senders ``channels``.

    Raises:
        ConfigError: a channel's token is missing, or the public URL is none.
    """
    if channels and context.public_url is None:
        logger.error("no public URL: every webhook is refused, since signatures cannot be checked without one")
    routes = _Webhooks(context, Senders(channels), _bases(context.public_url))
    webhooks = APIRouter(tags=["webhooks"], route_class=RawRoute, default_response_class=Response)
    for path, take, told in (
        (MESSAGES, routes.message, contract.MESSAGE),
        (STATUSES, routes.status, contract.STATUS),
    ):
        endpoint = counted(take, clock=context.clock, metrics=context.metrics)
        webhooks.add_api_route(path, endpoint, methods=["POST"], **told)
    return webhooks


class _Webhooks:
    """Verified fields on one side, the bus on the other; 200 only for what is acknowledged."""

    def __init__(self, context: ApiContext, senders: Senders, bases: tuple[str, ...]) -> None:
        self._context = context
        self._senders = senders
        self._bases = bases

    async def message(self, request: Request) -> Response:
        """A customer's message; its channel is the one it was sent to."""
        post = await self._post(request, MESSAGES)
        channel, fields = self._senders.verified(post, "To")
        found(request, channel.name)
        if channel.paused:
            raise Paused
        trace, now = {TRACEPARENT: _traceparent(request)}, self._context.clock.now()
        message = parse(fields, channel_name=channel.name, now=now, signed=True, metadata=trace)
        await self._context.publisher.publish(message, post.body)
        return _TAKEN

    async def status(self, request: Request) -> Response:
        """What became of a message of ours; its channel is the one it was sent from, paused or not."""
        post = await self._post(request, STATUSES)
        channel, fields = self._senders.verified(post, "From")
        found(request, channel.name)
        sid = message_sid(fields)
        if not fields.get("MessageStatus"):
            raise invalid("MessageStatus", "must be what became of the message")
        event = ChannelEvent(
            channel_name=channel.name,
            kind=WHATSAPP,
            received_at=self._context.clock.now(),
            fields={name: value for name, value in fields.items() if isinstance(value, str)},
            traceparent=_traceparent(request),
        )
        await self._context.publisher.publish_event(event, sid)
        return _TAKEN

    async def _post(self, request: Request, path: str) -> Post:
        body = await read_body(request, MAX_BODY_BYTES)
        if not self._bases:
            raise Forbidden
        query = request.scope["query_string"].decode("latin-1")
        return Post(
            urls=tuple(base + path + (f"?{query}" if query else "") for base in self._bases),
            media_type=media_type(request),
            signature=request.headers.get("x-twilio-signature", ""),
            body=body,
        )


def _bases(public_url: str | None) -> tuple[str, ...]:
    try:
        return spellings(public_url) if public_url else ()
    except ValueError as error:
        raise ConfigError(f"public_url: {error}") from error


def _traceparent(request: Request) -> str:
    return traceparent_of(request.headers.get("traceparent"))
