"""One mailbox at Gmail, by Google's own client: https://googleapis.github.io/google-api-python-client/docs/.

The client blocks, so its calls run in a few threads of this account; each has a deadline, nothing is tried twice here.
"""

import asyncio
import http.client
import threading
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Literal
from weakref import WeakKeyDictionary

import google_auth_httplib2
import httplib2
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from googleapiclient.discovery import build
from googleapiclient.errors import Error as ClientError
from httplib2.decode import DecodeLimitError

from fte_agent.inbound.mail import MAX_RAW_BYTES
from fte_runtime.channels.gmail import quota, resources
from fte_runtime.channels.gmail.credentials import CredentialsFile, Grant
from fte_runtime.channels.gmail.failures import (
    GmailError,
    NoAnswer,
    OtherMailbox,
    QuotaExceeded,
    Rejected,
    Unreachable,
    failure_of,
)
from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.channels.gmail.transport import Call, Wire

API_URL = "https://gmail.googleapis.com/"
TOTAL_SECONDS = 20.0
THREADS = 4
MAX_ANSWER_BYTES = (MAX_RAW_BYTES + 2) // 3 * 4 + 64 * 1024
"""The largest mail that is read, as base64, and the JSON around it."""

_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
"""Whose turn it is to have a whole message in memory: of the process, not of an account."""

_FAULTS = (
    ClientError,
    GoogleAuthError,
    DecodeLimitError,
    httplib2.HttpLib2Error,
    http.client.HTTPException,
    OSError,
    ValueError,
    RecursionError,
)


