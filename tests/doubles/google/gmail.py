"""The Gmail API's routes for messages and threads, below ``/gmail/v1/users/{user}``.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages
"""

import json
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from doubles.google.front import Front
from doubles.google.mail import Mail
from doubles.google.mailboxes import Mailbox
from doubles.google.paging import page
from doubles.google.refusals import NOT_FOUND, Refused, invalid
from doubles.google.search import matching

USERS = "/gmail/v1/users/{user}"
FORMS = ("minimal", "full", "raw", "metadata")

Tell = Callable[[Mailbox, Mail, str], None]
"""A mail is new in a mailbox, by this author."""


@dataclass(slots=True)
class Messages:
    """`users.messages` and `users.threads`. ``tell`` notes a mail that was taken and tells Pub/Sub."""

    front: Front
    tell: Tell

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{USERS}/messages", self.list),
            web.post(f"{USERS}/messages/send", self.send),
            web.get(f"{USERS}/messages/{{id}}", self.get),
            web.get(f"{USERS}/threads/{{id}}", self.thread),
        ]

    async def list(self, request: web.Request) -> web.StreamResponse:
        """Newest first; without results there is no ``messages`` at all."""
        query = request.query
        mailbox, rule = self.front.admit("list", request, query)
        await self.front.misbehave(request, rule)
        found = matching(
            mailbox.mails.values(),
            query.get("q", ""),
            labels=query.getall("labelIds", []),
            unseen=query.get("includeSpamTrash") == "true",
        )
        shown, more = page([mail for mail in found if _visible(mail)], query, self.front.largest)
        body: dict[str, Any] = {"resultSizeEstimate": len(found)}
        if shown:
            body["messages"] = [mail.short() for mail in shown]
        return await self.front.answer(request, body | more, rule)

    async def get(self, request: web.Request) -> web.StreamResponse:
        """404 for what is deleted, and for what history names already and the store does not show yet."""
        form = _form(request)
        mailbox, rule = self.front.admit("get", request, request.query)
        await self.front.misbehave(request, rule)
        mail = mailbox.mail(request.match_info["id"])
        if mail.hidden_gets:
            mail.hidden_gets -= 1
            raise Refused(NOT_FOUND)
        shown = mail.resource(form, request.query.getall("metadataHeaders", []))
        return await self.front.answer(request, shown, rule)

    async def thread(self, request: web.Request) -> web.StreamResponse:
        form = _form(request)
        mailbox, rule = self.front.admit("thread", request, request.query)
        await self.front.misbehave(request, rule)
        mails = mailbox.thread(request.match_info["id"])
        headers = request.query.getall("metadataHeaders", [])
        body = {
            "id": request.match_info["id"],
            "historyId": str(max(mail.history_id for mail in mails)),
            "messages": [mail.resource(form, headers) for mail in mails],
        }
        return await self.front.answer(request, body, rule)

    async def send(self, request: web.Request) -> web.StreamResponse:
        """The mail is taken before anything of the answer goes wrong, when the rule says that it is taken."""
        told = await _object(request)
        raw = _raw(told.get("raw"))
        mailbox, rule = self.front.admit("send", request, {"threadId": told.get("threadId"), "bytes": len(raw)})
        mail = None
        if rule.takes:
            mail = mailbox.send(raw, told.get("threadId"))
            self.tell(mailbox, mail, "api")
        await self.front.misbehave(request, rule)
        assert mail is not None, "a rule that takes nothing gives no answer"
        return await self.front.answer(request, mail.short() | {"labelIds": sorted(mail.labels)}, rule)


def _visible(mail: Mail) -> bool:
    if mail.hidden_lists:
        mail.hidden_lists -= 1
        return False
    return True


def _form(request: web.Request) -> str:
    form = request.query.get("format", "full")
    if form not in FORMS:
        raise invalid(f"Invalid value at 'format': {form}")
    return form


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        told = json.loads(await request.text())
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise invalid("Invalid JSON payload received.")
    return told


def _raw(text: object) -> bytes:
    """RFC 2822 text as base64url: https://developers.google.com/workspace/gmail/api/guides/sending."""
    if not isinstance(text, str) or not text:
        raise invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        raise invalid("Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed") from None
