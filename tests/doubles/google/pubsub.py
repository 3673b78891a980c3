"""Pub/Sub as a client: pushes with an OIDC token, sent again until they are acknowledged.

https://cloud.google.com/pubsub/docs/push: the body is a wrapped message, 102, 200, 201, 202 and 204 acknowledge it,
everything else and silence past the ack deadline bring it again, 100 ms later at first and 60 s at most.
https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions: the token.
"""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from doubles.google.forgeries import Forgery, token
from doubles.google.journal import Journal
from doubles.google.keys import Key

ACKNOWLEDGES = frozenset({102, 200, 201, 202, 204})
SHORTEST, LONGEST = 0.1, 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """What becomes of one push. ``body`` stands in place of the wrapped message, ``history_id`` of the mailbox's own.

    ``times`` it is published: 0 is lost, 2 is twice. ``delay`` is in seconds. ``number``: historyId as a JSON number.
    """

    times: int = 1
    delay: float = 0
    forged: Forgery | None = None
    body: str | None = None
    history_id: str | None = None
    number: bool = False


@dataclass(slots=True)
class Subscription:
    """A push subscription. ``attempts`` bounds how often a message is sent; Pub/Sub goes on for seven days."""

    endpoint: str
    audience: str
    email: str = "push@project.iam.gserviceaccount.com"
    name: str = "projects/desk-project/subscriptions/mail"
    ack_deadline: float = 10.0
    shortest: float = SHORTEST
    attempts: int | None = None


@dataclass(slots=True)
class PubSub:
    """Pushes of one subscription; without one, nothing is pushed."""

    journal: Journal
    subscription: Subscription | None = None
    _session: aiohttp.ClientSession | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _count: int = 0

    async def open(self) -> None:
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def settled(self) -> None:
        """Wait until every push is acknowledged or given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def publish(self, mailbox: str, history_id: int, signs_with: Key, order: Order) -> None:
        """A change, pushed in the background, as the order says."""
        if self.subscription is None:
            return
        for _ in range(order.times):
            self._count += 1
            message_id = f"{20000000000000000 + self._count}"
            told = {"mailbox": mailbox, "message_id": message_id, "forged": order.forged}
            body = self._body(mailbox, history_id, message_id, order) if order.body is None else order.body
            task = asyncio.create_task(self._deliver(self.subscription, told, body, signs_with, order))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _body(self, mailbox: str, history_id: int, message_id: str, order: Order) -> str:
        """https://developers.google.com/workspace/gmail/api/guides/push#receiving_notifications."""
        assert self.subscription is not None
        told = order.history_id or str(history_id)
        data = {"emailAddress": mailbox, "historyId": int(told) if order.number else told}
        published = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        message = {
            "data": urlsafe_b64encode(json.dumps(data).encode()).decode(),
            "messageId": message_id,
            "message_id": message_id,
            "publishTime": published,
            "publish_time": published,
        }
        return json.dumps({"message": message, "subscription": self.subscription.name})

    async def _deliver(
        self, to: Subscription, told: Mapping[str, Any], body: str, signs_with: Key, order: Order
    ) -> None:
        await asyncio.sleep(order.delay)
        wait, sent = to.shortest, 0
        while to.attempts is None or sent < to.attempts:
            sent += 1
            proof = token(signs_with, audience=to.audience, email=to.email, forged=order.forged)
            outcome = await self._post(to, body, {"Authorization": f"Bearer {proof}"} if proof else {})
            self.journal.write("push", **told, outcome=outcome)
            if outcome in ACKNOWLEDGES:
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST)

    async def _post(self, to: Subscription, body: str, headers: Mapping[str, str]) -> Any:
        assert self._session is not None
        limit = aiohttp.ClientTimeout(total=to.ack_deadline)
        told = {"Content-Type": "application/json", "User-Agent": "CloudPubSub-Google"} | dict(headers)
        try:
            async with self._session.post(
                to.endpoint, data=body, headers=told, timeout=limit, allow_redirects=False
            ) as answer:
                return answer.status
        except (TimeoutError, aiohttp.ClientError) as error:
            return type(error).__name__