class Account:
    """The mailbox that ``settings`` name; every method raises `GmailError` and `NoCredentials`.

    Credentials that open another one are used for nothing: somebody may have signed in as themselves.
    ``seconds`` is what one call may take, waiting for a thread included; a whole message waits as long for its turn.
    ``pace`` holds calls back beforehand, for those that can wait: None for a reply.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        seconds: float = TOTAL_SECONDS,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        pace: quota.Pace | None = None,
    ) -> None:
        self._settings = settings
        self._pace = pace
        self._seconds = seconds
        self._max_bytes = max_answer_bytes
        self._credentials = CredentialsFile(
            settings.credentials_file, mailbox=settings.mailbox, token_url=settings.token_url
        )
        self._opening: Credentials | None = None
        """The credentials that were seen to open this mailbox; they are made anew whenever their file changes."""
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="gmail")
        self._own = threading.local()
        self._wires: list[Wire] = []
        self._calls: set[Call] = set()

    @property
    def grant(self) -> Grant | None:
        """The person's consent that the credentials are, as Google told of it last; None for a service account."""
        return self._credentials.grant

    async def profile(self) -> resources.Profile:
        """Whose mailbox it is; the cheapest real call."""
        return resources.profile(await self._ask(_whose, units=quota.PROFILE))

    async def watch(self, topic: str, *, also: Sequence[str] = ()) -> resources.Watched:
        """Ask for pushes of the labels that the settings name and ``also``; a new watch takes the last one's place."""
        body = self.watching(topic, also=also)
        return resources.watched(await self._ask(lambda users: users.watch(userId="me", body=body), units=quota.WATCH))

    def watching(self, topic: str, *, also: Sequence[str] = ()) -> dict[str, object]:
        """What `watch` asks for."""
        labels = list(dict.fromkeys((*self._settings.label_ids, *also)))
        return {"topicName": topic, "labelIds": labels, "labelFilterBehavior": "include"}

    async def stop(self) -> None:
        """Ask for no more pushes."""
        await self._ask(lambda users: users.stop(userId="me"), units=quota.STOP)

    async def history(self, start: int, *, label: str | None = None, page: str | None = None) -> resources.Page:
        """A page of what came, was taken out of Spam or deleted after history id ``start``.

        Raises `NotFound` when that is too old.
        """
        types = ["messageAdded", "messageDeleted", "labelRemoved"]
        query = {"startHistoryId": str(start), "historyTypes": types, "labelId": label, "pageToken": page}
        return resources.history(
            await self._ask(lambda users: users.history().list(userId="me", **query), units=quota.HISTORY)
        )

    async def listed(self, query: str, *, label: str | None = None, page: str | None = None) -> resources.Page:
        """A page of the messages that Gmail's search finds, newest first; with ``label`` only those that have it."""
        asked = {"q": query, "labelIds": label, "pageToken": page}
        return resources.listed(
            await self._ask(lambda users: users.messages().list(userId="me", **asked), units=quota.LIST)
        )

    async def message(
        self, message_id: str, form: Literal["raw", "metadata", "minimal"] = "raw", headers: Sequence[str] = ()
    ) -> resources.Message:
        """One message, whole or with the ``headers`` asked for (none: all); `NotFound`.

        One whole message comes in at a time: an answer of 37 MiB takes five times that of memory while it is read.
        """
        query = {"format": form, "metadataHeaders": list(headers) or None}
        if self._pace is not None:  # before the turn, which others wait for
            await self._pace.spend(quota.GET)
        async with a_turn(self._seconds if form == "raw" else None):
            return resources.message(
                await self._ask(
                    lambda users: users.messages().get(userId="me", id=message_id, **query), units=quota.GET, spent=True
                )
            )

    async def thread(self, thread_id: str) -> tuple[resources.Message, ...]:
        """A thread's messages with their headers, oldest first; `NotFound`."""
        return resources.thread(
            await self._ask(
                lambda users: users.threads().get(userId="me", id=thread_id, format="metadata"), units=quota.THREAD
            )
        )

    async def send(self, mail: bytes, *, thread_id: str | None = None) -> resources.Found:
        """Hand one mail to Gmail. `NoAnswer` says that it may have gone out: look before it is sent again."""
        body = {"raw": urlsafe_b64encode(mail).decode()} | ({"threadId": thread_id} if thread_id else {})
        return resources.sent(
            await self._ask(lambda users: users.messages().send(userId="me", body=body), units=quota.SEND, fresh=True)
        )

    async def addresses(self) -> frozenset[str]:
        """What the mailbox may send as, in lower case."""
        return resources.addresses(
            await self._ask(lambda users: users.settings().sendAs().list(userId="me"), units=quota.ALIASES)
        )

    async def aclose(self) -> None:
        """End what is under way, the threads and the connections."""
        for call in list(self._calls):
            call.abort()
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
        for wire in self._wires:
            wire.http.close()

    async def _ask(self, make: Callable[[Any], Any], *, units: int, fresh: bool = False, spent: bool = False) -> Any:
        """One request that costs ``units``, which may be ``spent`` already, and what the pace makes of its end."""
        if self._pace is None:
            return await self._within(make, fresh=fresh)
        if not spent:
            await self._pace.spend(units)
        try:
            answer = await self._within(make, fresh=fresh)
        except QuotaExceeded as error:
            error.retry_after = self._pace.refused(units, error.retry_after)
            raise
        self._pace.taken(units)
        return answer

    async def _within(self, make: Callable[[Any], Any], *, fresh: bool) -> Any:
        """``fresh`` gives it a connection of its own. Given up, it is cut off, not left to itself."""
        call = Call()
        self._calls.add(call)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.get_running_loop().run_in_executor(self._pool, self._blocking, call, make, fresh)
        except TimeoutError as error:
            call.abort()
            raise (NoAnswer("Timeout") if call.asked else Unreachable("Timeout")) from error
        finally:
            call.abort()
            self._calls.discard(call)

    def _blocking(self, call: Call, make: Callable[[Any], Any], fresh: bool) -> Any:
        wire = self._wire()
        try:
            with wire.during(call, fresh=fresh):
                credentials = self._credentials.fresh(wire.http)
                authorised = google_auth_httplib2.AuthorizedHttp(credentials, http=wire.http, max_refresh_attempts=1)
                users = _users(self._settings.api_url or API_URL)
                if credentials is not self._opening and make is not _whose:
                    self._opened_first(credentials, lambda: _whose(users).execute(http=authorised))
                call.authorised = True
                answer = make(users).execute(http=authorised)
                if make is _whose:
                    self._opened(credentials, answer)
                return answer
        except _FAULTS as error:
            raise failure_of(error, asked=call.asked) from error

    def _opened_first(self, credentials: Credentials, ask: Callable[[], Any]) -> None:
        """Before anything else is asked with these: a failure, but a refusal, is that nothing else was."""
        try:
            self._opened(credentials, ask())
        except (*_FAULTS, GmailError) as error:
            failure = failure_of(error, asked=False)
            if isinstance(failure, Rejected | QuotaExceeded):
                raise failure from error
            raise Unreachable(failure.reason) from error

    def _opened(self, credentials: Credentials, answer: Any) -> None:
        if resources.profile(answer).address != self._settings.mailbox:
            raise OtherMailbox(self._settings.mailbox)
        self._opening = credentials

    def _wire(self) -> Wire:
        if (wire := getattr(self._own, "wire", None)) is None:
            wire = self._own.wire = Wire(self._max_bytes)
            self._wires.append(wire)
        return wire


def _whose(users: Any) -> Any:
    return users.getProfile(userId="me")


@asynccontextmanager
async def a_turn(seconds: float | None) -> AsyncIterator[None]:
    """Wait so long at most until nobody else in the process has a turn, and take it; None takes none.

    Raises:
        Unreachable: it did not come in time, so nothing was asked.
    """
    if seconds is None:
        yield
        return
    turn = _TURNS.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    try:
        async with asyncio.timeout(seconds):
            await turn.acquire()
    except TimeoutError as error:
        raise Unreachable("Timeout") from error
    try:
        yield
    finally:
        turn.release()


@cache
def _users(api_url: str) -> Any:
    """The client's description of ``users``, from the document that comes with it. It is only read, in any thread."""
    options = {"api_endpoint": api_url}
    client = build("gmail", "v1", http=httplib2.Http(), static_discovery=True, client_options=options)
    return client.users()
