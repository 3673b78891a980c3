"""One account at Twilio by the vendor's library, over a transport of ours.

The library's own asynchronous transport ignores its time-out, cannot send the JSON that ``Channels/Senders`` needs,
keeps ``Retry-After`` to itself and logs addresses; a custom one is its documented way out:
https://www.twilio.com/docs/libraries/reference/twilio-python#custom-http-client. Nothing here is tried twice.
"""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from fte_runtime.channels.twilio_whatsapp.settings import Settings
from fte_runtime.config import ConfigError, read_secret
from fte_runtime.errors import ProviderError

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
MAX_RETRY_AFTER = 3600.0
_OWN_ENVIRONMENT = {"TWILIO_EDGE": ""}
"""What the library reads in place of the process's environment, which may name another edge, region or account."""


class NoCredentials(ConfigError):
    """The credentials' files are missing or empty."""

    told = True


class NotReached(ProviderError):
    """No connection to Twilio came about, so nothing was sent."""

    retryable = True
    public = "cannot be reached"


class Refused(ProviderError):
    """Twilio answered with an error.

    ``code`` is Twilio's (https://www.twilio.com/docs/api/errors), None where the answer has none: then something in
    between may have written it. ``retry_after`` is in seconds.
    """

    public = "answers with an error; the worker's log has its number"

    def __init__(self, status: int, code: int | None, retry_after: float | None = None) -> None:
        super().__init__(f"Twilio answered {status}, error {code or 'without a code'}")
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:  # type: ignore[override]
        """Whether the same call may succeed later."""
        return self.status == 429 or self.status >= 500

    @property
    def unauthorised(self) -> bool:
        """Whether the credentials are refused: https://www.twilio.com/docs/api/errors/20003."""
        return self.status == 401 or self.code == 20003

    @property
    def told(self) -> bool:  # type: ignore[override]
        """That is a finding of `CredentialsCheck`."""
        return self.unauthorised


class Transport(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """Requests with deadlines; an answer that is an error is raised."""

    def __init__(self) -> None:
        super().__init__(logger, True)
        self._session: aiohttp.ClientSession | None = None

    async def request(self, method: str, uri: str, **given: Any) -> Response:
        """One request; ``given`` are ``params``, ``data``, ``headers`` and ``auth`` as the library gives them.

        Raises:
            NotReached: no connection.
            Refused: the answer is an error.
            TimeoutError: no answer in time; the request may have been carried out.
            aiohttp.ClientError: the connection broke; likewise.
        """
        headers, auth = dict(given["headers"]), given["auth"]
        if auth:
            headers["Authorization"] = aiohttp.encode_basic_auth(*auth)
        as_json = headers.get("Content-Type") == "application/json"
        options = {"params": given["params"], "headers": headers, "allow_redirects": False}
        options["json" if as_json else "data"] = given["data"]
        try:
            async with self._opened().request(method, uri, **options) as answer:
                text = await answer.text()
                if answer.status >= 400:
                    raise Refused(answer.status, _code(text), _retry_after(answer.headers))
                return Response(answer.status, text, answer.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotReached("Twilio cannot be reached") from error

    async def aclose(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            limits = aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS)
            self._session = aiohttp.ClientSession(timeout=limits)
        return self._session


class Account:
    """The account that ``settings`` name. Its credentials are read anew for each client: their files change."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._transport = Transport()

    @property
    def sid(self) -> str:
        """The account's SID; raises `NoCredentials`."""
        return _secret(self._settings.account_sid_file)

    def client(self) -> Client:
        """The vendor's client with the credentials as they are now; raises `NoCredentials` without them."""
        token = _secret(self._settings.auth_token_file)
        client = Client(self.sid, token, http_client=self._transport, environment=_OWN_ENVIRONMENT)
        if self._settings.api_url is not None:
            client.api.base_url = client.messaging.base_url = self._settings.api_url.rstrip("/")
        return client

    async def aclose(self) -> None:
        """End the connections."""
        await self._transport.aclose()


def _secret(path: Path) -> str:
    try:
        return read_secret(path)
    except ConfigError as error:
        raise NoCredentials(str(error)) from error


def _code(text: str) -> int | None:
    """The code in an error's body: https://www.twilio.com/docs/usage/twilios-response#exceptions."""
    try:
        code = json.loads(text)["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, int) else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the answer asks for, within reason; a date is not understood."""
    value = headers.get("Retry-After", "")
    return min(float(value), MAX_RETRY_AFTER) if value.isascii() and value.isdigit() else None
