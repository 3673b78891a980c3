"""Gmail's surface: where Pub/Sub posts that a mailbox changed. At most a hint: mails are read by the worker's sync."""

import logging
from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from fte_agent.channels import EMAIL
from fte_runtime.asgi.raw_route import RawRoute, read_body
from fte_runtime.channels.base import ApiContext
from fte_runtime.channels.gmail import contract, hint
from fte_runtime.channels.gmail.certificates import Certificates, CertificatesUnavailable
from fte_runtime.channels.gmail.channel import settings_of
from fte_runtime.channels.gmail.push import NotGoogle, PushTokens
from fte_runtime.channels.gmail.settings import PubSub
from fte_runtime.channels.intake import UNKNOWN, counted, found
from fte_runtime.config import ChannelSettings
from fte_runtime.envelope import traceparent_of
from fte_runtime.events import ChannelEvent

logger = logging.getLogger(__name__)

CONTRACT = "webhook-api"
PATH = "/webhooks/gmail"
MAX_BODY_BYTES = 32 * 1024


def router(context: ApiContext, channels: Sequence[ChannelSettings]) -> APIRouter:
    """The webhook of the mailboxes ``channels``; one without ``pub_sub`` gets no pushes."""
    pushes = _Pushes(context, channels)
    webhooks = APIRouter(tags=["webhooks"], route_class=RawRoute, default_response_class=Response)
    endpoint = counted(pushes.take, clock=context.clock, metrics=context.metrics)
    webhooks.add_api_route(PATH, endpoint, methods=["POST"], **contract.PUSH)
    return webhooks


class _Subscription:
    """Who may push, and the mailboxes whose changes they tell of."""

    def __init__(self, pub_sub: PubSub, certificates: Certificates) -> None:
        self.tokens = PushTokens(certificates, audience=pub_sub.audience, email=pub_sub.service_account)
        self.name = pub_sub.subscription
        self.channels: dict[str, ChannelSettings] = {}


class _Pushes:
    """Verified pushes on one side, the bus on the other; acknowledged once the hint is, or once it says nothing."""

    def __init__(self, context: ApiContext, channels: Sequence[ChannelSettings]) -> None:
        self._context = context
        keys: dict[str, Certificates] = {}
        self._subscriptions: dict[tuple[str, str, str | None], _Subscription] = {}
        for channel in channels:
            settings = settings_of(channel)
            if (pub_sub := settings.pub_sub) is None:
                continue
            certificates = keys.setdefault(pub_sub.certs_url, Certificates(pub_sub.certs_url, context.clock))
            who = (pub_sub.audience, pub_sub.service_account, pub_sub.subscription)
            subscription = self._subscriptions.setdefault(who, _Subscription(pub_sub, certificates))
            subscription.channels[settings.mailbox] = channel

    async def take(self, request: Request) -> Response:
        """204; anything else brings the push again, for days."""
        believed, unknown = await self._believed(request.headers.get("authorization", ""))
        body = await read_body(request, MAX_BODY_BYTES)
        for subscription in believed:
            read = hint.read(body, subscription=subscription.name)
            if isinstance(read, hint.Hint) and (channel := subscription.channels.get(read.mailbox)):
                found(request, channel.name)
                return await self._tell(request, channel, read)
        if unknown is not None:
            raise unknown
        logger.warning("a push says nothing to us", extra={"subscriptions": [each.name for each in believed]})
        return self._acknowledged(UNKNOWN, "nothing")

    async def _believed(self, authorization: str) -> tuple[list[_Subscription], CertificatesUnavailable | None]:
        """Those the token is good for, and whether of another nothing is known: where its keys are is its channel's.

        Raises:
            NotGoogle: it is good for none.
            CertificatesUnavailable: it is good for none of which anything is known.
        """
        refusal, unknown = NotGoogle("nobody pushes"), None
        good = []
        for subscription in self._subscriptions.values():
            try:
                await subscription.tokens.verify(authorization)
            except NotGoogle as error:
                refusal = error
            except CertificatesUnavailable as error:
                unknown = error
            else:
                good.append(subscription)
        if not good and unknown is not None:
            raise unknown
        if not good:
            logger.warning("push refused", extra={"why": refusal.why})
            raise refusal
        return good, unknown

    async def _tell(self, request: Request, channel: ChannelSettings, read: hint.Hint) -> Response:
        if channel.paused:  # what came meanwhile is read after the pause
            return self._acknowledged(channel.name, "paused")
        event = ChannelEvent(
            channel_name=channel.name,
            kind=EMAIL,
            received_at=self._context.clock.now(),
            fields={"history_id": str(read.history_id), "push_id": read.message_id},
            traceparent=traceparent_of(request.headers.get("traceparent")),
        )
        await self._context.publisher.publish_event(event, read.mailbox)
        return self._acknowledged(channel.name, "told")

    def _acknowledged(self, channel_name: str, outcome: str) -> Response:
        self._context.metrics.hints.labels(channel_name, outcome).inc()
        return Response(status_code=204)
