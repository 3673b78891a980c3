"""Customers who write to a mailbox, colleagues who answer from it, and Google as a process of its own."""

import asyncio
import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
import ledger
import ledger_providers
from data_plane import PUBLIC_URL, QUESTION, ROOT, DataPlane, until
from doubles.google.journal import Journal
from doubles.google_world import AUDIENCE, DESK, TOPIC, a_mail
from ports import free_port

PUSHES_AS = "push@project.iam.gserviceaccount.com"
SYNC = "gmail-sync"
TIMES: dict[str, object] = {"lease_seconds": 4, "send_seconds": 3, "lookup_seconds": 1}
"""A worker's times: what a crash leaves is due again soon, and a busy machine still keeps its leases."""
LOST: dict[str, object] = {"times": 0}
WORDS = (
    QUESTION,
    "When is the showroom in Leeds open?",
    "Where do I find the parcel label for something that I want to return?",
    "I would like to look at sofas on a Saturday morning. From when on is somebody there?",
    "Is there a time limit for sending unused goods back to you?",
)


class Google:
    """The Google double as a process of its own, with its journal in the plane's folder."""

    def __init__(self, plane: DataPlane, *, pushes: bool = True) -> None:
        self.pushes = pushes
        self._plane = plane
        self._path = plane.folder / "google"
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        plane.channels.append({"name": "mail", "type": "Gmail", "quiet_seconds": 0.5, "gmail": self._settings()})
        plane.public = {"public_url": PUBLIC_URL}

    def _settings(self) -> dict[str, object]:
        file = self._plane.folder / "secrets" / "service-account.json"
        settings: dict[str, object] = {"mailbox": DESK, "credentials_file": str(file)}
        settings |= {"api_url": self.url, "token_url": f"{self.url}/token"}
        if self.pushes:
            who = {"topic": TOPIC, "audience": AUDIENCE, "service_account": PUSHES_AS}
            settings["pub_sub"] = who | {"certs_url": f"{self.url}/oauth2/v1/certs"}
        return settings

    @property
    def journal(self) -> Journal:
        """What it wrote until now."""
        return Journal.read(self._path)

    @property
    def provided(self) -> ledger.Provided:
        """The same in the ledger's terms."""
        return ledger_providers.of_google(self.journal)

    async def start(self, *, page: int) -> None:
        """Start it, with pages of so many messages and a quota for a hurried day, and wait until it listens."""
        endpoint = f"{self._plane.reach[PUBLIC_URL]}/webhooks/gmail"
        subscription = json.dumps({"endpoint": endpoint, "audience": AUDIENCE, "email": PUSHES_AS})
        options = ("--port", str(self._port), "--journal", self._path, "--folder", self._plane.folder / "secrets")
        program = ROOT / "tests" / "doubles" / "google_server.py"
        self._plane.start(sys.executable, program, *options, "--mailbox", DESK, "--subscription", subscription)
        await until(self._listens, 30, "Google's start")
        await self.order("pages", {"largest": page})
        await self.order("quota", {"per_minute": 10**6})

    async def order(self, name: str, content: Any) -> Any:
        """An order as doubles/google/control.py has it."""
        response = await self._plane.http.post(f"{self.url}/_double/{name}", json=content)
        response.raise_for_status()
        return response.json()

    async def _listens(self) -> bool:
        try:
            return (await self._plane.http.get(self.url)).status_code > 0
        except httpx.TransportError:
            return False


@dataclass
class Thread:
    """What a customer writes and is answered in one thread; ``id`` is Gmail's."""

    customer: str
    subject: str
    id: str = ""
    message_ids: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)


