"""The Gmail API's routes for a mailbox as a whole: profile, watch, history, addresses.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from doubles.google.front import Front
from doubles.google.gmail import USERS
from doubles.google.mailboxes import WEEK_MS, Mailbox, Watch
from doubles.google.paging import page
from doubles.google.refusals import NOT_FOUND, Refused, invalid

TOPIC = re.compile(r"projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/topics/[A-Za-z][\w.~+%-]{2,254}")


@dataclass(slots=True)
class AccountRoutes:
    """What is neither a message nor a thread."""

    front: Front

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{USERS}/profile", self.profile),
            web.post(f"{USERS}/watch", self.watch),
            web.post(f"{USERS}/stop", self.stop),
            web.get(f"{USERS}/history", self.history),
            web.get(f"{USERS}/settings/sendAs", self.aliases),
        ]

    async def profile(self, request: web.Request) -> web.StreamResponse:
        mailbox, rule = self.front.admit("profile", request, request.query)
        await self.front.misbehave(request, rule)
        body = {
            "emailAddress": mailbox.address,
            "messagesTotal": len(mailbox.mails),
            "threadsTotal": len({mail.thread_id for mail in mailbox.mails.values()}),
            "historyId": str(mailbox.history_id),
        }
        return await self.front.answer(request, body, rule)

    async def watch(self, request: web.Request) -> web.StreamResponse:
        """For seven days; a new watch takes the place of the last one.

        https://developers.google.com/workspace/gmail/api/guides/push#getting_gmail_mailbox_updates
        """
        told = await _watched(request)
        mailbox, rule = self.front.admit("watch", request, told)
        await self.front.misbehave(request, rule)
        mailbox.watch = Watch(
            topic=told["topicName"],
            labels=frozenset(told.get("labelIds", ())),
            include=str(told.get("labelFilterBehavior", told.get("labelFilterAction", "include"))).lower() != "exclude",
            expiration=mailbox.now() + WEEK_MS,
        )
        self._note(mailbox, mailbox.watch)
        body = {"historyId": str(mailbox.history_id), "expiration": str(mailbox.watch.expiration)}
        return await self.front.answer(request, body, rule)

    async def stop(self, request: web.Request) -> web.StreamResponse:
        """Succeeds with nothing, watched or not."""
        mailbox, rule = self.front.admit("stop", request, request.query)
        await self.front.misbehave(request, rule)
        mailbox.watch = None
        self._note(mailbox, None)
        return web.Response(status=204)

    async def history(self, request: web.Request) -> web.StreamResponse:
        """Records after ``startHistoryId``; 404 when that is too old: only a full sync helps then.

        https://developers.google.com/workspace/gmail/api/guides/sync#limitations
        """
        query = request.query
        mailbox, rule = self.front.admit("history", request, query)
        await self.front.misbehave(request, rule)
        start = query.get("startHistoryId", "")
        if not start.isascii() or not start.isdigit():
            raise invalid("Invalid startHistoryId")
        if not mailbox.oldest <= int(start) <= mailbox.history_id:
            raise Refused(NOT_FOUND)
        kinds, label = query.getall("historyTypes", []), query.get("labelId")
        found = [
            record
            for record in mailbox.history
            if record.id > int(start)
            and (not kinds or record.kind in kinds)
            and (label is None or label in record.mail.labels)
        ]
        shown, more = page(found, query, self.front.largest)
        body: dict[str, Any] = {"historyId": str(mailbox.history_id)}
        if shown:
            body["history"] = [record.resource() for record in shown]
        return await self.front.answer(request, body | more, rule)

    async def aliases(self, request: web.Request) -> web.StreamResponse:
        """https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.settings.sendAs."""
        mailbox, rule = self.front.admit("aliases", request, request.query)
        await self.front.misbehave(request, rule)
        primary = {"sendAsEmail": mailbox.address, "displayName": "", "isPrimary": True, "isDefault": True}
        others = [
            {"sendAsEmail": alias, "displayName": "", "treatAsAlias": True, "verificationStatus": "accepted"}
            for alias in mailbox.aliases
        ]
        return await self.front.answer(request, {"sendAs": [primary, *others]}, rule)

    def _note(self, mailbox: Mailbox, watch: Watch | None) -> None:
        told = {"mailbox": mailbox.address, "topic": watch.topic if watch else None}
        labels = sorted(watch.labels) if watch else []
        include, expiration = (watch.include, watch.expiration) if watch else (True, 0)
        self.front.journal.write("watch", **told, labels=labels, include=include, expiration=expiration)


async def _watched(request: web.Request) -> dict[str, Any]:
    try:
        told = json.loads(await request.text())
    except ValueError:
        told = None
    topic = told.get("topicName") if isinstance(told, dict) else None
    if not isinstance(topic, str) or not TOPIC.fullmatch(topic):
        raise invalid(f"Invalid topicName does not match {TOPIC.pattern}")
    return dict(told)
