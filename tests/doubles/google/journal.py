"""What Google was asked and what it took: an append-only list, and the questions oracles ask of it.

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

Kind = Literal["request", "mail", "change", "watch", "push"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``at`` is Unix time in seconds; what ``data`` holds depends on the kind.

    ``request``: operation, path, params, decision, mailbox · ``mail``: author (``api``, ``customer`` or ``person``),
    mailbox, id, thread_id, labels, date (ms), history_id, raw, and the headers message_id, to, subject, delivery ·
    ``change``: mailbox, id, labels, records (id, kind, labels), deleted · ``watch``: mailbox, topic, labels, include,
    expiration (ms; 0 when stopped) · ``push``: mailbox, message_id, forged, outcome (an HTTP status or an error's
    name).
    """

    at: float
    kind: Kind
    data: Mapping[str, Any]


@dataclass(slots=True)
class Journal:
    """Entries in the order they happened."""

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

    def requests(self, operation: str) -> list[Mapping[str, Any]]:
        """Requests of one operation (`doubles.google.misbehaviour.Operation`)."""
        return [request for request in self.of("request") if request["operation"] == operation]

    def sent(self, to: str | None = None, *, author: str = "api") -> list[Mapping[str, Any]]:
        """Mail that a mailbox took to send from that author, to one address or to all."""
        return [m for m in self.of("mail") if m["author"] == author and (to is None or to in m["to"])]

    def duplicates(self, *names: str) -> dict[tuple[Any, ...], list[str]]:
        """Mail sent by the API that agrees in all ``names`` (default: one delivery's id), with its ids."""
        same: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for mail in self.sent():
            same[tuple(mail[name] for name in names or ("delivery",))].append(mail["id"])
        return {key: ids for key, ids in same.items() if len(ids) > 1}
