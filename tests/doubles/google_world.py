"""A small world around the Google double: the customer's server that is pushed to, and Google's own clients."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import google_auth_httplib2
import httplib2
from aiohttp import web
from doubles.google.double import GoogleDouble
from doubles.google.identities import READ, SEND, Consent
from doubles.google.pubsub import Subscription
from google.auth.credentials import Credentials
from google.oauth2 import credentials as consented
from google.oauth2 import service_account
from googleapiclient.discovery import build

DESK = "desk@example.org"
ALIAS = "billing@example.org"
ADA = "ada@example.net"
TOPIC = "projects/desk-project/topics/mail"
AUDIENCE = "https://support.example.org/webhooks/gmail"


@dataclass
class Shop:
    """The customer of Google: a server that keeps what it is pushed and answers as told."""

    answers: list[int] = field(default_factory=list)
    pushes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        self.pushes.append((request.headers.get("Authorization", ""), await request.json()))
        return web.Response(status=self.answers.pop(0) if self.answers else 204)


@asynccontextmanager
async def a_shop() -> AsyncIterator[Shop]:
    shop = Shop()
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


def a_double(shop: Shop | None = None, **changes: Any) -> GoogleDouble:
    """A mailbox with an alias and a person's consent; pushes lead to the shop."""
    double = GoogleDouble(**{"mailboxes": [DESK], "aliases": [ALIAS]} | changes)
    double.identities.consents.append(Consent(DESK))
    if shop is not None:
        double.pubsub.subscription = Subscription(f"{shop.url}/webhooks/gmail", AUDIENCE, shortest=0.01)
    return double


def a_mail(text: str = "Hello", **headers: str) -> bytes:
    """A mail as it goes over the wire; names of ``headers`` have ``_`` for ``-``, a blank one is left out."""
    message = EmailMessage()
    facts = {"From": ADA, "To": DESK, "Subject": "Question", "Message_ID": "<one@example.net>"} | headers
    for name, value in facts.items():
        if value:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def raw(mail: bytes) -> str:
    return urlsafe_b64encode(mail).decode()


def delegated(google: GoogleDouble, *scopes: str, subject: str = DESK) -> Credentials:
    """A service account that acts for a mailbox."""
    told = json.loads(google.identities.service_accounts[0].file(google.token_url))
    return service_account.Credentials.from_service_account_info(told, scopes=scopes or (READ, SEND), subject=subject)


def authorised(google: GoogleDouble, **changes: str) -> Credentials:
    """A person's consent; `from_authorized_user_info` would ask Google itself, whatever it is told."""
    told = json.loads(google.identities.consents[0].file()) | changes
    del told["type"]
    return consented.Credentials(token=None, token_uri=google.token_url, **told)


async def call(
    google: GoogleDouble, ask: Callable[[Any], Any], credentials: Credentials | None = None, seconds: float = 20
) -> Any:
    """What Google's own client makes of one request: ``ask`` is given `users()`."""
    return await asyncio.to_thread(_call, google, ask, credentials or delegated(google), seconds)


def _call(google: GoogleDouble, ask: Callable[[Any], Any], credentials: Credentials, seconds: float) -> Any:
    http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(timeout=seconds))
    endpoint = {"api_endpoint": google.url}
    try:
        with build("gmail", "v1", http=http, static_discovery=True, client_options=endpoint) as client:
            return ask(client.users()).execute()
    finally:
        http.close()
