"""What the dead-letter topic holds, as ``fte-dlq`` shows and replays it; `dead_letter_writer` puts it there."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from fte_runtime.bus.base import Publisher, Record
from fte_runtime.errors import DataPlaneError

REPLAY_OF = "replay-of"
"""Header of the mark that a replay leaves on the dead-letter topic, and of the record that it publishes."""

_SOURCE = ("source-topic", "source-partition", "source-offset", "source-channel", "source-id")
SHOWN = ("cause", "error", *_SOURCE, "truncated", "original-size", "sha256")
HEADERS = (*SHOWN, "source-timestamp")
"""Of a dead letter; one that was found at a provider has another source than a record."""


class NotReplayable(DataPlaneError):
    """A dead letter cannot be played again, or is not there."""


class Reader(Protocol):
    """Reads whole topics."""

    def records(self, topic: str) -> AsyncIterator[Record]:
        """Every record that is there when asked."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record put aside. Its ``place`` is ``partition:offset`` on the dead-letter topic."""

    record: Record
    replayed: bool = False

    @property
    def place(self) -> str:
        """How commands name it."""
        return f"{self.record.partition}:{self.record.offset}"

    def as_json(self, *, body: bool = False) -> dict[str, object]:
        """What is known of it; what the customer wrote only with ``body``."""
        told: dict[str, object] = {
            "place": self.place,
            "at": datetime.fromtimestamp(self.record.timestamp / 1000, UTC).isoformat(),
            "bytes": len(self.record.value or b""),
            "replayed": self.replayed,
        }
        told |= {name: _text(self.record.headers[name]) for name in SHOWN if name in self.record.headers}
        return told | ({"body": _text(self.record.value or b"")} if body else {})


class DeadLetters:
    """The dead letters on ``topic`` of the employee whose topics begin with ``prefix``."""

    def __init__(self, *, topic: str, prefix: str, reader: Reader, publisher: Publisher) -> None:
        self._topic = topic
        self._prefix = prefix
        self._reader = reader
        self._publisher = publisher

    async def all(self) -> list[DeadLetter]:
        """Every dead letter, in the order of their places; raises `BusUnavailable`."""
        records = [record async for record in self._reader.records(self._topic)]
        replayed = {_text(record.headers[REPLAY_OF]) for record in records if REPLAY_OF in record.headers}
        letters = (DeadLetter(record) for record in records if REPLAY_OF not in record.headers)
        marked = [DeadLetter(letter.record, replayed=letter.place in replayed) for letter in letters]
        return sorted(marked, key=lambda letter: (letter.record.partition, letter.record.offset))

    async def find(self, places: Iterable[str]) -> list[DeadLetter]:
        """The letters at these places, in the order given; raises `NotReplayable` for one that is not there."""
        by_place: Mapping[str, DeadLetter] = {letter.place: letter for letter in await self.all()}
        wanted = list(places)
        if missing := [place for place in wanted if place not in by_place]:
            raise NotReplayable(f"there is no dead letter at {', '.join(missing)}")
        return [by_place[place] for place in wanted]

    async def replay(self, letter: DeadLetter) -> None:
        """Publish it where it came from, and leave a mark; doing it twice does no harm, by the dedupe keys.

        Raises:
            NotReplayable: not all of it was kept, it was no record, or it came from somewhere else.
            BusUnavailable: not confirmed; it may be replayed again.
        """
        source = _text(letter.record.headers.get("source-topic", b""))
        if "source-id" in letter.record.headers:
            raise NotReplayable(f"{letter.place} was found at a provider and was no record; answer its sender there")
        if "truncated" in letter.record.headers:
            raise NotReplayable(f"{letter.place} was cut when it was put aside; ask its sender for it again")
        if not source.startswith(f"{self._prefix}.") or source == self._topic:
            raise NotReplayable(f"{letter.place} did not come from a topic of {self._prefix}")
        key, headers = letter.record.key or b"", {REPLAY_OF: letter.place.encode()}
        await self._publisher.publish(source, key=key, value=letter.record.value or b"", headers=headers)
        await self._publisher.publish(self._topic, key=key, value=b"", headers=headers)


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="backslashreplace")