class Writers:
    """Who writes, and the list of it: ``said`` holds the mark of each mail that Gmail has for us."""

    def __init__(self, google: Google, random: Random) -> None:
        self._google = google
        self._random = random
        self.said: list[str] = []
        self.threads: list[Thread] = []
        self.colleagues: list[Thread] = []

    async def write(self, thread: Thread | None = None, **how: Any) -> str:
        """One mail, in a thread of its own or in the given one; gives its id. ``how`` goes with the order."""
        if thread is None:
            thread = self._opened()
        word = ledger.mark()
        text = f"{WORDS[len(thread.mails) % len(WORDS)]} My order is {word}."
        received = await self._delivered(thread, thread.customer, DESK, text, how)
        thread.mails.append(received["id"])
        self.said.append(word)
        return str(received["id"])

    async def write_all(self, count: int, in_a_thread: int = 5, **how: Any) -> None:
        """So many mails, thread by thread; pushes come as ``how`` says, else lost, doubled or late."""
        threads = [self._opened() for _ in range(-(-count // in_a_thread))]
        for place in range(count):
            await self.write(threads[place // in_a_thread], **({"push": self._push()} | how))

    async def answer(self, thread: Thread, **how: Any) -> None:
        """A colleague answers the customer from the mailbox."""
        how = {"labels": ["SENT"], "author": "person"} | how
        await self._delivered(thread, DESK, thread.customer, "I will look into it myself.", how)
        self.colleagues.append(thread)

    async def gone(self, **how: Any) -> None:
        """A mail that Gmail puts where nobody looks for customers, or that is deleted before anybody reads it."""
        thread = Thread("somebody@example.net", "Nothing")
        received = await self._delivered(thread, thread.customer, DESK, "Nothing.", how)
        if not how.get("labels"):
            await self._google.order("delete", {"id": received["id"]})

    async def stored(self, plane: DataPlane) -> bool:
        """Whether as many mails are as were written."""
        return bool((await plane.rows(STORED))[0]["count"] >= len(self.said))

    def _opened(self) -> Thread:
        number = len(self.threads)
        self.threads.append(Thread(f"customer-{number}@example.net", f"Question {number}"))
        return self.threads[-1]

    def _push(self) -> dict[str, object]:
        lost, doubled, late = LOST, {"times": 2}, {"delay": self._random.uniform(0, 5)}
        return self._random.choice((lost, doubled, late, doubled | late))

    async def _delivered(self, thread: Thread, sender: str, to: str, text: str, how: dict[str, Any]) -> Any:
        message_id = f"<{ledger.mark()}@{sender.partition('@')[2]}>"
        before = thread.message_ids
        mail = a_mail(
            text,
            From=sender,
            To=to,
            Subject=f"Re: {thread.subject}" if before else thread.subject,
            Message_ID=message_id,
            In_Reply_To=before[-1] if before else "",
            References=" ".join(before),
        )
        received = await self._google.order("deliver", {"raw": b64encode(mail).decode(), **how})
        assert thread.id in ("", received["threadId"]), "the double has put the mail into another thread"
        thread.id = received["threadId"]
        thread.message_ids.append(message_id)
        return received


HOLDER = """
SELECT lock.pid FROM pg_locks AS lock JOIN pg_stat_activity AS session USING (pid)
WHERE lock.locktype = 'advisory' AND lock.granted AND session.datname = current_database()
  AND (lock.classid, lock.objid) = (hashtext('fte_singleton')::oid, hashtext($1)::oid)"""
STORED = "SELECT count(*) FROM messages WHERE direction = 'inbound'"
POSITION = "SELECT position FROM channel_cursors WHERE channel_name = 'mail' AND reader = $1"


async def holder(plane: DataPlane) -> int | None:
    """The session that has the right to read the mailbox."""
    found = await plane.rows(HOLDER, f"{SYNC}:mail")
    return found[0]["pid"] if found else None


async def position(plane: DataPlane) -> str | None:
    """How far the mailbox was read."""
    found = await plane.rows(POSITION, SYNC)
    return str(found[0]["position"]) if found else None


async def begun(plane: DataPlane, google: Google) -> None:
    """Wait until somebody asked for pushes and noted where the mailbox is read from."""

    async def noted() -> bool:
        watched = google.journal.of("watch") or not google.pushes
        return bool(watched and await position(plane))

    await until(noted, 60, "the mailbox's beginning")


async def opened(plane: DataPlane, google: Google) -> None:
    """The same by a worker that then is no more."""
    worker = plane.faulty_worker()
    await begun(plane, google)
    worker.kill()
    worker.wait()


async def dies_or_reads_all(plane: DataPlane, worker: subprocess.Popen[bytes], writers: Writers) -> None:
    """Wait until the worker killed itself or all is read, and then it is no more."""

    async def over() -> bool:
        return worker.poll() is not None or await writers.stored(plane)

    await until(over, 120, "the end of a worker or of its work")
    worker.kill()
    worker.wait()


async def read_to_the_end(plane: DataPlane, writers: Writers, seconds: float = 240) -> None:
    """Wait until every mail that was written is stored."""
    try:
        await until(lambda: writers.stored(plane), seconds, "the storing of every mail")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{plane.logs()}") from None


async def taken_over(plane: DataPlane, threads: Sequence[Thread]) -> None:
    """Wait until a person has each of these conversations."""
    await asyncio.gather(*(_taken_over(plane, each) for each in threads))


TAKEOVERS = """
SELECT conversation.thread_key FROM conversations AS conversation
JOIN messages AS message ON message.conversation_id = conversation.id
WHERE conversation.handler = 'human' AND message.direction = 'inbound' AND message.external_id = $1"""


async def _taken_over(plane: DataPlane, thread: Thread) -> None:
    async def theirs() -> bool:
        return bool(await plane.rows(TAKEOVERS, thread.message_ids[0]))

    await until(theirs, 60, "the takeover")
