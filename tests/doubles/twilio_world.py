"""A small world around the Twilio double: the customer's server that it calls, and the clients that call it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web
from data_plane import until
from doubles.twilio.account import Account, Sender
from doubles.twilio.double import TwilioDouble
from doubles.twilio.journal import Journal
from twilio.http import AsyncHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

OURS = "whatsapp:+14155238886"
ADA = "whatsapp:+447700900123"
HIDDEN = "whatsapp:US.13491208655302741918"
PUBLIC = "https://support.example.org"


@dataclass
class Shop:
    """The customer of Twilio: a server that keeps what it is posted and answers as told."""

    answers: list[int] = field(default_factory=list)
    posts: list[tuple[web.Request, str]] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        self.posts.append((request, await request.text()))
        await self.held.wait()
        return web.Response(status=self.answers.pop(0) if self.answers else 200, text="<Response/>")

    def forms(self) -> list[list[tuple[str, str]]]:
        return [parse_qsl(body, keep_blank_values=True) for _, body in self.posts]

    def statuses(self) -> list[str]:
        return [dict(form)["MessageStatus"] for form in self.forms() if "MessageStatus" in dict(form)]


@asynccontextmanager
async def a_shop() -> AsyncIterator[Shop]:
    shop = Shop()
    shop.held.set()
    app = web.Application()
    app.router.add_post("/{path:.*}", shop.take)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield shop
    finally:
        await runner.cleanup()


def a_double(shop: Shop) -> TwilioDouble:
    """One sender whose webhooks lead to the shop's public address."""
    webhook = {"callback_url": f"{PUBLIC}/webhooks/whatsapp", "status_callback_url": f"{PUBLIC}/webhooks/status"}
    return TwilioDouble(Account(senders=[Sender(OURS, webhook=webhook)]), reach={PUBLIC: shop.url})


@asynccontextmanager
async def library(twilio: TwilioDouble, token: str | None = None, seconds: float = 20) -> AsyncIterator[Client]:
    """The vendor's client; the base URL is an attribute of each product."""
    http = TwilioHttpClient(timeout=seconds)
    client = Client(twilio.account.sid, token or twilio.account.auth_token, http_client=http)
    client.api.base_url = client.messaging.base_url = twilio.url
    yield client
    http.session.close()


async def create(twilio: TwilioDouble, seconds: float = 20, **changes: Any) -> Any:
    form = {"to": ADA, "from_": OURS, "body": "Hello"} | changes
    async with library(twilio, seconds=seconds) as client:
        return await asyncio.to_thread(lambda: client.messages.create(**form))


async def listed(twilio: TwilioDouble, **query: Any) -> list[str]:
    async with library(twilio) as client:
        return [message.sid for message in await asyncio.to_thread(lambda: client.messages.list(**query))]


async def arrived(journal: Journal, count: int = 1) -> None:
    """A client may give up before its request was read."""

    async def decided() -> bool:
        return len(journal.requests("POST", "/Messages.json")) == count

    await until(decided)


class Wire(AsyncHttpClient):
    """What `AsyncTwilioHttpClient` does, with a time-out and JSON, and without what aiohttp deprecates."""

    def __init__(self, session: aiohttp.ClientSession, seconds: float) -> None:
        super().__init__(None, True, seconds)
        self._session, self._limit = session, aiohttp.ClientTimeout(total=seconds)

    async def request(self, method: str, url: str, **asked: Any) -> Response:
        headers = dict(asked["headers"]) | {"Authorization": aiohttp.encode_basic_auth(*asked["auth"])}
        body = {"json" if headers.get("Content-Type") == "application/json" else "data": asked["data"]}
        options: Any = {"params": asked["params"], "headers": headers, "timeout": self._limit, "allow_redirects": False}
        async with self._session.request(method, url, **options, **body) as answer:
            return Response(answer.status, await answer.text(), answer.headers)
