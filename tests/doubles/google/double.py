"""All of Google that the product meets: tokens, Gmail, public keys, Pub/Sub's pushes, and a journal of it all."""

import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from doubles.google.account import AccountRoutes
from doubles.google.certs import Certs
from doubles.google.control import Control
from doubles.google.front import Front, errors
from doubles.google.gmail import Messages
from doubles.google.identities import Identities
from doubles.google.journal import Journal
from doubles.google.mail import Mail
from doubles.google.mailboxes import Mailbox
from doubles.google.misbehaviour import Rule, Script
from doubles.google.oauth import OAuth
from doubles.google.pubsub import Order, PubSub
from doubles.google.quota import Quota
from doubles.google.restore import restore

MAX_BODY = 40 * 1024 * 1024
DELIVERY = "X-FTE-Delivery"
ORDERLY = Order()


class GoogleDouble:
    """Google that listens on this machine. ``async with GoogleDouble(mailboxes=["desk@example.org"]) as google: …``.

    ``rules``: misbehaviour. ``journal``: a file to write to and, when it is there, to go on from. ``clock`` gives Unix
    seconds to mailboxes and tokens; assertions and push tokens go by the machine's.
    """

    def __init__(
        self,
        *,
        mailboxes: Iterable[str] = ("desk@example.org",),
        aliases: Iterable[str] = (),
        rules: Iterable[Rule] = (),
        journal: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.mailboxes = {address: Mailbox(address, clock, tuple(aliases)) for address in mailboxes}
        self.identities = Identities(clock)
        self.quota = Quota(clock)
        self.script = Script()
        self.script.add(*rules)
        self.journal = Journal(journal)
        self.pubsub = PubSub(self.journal)
        self.url = ""
        self._front = Front(self.identities, self.mailboxes, self.script, self.journal, self.quota)
        self.certs = Certs(self._front)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "GoogleDouble":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    @property
    def certs_url(self) -> str:
        return f"{self.url}/oauth2/v1/certs"

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen on ``host``; 0 takes any free port."""
        self.journal.open()
        restore(self.mailboxes, self.journal)
        await self.pubsub.open()
        app = web.Application(middlewares=[errors], client_max_size=MAX_BODY)
        parts = (OAuth(self._front), AccountRoutes(self._front), Messages(self._front, self._taken), self.certs)
        for part in (*parts, Control(self)):
            app.add_routes(part.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        self._front.token_urls[:] = [self.token_url]

    async def close(self) -> None:
        """End hanging connections, then pushes under way, then the rest."""
        self._front.closing.set()
        if self._runner is not None:
            await self._runner.cleanup()
        await self.pubsub.close()
        self.journal.close()

    def shorten_pages(self, largest: int) -> None:
        """No page of a list or of history has more."""
        self._front.largest = largest

    def mailbox(self, address: str | None = None) -> Mailbox:
        """A mailbox, the first one unless named."""
        return self.mailboxes[address] if address else next(iter(self.mailboxes.values()))

    def deliver(
        self,
        raw: bytes,
        *,
        mailbox: str | None = None,
        labels: Iterable[str] = ("INBOX", "UNREAD"),
        date: int | None = None,
        hidden_gets: int = 0,
        hidden_lists: int = 0,
        author: Literal["customer", "person"] = "customer",
        push: Order = ORDERLY,
    ) -> Mail:
        """A mail arrives, or with ``author`` person and label SENT a colleague answers in Gmail; Pub/Sub is told."""
        box = self.mailbox(mailbox)
        mail = box.receive(raw, labels, date)
        mail.hidden_gets, mail.hidden_lists = hidden_gets, hidden_lists
        self._taken(box, mail, author, push)
        return mail

    def label(
        self, mail_id: str, *, mailbox: str | None = None, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Mail:
        """A person moves a message."""
        box, since = self.mailbox(mailbox), len(self.mailbox(mailbox).history)
        return self._changed(box, box.label(mail_id, add=add, remove=remove), since)

    def delete(self, mail_id: str, *, mailbox: str | None = None) -> Mail:
        """A person deletes a message for good."""
        box, since = self.mailbox(mailbox), len(self.mailbox(mailbox).history)
        return self._changed(box, box.delete(mail_id), since)

    def push(self, order: Order = ORDERLY, *, mailbox: str | None = None) -> None:
        """A push without a change, as a late or forged one is; watched or not."""
        box = self.mailbox(mailbox)
        self.pubsub.publish(box.address, box.history_id, self.certs.keys[0], order)

    def _taken(self, box: Mailbox, mail: Mail, author: str, push: Order = ORDERLY) -> None:
        told: dict[str, Any] = {"id": mail.id, "thread_id": mail.thread_id, "labels": sorted(mail.labels)}
        told |= {"date": mail.date, "history_id": mail.history_id, "raw": b64encode(mail.raw).decode()}
        told |= {"message_id": mail.message_id, "to": mail.header("To"), "subject": mail.header("Subject")}
        self.journal.write("mail", author=author, mailbox=box.address, **told, delivery=mail.header(DELIVERY))
        self._tell(box, mail, push)

    def _changed(self, box: Mailbox, mail: Mail, since: int) -> Mail:
        records = [[record.id, record.kind, sorted(record.labels)] for record in box.history[since:]]
        told = {"mailbox": box.address, "id": mail.id, "labels": sorted(mail.labels), "records": records}
        self.journal.write("change", **told, deleted=mail.id not in box.mails)
        self._tell(box, mail, ORDERLY)
        return mail

    def _tell(self, box: Mailbox, mail: Mail, order: Order) -> None:
        if box.watch is not None and box.watch.tells(mail.labels, box.now()):
            self.push(order, mailbox=box.address)
