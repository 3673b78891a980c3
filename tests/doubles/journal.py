"""What a provider was asked and what it took: an append-only list.

With a path every entry is one line of JSON, written by one system call before the answer leaves. The kernel
holds it then, so the list outlives a SIGKILL of the process (not a loss of power).
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``at`` is Unix time in seconds; what ``data`` holds depends on the kind."""

    at: float
    kind: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Entries:
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
        self.entries = self.read(self.path).entries

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def write(self, kind: str, **data: Any) -> None:
        entry = Entry(time.time(), kind, data)
        if self._file is not None:
            os.write(self._file, json.dumps({"at": entry.at, "kind": kind, "data": data}).encode() + b"\n")
        self.entries.append(entry)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The list of a process that may still run or was killed; a line without its end was not written."""
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        return cls(entries=[Entry(**json.loads(line)) for line in whole.splitlines()])

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        """The data of all entries of a kind."""
        return [entry.data for entry in self.entries if entry.kind == kind]
