"""WhatsApp senders and the webhook set on each: https://www.twilio.com/docs/whatsapp/api/senders."""

from dataclasses import dataclass

from aiohttp import web
from doubles.twilio.account import Sender
from doubles.twilio.checks import Refusal
from doubles.twilio.front import NOT_FOUND, Front, Refused


@dataclass(slots=True)
class Senders:
    """The v2 API of ``messaging.twilio.com``, under the same base URL here."""

    front: Front

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v2/Channels/Senders", self.list),
            web.get("/v2/Channels/Senders/{sid}", self.fetch),
            web.post("/v2/Channels/Senders/{sid}", self.update),
        ]

    async def list(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        await self.front.enter("senders", request, query)
        if query.get("Channel") != "whatsapp":
            raise Refused(Refusal(400, 20001, "Channel is required"))
        base = _base(request)
        url = f"{base}/v2/Channels/Senders?Channel=whatsapp&PageSize=50"
        meta = {"page": 0, "page_size": 50, "first_page_url": f"{url}&Page=0", "url": url, "key": "senders"}
        ends = {"previous_page_url": None, "next_page_url": None}
        shown = [sender.resource(base) for sender in self.front.account.senders]
        return web.json_response({"senders": shown, "meta": meta | ends})

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        await self.front.enter("senders", request, {})
        return web.json_response(self._found(request).resource(_base(request)))

    async def update(self, request: web.Request) -> web.StreamResponse:
        """Changes what is named, leaves the rest; 202. The body must be JSON."""
        try:
            webhook = (await request.json())["webhook"]
        except (ValueError, KeyError):
            webhook = None
        await self.front.enter("senders", request, webhook or {})
        if webhook is None or not request.content_type.startswith("application/json"):
            raise Refused(Refusal(400, 20001, "The body is not JSON with a webhook"))
        sender = self._found(request)
        sender.webhook |= {name: value for name, value in webhook.items() if value is not None}
        return web.json_response(sender.resource(_base(request)), status=202)

    def _found(self, request: web.Request) -> Sender:
        for sender in self.front.account.senders:
            if sender.sid == request.match_info["sid"]:
                return sender
        raise Refused(NOT_FOUND)


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"
