"""The whole provider: REST API, webhooks, colleagues at the console, and a journal of it all."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from aiohttp import web
from doubles.twilio import callbacks
from doubles.twilio.account import Account, Message, new_sid
from doubles.twilio.control import Control
from doubles.twilio.front import Front, errors
from doubles.twilio.inbound import Inbound
from doubles.twilio.journal import Journal
from doubles.twilio.messages import Messages
from doubles.twilio.misbehaviour import Rule, Script
from doubles.twilio.restore import restore
from doubles.twilio.senders import Senders
from doubles.twilio.signature import Fields
from doubles.twilio.webhooks import Caller, Outcome


@dataclass(frozen=True, slots=True)
class Received:
    """A customer's message in the account, and what came of its webhook (empty: none was sent)."""

    sid: str
    outcomes: tuple[Outcome, ...]


class TwilioDouble:
    """An account at Twilio that listens on this machine. ``async with TwilioDouble() as twilio: twilio.url``.

    ``rules``: misbehaviour. ``journal``: a file to write to and, when it is there, to go on from. ``reach``: where
    public URLs are really served, as beginnings (``{"https://support.example.org": "http://127.0.0.1:8080"}``).
    """

    def __init__(
        self,
        account: Account | None = None,
        *,
        rules: Iterable[Rule] = (),
        journal: Path | None = None,
        reach: Mapping[str, str] | None = None,
    ) -> None:
        self.account = account or Account()
        self.script = Script()
        self.script.add(*rules)
        self.journal = Journal(journal)
        self.url = ""
        self._caller = Caller(self.journal, reach or {})
        self._front = Front(self.account, self.script, self.journal)
        self._reports: set[asyncio.Task[None]] = set()
        self._sent: dict[str, tuple[str, Fields, bool, str]] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "TwilioDouble":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen on ``host``; 0 takes any free port."""
        self.journal.open()
        restore(self.account, self.journal)
        await self._caller.open()
        app = web.Application(middlewares=[errors])
        for part in (Messages(self._front, self._report), Senders(self._front), Control(self)):
            app.add_routes(part.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """End hanging connections, then callbacks under way, then the rest."""
        self._front.closing.set()
        if self._runner is not None:
            await self._runner.cleanup()
        for task in self._reports:
            task.cancel()
        await asyncio.gather(*self._reports, return_exceptions=True)
        await self._caller.close()
        self.journal.close()

    async def receive(self, inbound: Inbound, *, sender: str | None = None) -> Received:
        """A customer writes: the message is in the account, the sender's webhook is called."""
        ours = sender or self.account.senders[0].address
        sid = new_sid("MM" if inbound.media else "SM")
        at = self.account.clock() - inbound.ago
        told = {"customer": inbound.customer, "sender": ours, "body": inbound.body}
        self.account.hear(sid, **told, media=len(inbound.media), at=at)
        self.journal.write("received", sid=sid, **told, media=len(inbound.media), at=at.isoformat())
        if inbound.lost:
            return Received(sid, ())
        fields = inbound.fields(sid, account_sid=self.account.sid, sender=ours)
        self._sent[sid] = (ours, fields, inbound.as_json, str(uuid4()))
        return await self.receive_again(sid)

    async def receive_again(self, sid: str) -> Received:
        """The same webhook once more, as Twilio does when it is in doubt: same fields, same idempotency token."""
        ours, fields, as_json, token = self._sent[sid]
        webhook = self.account.sender(ours).webhook
        if not (url := webhook.get("callback_url")):
            return Received(sid, ())
        post = partial(self._caller.post, auth_token=self.account.auth_token, as_json=as_json, idempotency_token=token)
        outcomes = await post("inbound", url, fields)
        if outcomes[-1].failure and (fallback := webhook.get("fallback_url")):
            why = (("ErrorCode", "11200"), ("ErrorUrl", url))
            outcomes += await post("fallback", fallback, (*fields, *why))
        return Received(sid, tuple(outcomes))

    def write_from_console(self, to: str, body: str, *, statuses: tuple[str, ...] | None = None) -> str:
        """A colleague answers in Twilio's console: our sender, not our client. Returns the SID."""
        ours = self.account.senders[0].address
        message = self.account.take({"To": to, "From": ours, "Body": body})
        told = {"to": to, "from": ours, "body": body}
        nothing = {"content_sid": None, "content_variables": None, "status_callback": None}
        self.journal.write("accepted", author="console", sid=message.sid, **told, **nothing)
        self._report(message, self.account.statuses if statuses is None else statuses)
        return message.sid

    async def report(self, sid: str, *statuses: str) -> list[Outcome]:
        """Send callbacks for a message now, such as ``"read"`` or ``"failed:63024"``, in this order."""
        message = self.account.messages[sid]
        return [outcome for status in statuses for outcome in await self._tell(message, status)]

    async def settled(self) -> None:
        """Wait until every callback under way has been sent."""
        while self._reports:
            await asyncio.gather(*self._reports)

    def _report(self, message: Message, statuses: tuple[str, ...]) -> "asyncio.Task[None]":
        async def tell_all() -> None:
            for status in statuses:
                await self._tell(message, status)

        task = asyncio.create_task(tell_all())
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)
        return task

    async def _tell(self, message: Message, written: str) -> list[Outcome]:
        """The resource moves first, so a client that is called back and looks sees at least that status."""
        status, error_code = callbacks.parse(written)
        self.account.progress(message.sid, status, error_code)
        self.journal.write("status", sid=message.sid, status=status, error_code=error_code)
        sender = self.account.sender(message.sender)
        url = message.status_callback or sender.webhook.get("status_callback_url")
        if not url:
            return []
        fields = callbacks.fields(message, sender, self.account.sid, status, error_code)
        return await self._caller.post("status", url, tuple(fields.items()), self.account.auth_token)
