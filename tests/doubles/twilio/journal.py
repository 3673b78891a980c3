"""What the provider was asked and what it took: an append-only list, and the questions oracles ask of it.

With a path every entry is one line of JSON, written by one system call before the answer leaves. The kernel
holds it then, so the list outlives a SIGKILL of the process (not a loss of power).
"""

import json
import os
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["request", "accepted", "received", "status", "webhook"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``at`` is Unix time in seconds; what ``data`` holds depends on the kind.

    ``request``: method, path, params, decision, sid · ``accepted``: sid, to, from, body, content_sid,
    content_variables, status_callback, author (``api`` or ``console``) · ``received``: sid, from, to, body ·
    ``status``: sid, status, error_code · ``webhook``: purpose, url, fields, signature, outcome (an HTTP status or an
    error's name), answer.
    """

    at: float
    kind: Kind
    data: Mapping[str, Any]


@dataclass(slots=True)
class Journal:
    """Entries in the order they happened, of one account."""

    path: Path | None = None
    entries: list[Entry] = field(default_factory=list)
    _file: int | None = None

    def open(self) -> None:
        """Take up what the file holds already, and write on after its last whole line."""
        if self.path is None:
            return
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.ftruncate(self._file, self.path.read_bytes().rfind(b"\n") + 1)
        self.entries = Journal.read(self.path).entries

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def write(self, kind: Kind, **data: Any) -> None:
        entry = Entry(time.time(), kind, data)
        if self._file is not None:
            os.write(self._file, json.dumps({"at": entry.at, "kind": kind, "data": data}).encode() + b"\n")
        self.entries.append(entry)

    @classmethod
    def read(cls, path: Path) -> "Journal":
        """The list of a process that may still run or was killed; a line without its end was not written."""
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        return cls(entries=[Entry(**json.loads(line)) for line in whole.splitlines()])

    def of(self, kind: Kind) -> list[Mapping[str, Any]]:
        """The data of all entries of a kind."""
        return [entry.data for entry in self.entries if entry.kind == kind]

    def requests(self, method: str, ending: str) -> list[Mapping[str, Any]]:
        """Requests with that method whose path ends so."""
        return [r for r in self.of("request") if r["method"] == method and r["path"].endswith(ending)]

    def accepted(self, to: str | None = None, *, author: str = "api") -> list[Mapping[str, Any]]:
        """Messages the account took from that author, to one customer or to all."""
        return [m for m in self.of("accepted") if m["author"] == author and to in (None, m["to"])]

    def by_customer(self) -> dict[str, list[str]]:
        """The bodies accepted from the API, in order, for each ``To``."""
        found: dict[str, list[str]] = defaultdict(list)
        for message in self.accepted():
            found[message["to"]].append(message["body"])
        return dict(found)

    def duplicates(self, *names: str) -> dict[tuple[Any, ...], list[str]]:
        """Messages of the API that agree in all ``names`` (default: customer and content), with their SIDs.

        ``duplicates("status_callback")`` finds one delivery sent twice where its id rides in the callback's URL.
        """
        same: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for message in self.accepted():
            key = tuple(message[name] for name in names or ("to", "body", "content_sid", "content_variables"))
            same[key].append(message["sid"])
        return {key: sids for key, sids in same.items() if len(sids) > 1}

    def webhooks(self, purpose: str) -> list[Mapping[str, Any]]:
        """Attempts to reach the customer's server; ``purpose`` is ``inbound``, ``status`` or ``fallback``."""
        return [attempt for attempt in self.of("webhook") if attempt["purpose"] == purpose]
