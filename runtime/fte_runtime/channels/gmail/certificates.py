"""Google's public keys, kept as long as Google says, and asked for no oftener than every so many seconds.

https://developers.google.com/identity/gsi/web/guides/verify-google-id-token: the keys change, ``Cache-Control`` says
when to look again.
"""

import asyncio
import json
import re
from collections.abc import Mapping

import aiohttp
from google.auth.crypt import RSAVerifier

from fte_agent.ports import Clock
from fte_runtime.errors import Refused

FETCH_SECONDS = 5.0
MAX_BYTES = 64 * 1024
MAX_KEYS = 32
SHORTEST, LONGEST, UNSAID = 60.0, 86400.0, 300.0
"""How long keys are kept, in seconds: at least, at most, and where Google does not say."""
PAUSE = 30.0
"""Seconds between two requests, whatever they bring: forged tokens must not make us a client of Google."""
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])", re.IGNORECASE)


class CertificatesUnavailable(Refused):
    """Google's keys cannot be had now, so that nothing is known of the token: Pub/Sub sends the push again."""

    status, code, field, retryable = 503, "not_verified", "signature", True
    retry_after = 30

    def __init__(self) -> None:
        super().__init__("cannot be verified now; send it again later")


class Certificates:
    """Certificates (PEM) by key id, from ``url`` in the form of ``/oauth2/v1/certs``."""

    def __init__(self, url: str, clock: Clock, *, seconds: float = FETCH_SECONDS) -> None:
        self._url = url
        self._clock = clock
        self._seconds = seconds
        self._known: Mapping[str, str] = {}
        self._until = self._asked = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> str | None:
        """The certificate of that name; None when Google has no such key, or we may not ask again yet.

        Raises:
            CertificatesUnavailable: the keys that we have are too old, and there are no new ones.
        """
        if self._holds and kid in self._known:
            return self._known[kid]
        if self._fetching is None and self._clock.monotonic() - self._asked >= PAUSE:
            self._fetching = asyncio.create_task(self._fetch())
        if self._fetching is not None:
            await asyncio.shield(self._fetching)  # one request for all who wait, and it outlives who goes
        if not self._holds:
            raise CertificatesUnavailable
        return self._known.get(kid)

    @property
    def _holds(self) -> bool:
        return self._clock.monotonic() < self._until

    async def _fetch(self) -> None:
        """A failure leaves what we have, for as long as it holds; aiohttp repeats a GET once that was cut."""
        self._asked = self._clock.monotonic()
        try:
            await self._ask()
        except (TimeoutError, aiohttp.ClientError, ValueError, RecursionError):
            return
        finally:
            self._fetching = None

    async def _ask(self) -> None:
        limits = aiohttp.ClientTimeout(total=self._seconds)
        async with (
            aiohttp.ClientSession(timeout=limits, auto_decompress=False) as session,
            session.get(self._url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as answer,
        ):
            body = await _bounded(answer)
            known, kept = _certificates(body), _seconds(answer.headers)
        self._known, self._until = known, self._clock.monotonic() + kept


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """The body; raises `ValueError` for what is no answer or too long."""
    body = bytearray()
    if answer.status != 200:
        raise ValueError(answer.status)
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ValueError(MAX_BYTES)
    return bytes(body)


def _certificates(body: bytes) -> Mapping[str, str]:
    """Raises `ValueError` unless every value is a certificate."""
    told = json.loads(body)
    if not isinstance(told, dict) or not 0 < len(told) <= MAX_KEYS:
        raise ValueError("not certificates by key id")
    for certificate in told.values():
        if not isinstance(certificate, str):
            raise ValueError("not a certificate")
        RSAVerifier.from_string(certificate)  # type: ignore[no-untyped-call]
    return told


def _seconds(headers: Mapping[str, str]) -> float:
    """How long an answer holds: https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1, less the time in caches."""
    found = _MAX_AGE.search(headers.get("Cache-Control", ""))
    if found is None:
        return UNSAID
    age = headers.get("Age", "")
    spent = int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0
    return min(max(float(found[1]) - spent, SHORTEST), LONGEST)
