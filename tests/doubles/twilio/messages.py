"""Messages and the account: https://www.twilio.com/docs/messaging/api/message-resource."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl

from aiohttp import web
from doubles.twilio import listing
from doubles.twilio.account import Message
from doubles.twilio.checks import refusal
from doubles.twilio.front import NOT_FOUND, Front, decision_of
from doubles.twilio.misbehaviour import Rule

Report = Callable[[Message, tuple[str, ...]], "asyncio.Task[None]"]


@dataclass(slots=True)
class Messages:
    """``report`` starts to send a taken message's callbacks in the order given."""

    front: Front
    report: Report

    def routes(self) -> list[web.RouteDef]:
        account = "/2010-04-01/Accounts/{account}"
        return [
            web.post(f"{account}/Messages.json", self.create),
            web.get(f"{account}/Messages.json", self.list),
            web.get(f"{account}/Messages/{{sid}}.json", self.fetch),
            web.get(f"{account}.json", self.account),
        ]

    async def create(self, request: web.Request) -> web.StreamResponse:
        """201 with the resource; ``status`` is queued, ``date_sent`` and ``error_code`` are null."""
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        rule = self.front.admit("create", request, form)
        message = None
        if rule.takes:
            if refused := refusal(form, [sender.address for sender in self.front.account.senders]):
                self.front.refuse(request, form, refused)
            message = self._take(form, rule)
        self.front.note(request, form, decision_of(rule), message.sid if message else None)
        answer = message and message.resource(self.front.account.sid)
        if message:
            callbacks = self.report(message, self._statuses(message, form, rule))
            if rule.callbacks == "before":
                await asyncio.shield(callbacks)
        await self.front.misbehave(request, rule)
        return web.json_response(answer, status=201)

    async def list(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        await self.front.enter("list", request, query)
        account = self.front.account
        found = listing.matching(account.messages.values(), query, account.clock())
        return web.json_response(listing.page(account, found, query))

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        await self.front.enter("fetch", request, {})
        if found := self.front.account.messages.get(request.match_info["sid"]):
            return web.json_response(found.resource(self.front.account.sid))
        return web.json_response(NOT_FOUND.body(), status=404)

    async def account(self, request: web.Request) -> web.StreamResponse:
        """https://www.twilio.com/docs/iam/api/account: what a check of credentials reads."""
        await self.front.enter("account", request, {})
        sid = self.front.account.sid
        shown = {"sid": sid, "owner_account_sid": sid, "friendly_name": "Example Ltd", "status": "active"}
        return web.json_response(shown | {"type": "Full", "uri": f"/2010-04-01/Accounts/{sid}.json"})

    def _take(self, form: Mapping[str, str], rule: Rule) -> Message:
        message = self.front.account.take(form)
        message.hidden_lists = rule.hidden_lists
        if rule.hidden_seconds:
            message.hidden_until = message.created + timedelta(seconds=rule.hidden_seconds)
        told = {name: form.get(name_in_form) for name, name_in_form in TOLD.items()}
        address = {"to": message.to, "from": message.sender, "body": message.body}
        self.front.journal.write("accepted", author="api", sid=message.sid, **address, **told)
        return message

    def _statuses(self, message: Message, form: Mapping[str, str], rule: Rule) -> tuple[str, ...]:
        if rule.statuses is not None:
            return rule.statuses
        account = self.front.account
        free = "ContentSid" not in form and not account.window_open(message.sender, message.to)
        return account.outside_window if free else account.statuses


TOLD = {
    "content_sid": "ContentSid",
    "content_variables": "ContentVariables",
    "status_callback": "StatusCallback",
}
