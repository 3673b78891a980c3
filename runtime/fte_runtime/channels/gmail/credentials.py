"""The credentials of a mailbox, read anew whenever their file changes: a new Secret heals a channel by itself.

A service account acts for the mailbox by domain-wide delegation, an authorised user by a person's consent:
https://developers.google.com/identity/protocols/oauth2/service-account#delegatingauthority,
https://developers.google.com/identity/protocols/oauth2/web-server#offline.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import google_auth_httplib2
from google.auth.credentials import Credentials
from google.oauth2 import credentials as consented
from google.oauth2 import service_account

from fte_runtime.channels.gmail.failures import NoCredentials

SCOPES = (
    "https://www.googleapis.com/auth/gmail.readonly",
    "https://www.googleapis.com/auth/gmail.send",
)
"""The least that reads, watches and sends: each method's page lists what it asks for."""
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
MAX_BYTES = 64 * 1024
LIFETIME = "refresh_token_expires_in"
"""https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code: the seconds that are
left of a refresh token. For an app in testing they are seven days'; a file may hold it that keeps Google's answer."""
LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Grant:
    """A person's consent, as the token endpoint told of it last. ``key`` stands for the refresh token, and is none.

    ``ends`` and ``scopes`` are None where Google does not say, ``lifetime`` where the file does not: that is counted
    from a moment which it does not name.
    """

    key: str
    ends: datetime | None = None
    scopes: frozenset[str] | None = None
    lifetime: timedelta | None = None


class CredentialsFile:
    """Credentials from a file, with the access token that they have; safe in any thread."""

    def __init__(self, path: Path, *, mailbox: str, token_url: str | None) -> None:
        self._path = path
        self._mailbox = mailbox
        self._token_url = token_url or TOKEN_URL
        self._lock = threading.Lock()
        self._read: bytes | None = None
        self._credentials: Credentials | None = None
        self.grant: Grant | None = None
        """The consent in use; None before one is read, and for a service account, which needs none."""

    def fresh(self, http: Any) -> Credentials:
        """Credentials whose access token holds, asked for over ``http`` when there is none.

        Raises:
            NoCredentials: the file is missing, too large, or holds neither kind.
            google.auth.exceptions.GoogleAuthError: there is no token for them.
        """
        with self._lock:
            credentials = self._current()
            if not credentials.valid:
                listening = _Listening(http)
                credentials.refresh(listening)  # type: ignore[no-untyped-call]
                self._granted(_object(listening.answer))
            return credentials

    def _granted(self, answer: Mapping[str, Any]) -> None:
        if self.grant is not None:
            scope, left = answer.get("scope"), lifetime(answer)
            scopes = frozenset(scope.split()) if isinstance(scope, str) else None
            self.grant = replace(self.grant, scopes=scopes, ends=datetime.now(UTC) + left if left is not None else None)

    def _current(self) -> Credentials:
        try:
            with self._path.open("rb") as file:
                read = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise NoCredentials(f"{self._path}: cannot be read: {error.strerror}") from error
        if self._credentials is None or read != self._read:
            self._credentials, self._read = self._parsed(read), read
        return self._credentials

    def _parsed(self, read: bytes) -> Credentials:
        """Google's own classes; of the file only what says who asks: where to ask is not the Secret's to say."""
        wrong = NoCredentials(f"{self._path}: is no service account's key and no authorised user's JSON")
        if len(read) > MAX_BYTES:
            raise wrong
        try:
            told = json.loads(read)
            if told.get("type") == "service_account":
                self.grant = None
                return self._delegated(told)
            key = hashlib.sha256(_text(told, "refresh_token").encode()).hexdigest()[:16]
            self.grant = Grant(key, lifetime=lifetime(told))
            return consented.Credentials(  # type: ignore[no-untyped-call]
                token=None,
                refresh_token=_text(told, "refresh_token"),
                client_id=_text(told, "client_id"),
                client_secret=_text(told, "client_secret"),
                token_uri=self._token_url,
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise wrong from None  # the cause quotes what it could not read

    def _delegated(self, told: Mapping[str, Any]) -> Credentials:
        info: dict[str, Any] = {name: _text(told, name) for name in ("client_email", "private_key")}
        info |= {"token_uri": self._token_url, "private_key_id": told.get("private_key_id")}
        return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call,no-any-return]
            info, scopes=SCOPES, subject=self._mailbox
        )


class _Listening:
    """The library's way to ask that keeps Google's answer: the library itself drops how long the consent holds."""

    def __init__(self, http: Any) -> None:
        self._request = google_auth_httplib2.Request(http)
        self.answer = b""

    def __call__(self, *args: Any, **options: Any) -> Any:
        response = self._request(*args, **options)
        self.answer = response.data
        return response


def lifetime(told: Mapping[str, Any]) -> timedelta | None:
    """What an answer of the token endpoint says is left of the refresh token; None for nothing that can be meant."""
    seconds = told.get(LIFETIME)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST.total_seconds():
        return None
    return timedelta(seconds=seconds)


def _object(answer: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _text(told: Mapping[str, Any], name: str) -> str:
    """Raises `KeyError` and `ValueError`."""
    value = told[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value
