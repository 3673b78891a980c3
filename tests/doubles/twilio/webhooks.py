"""Twilio as a client: signed requests to the customer's server, with the documented time limits and retries.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides: connect 5 s, read 15 s, all attempts 15 s,
one retry. Settings ride in the URL's fragment (``#rc=2&rp=5xx&tt=4000``), which is neither sent nor signed. ``rp``
says what is tried again: ``ct`` a connection that cannot be made (the default), ``rt`` an answer that does not come,
``4xx``, ``5xx``, ``all``. So a 5xx is not tried again by default.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit
from uuid import uuid4

import aiohttp
from doubles.twilio.journal import Journal
from doubles.twilio.signature import Fields, sign, sign_json
from yarl import URL

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Settings:
    """Connection overrides; times in seconds."""

    connect: float = 5
    read: float = 15
    total: float = 15
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, fragment: str) -> "Settings":
        given = {name: values[0] for name, values in parse_qs(fragment).items()}
        return cls(
            connect=int(given.get("ct", 5000)) / 1000,
            read=int(given.get("rt", 15000)) / 1000,
            total=int(given.get("tt", 15000)) / 1000,
            retries=int(given.get("rc", 1)),
            policy=frozenset(given.get("rp", "ct").split(",")),
        )

    def again(self, failure: str) -> bool:
        return failure in self.policy or "all" in self.policy


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. ``status`` is None when no answer came; ``failure`` is a word of ``rp``, or blank."""

    status: int | None
    failure: str
    answer: str = ""


@dataclass(slots=True)
class Caller:
    """Sends webhooks. ``reach`` maps the beginning of a public URL to where its server listens in the test."""

    journal: Journal
    reach: Mapping[str, str] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(auto_decompress=False)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(
        self,
        purpose: str,
        address: str,
        fields: Fields,
        auth_token: str,
        *,
        as_json: bool = False,
        idempotency_token: str | None = None,
    ) -> list[Outcome]:
        """Post until it is taken or the settings give up; every attempt is in the journal."""
        url, fragment = urldefrag(address)
        settings = Settings.of(fragment)
        if as_json:
            body, content_type = json.dumps(dict(fields)).encode(), "application/json"
            url, signature = sign_json(auth_token, url, body)
        else:
            body, content_type = urlencode(fields).encode(), FORM
            signature = sign(auth_token, url, fields)
        headers = {
            "Content-Type": content_type,
            "X-Twilio-Signature": signature,
            "I-Twilio-Idempotency-Token": idempotency_token or str(uuid4()),
            "User-Agent": "TwilioProxy/1.1",
            "Host": urlsplit(url).netloc,
        }
        told = {"purpose": purpose, "url": url, "fields": [list(pair) for pair in fields], "signature": signature}
        deadline = time.monotonic() + settings.total
        outcomes: list[Outcome] = []
        while len(outcomes) <= settings.retries and (left := deadline - time.monotonic()) > 0:
            limits = aiohttp.ClientTimeout(total=left, sock_connect=settings.connect, sock_read=settings.read)
            outcome = await self._attempt(url, body, headers, limits)
            outcomes.append(outcome)
            self.journal.write("webhook", **told, outcome=outcome.status or outcome.failure, answer=outcome.answer)
            if not (outcome.failure and settings.again(outcome.failure)):
                break
        return outcomes

    async def _attempt(
        self, url: str, body: bytes, headers: Mapping[str, str], limits: aiohttp.ClientTimeout
    ) -> Outcome:
        assert self._session is not None
        there = URL(self._reached(url), encoded=True)
        try:
            async with self._session.post(
                there, data=body, headers=headers, timeout=limits, allow_redirects=False
            ) as answer:
                failure = f"{answer.status // 100}xx" if answer.status >= 400 else ""
                return Outcome(answer.status, failure, await answer.text())
        except aiohttp.ServerTimeoutError as error:
            return Outcome(None, "ct" if isinstance(error, aiohttp.ConnectionTimeoutError) else "rt")
        except aiohttp.ClientConnectorError:
            return Outcome(None, "ct")
        except (TimeoutError, aiohttp.ClientError):
            return Outcome(None, "rt")

    def _reached(self, url: str) -> str:
        for public, actual in self.reach.items():
            if url.startswith(public):
                return actual + url.removeprefix(public)
        return url
