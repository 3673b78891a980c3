"""Files that an evaluation adds lines to: its journal, and the recording of its model's traffic."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fte_agent.evaluation import journal
from fte_agent.evaluation.journal import Conditions, Kept, NoJournal
from fte_agent.evaluation.plan import Play
from fte_agent.evaluation.record import Played
from fte_agent.evaluation.traffic import Exchange
from fte_agent.sdk.traffic import Answered, NoAnswer
from fte_runtime.evaluation import BadInput

_RECORDING = "fte-evaluate recording"


class _Lines:
    """A file's lines, and a way to add more; the next one begins anew where the last broke off."""

    def __init__(self, file: IO[str], text: str) -> None:
        self.found = text.splitlines()
        self._file = file
        self._broken = bool(text) and not text.endswith("\n")

    def add(self, line: str) -> None:
        """Write one line, at once."""
        self._file.write(f"\n{line}\n" if self._broken else f"{line}\n")
        self._file.flush()
        self._broken = False


class Journal:
    """A journal that plays are added to. ``kept`` is what it held when it was opened."""

    def __init__(self, lines: _Lines, conditions: Conditions, kept: Kept) -> None:
        self.kept = kept
        self._lines = lines
        self._conditions = conditions
        self._current = kept.current

    def keep(self, play: Play, played: Played) -> None:
        """Write a play down, so that it is there whatever happens next."""
        if not self._current:
            self._lines.add(journal.conditions_line(self._conditions))
            self._current = True
        self._lines.add(journal.play_line(play, played))


class Recording:
    """A recording that plays are added to. ``plays`` is what it held when it was opened."""

    def __init__(self, lines: _Lines, plays: Mapping[str, Sequence[Exchange]]) -> None:
        self.plays = plays
        self._lines = lines

    def keep(self, play: Play, exchanges: Sequence[Exchange]) -> None:
        """Write a play's traffic down; of two of one play the later counts."""
        told = {"play": str(play), "exchanges": [_written(*exchange) for exchange in exchanges]}
        self._lines.add(json.dumps(told))


@contextmanager
def open_journal(path: Path, conditions: Conditions) -> Iterator[Journal]:
    """The journal in a file, made unless it is there; raises `BadInput`."""
    with _opened(path) as lines:
        try:
            kept = journal.read(lines.found, conditions)
        except NoJournal as error:
            raise BadInput(f"{path}: is no journal of fte-evaluate: {error}; name another file") from error
        yield Journal(lines, conditions, kept)


@contextmanager
def open_recording(path: Path) -> Iterator[Recording]:
    """The recording in a file, made unless it is there; raises `BadInput`."""
    with _opened(path) as lines:
        plays = _plays(path, lines.found) if lines.found else {}
        if not lines.found:
            lines.add(json.dumps(_RECORDING))
        yield Recording(lines, plays)


def read_recording(path: Path) -> Mapping[str, Sequence[Exchange]]:
    """The traffic in a file, by play; raises `BadInput`."""
    try:
        return _plays(path, path.read_text(encoding="utf-8").splitlines())
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: is no recording of fte-evaluate; name another file") from error


@contextmanager
def _opened(path: Path) -> Iterator[_Lines]:
    """A file to add lines to, alone, made unless it is there; raises `BadInput`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+", encoding="utf-8", opener=_for_us_alone)  # noqa: SIM115 - closed below
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput(f"{path}: another run writes it; wait for its end or name another file") from None
        file.seek(0)
        try:
            text = file.read()
        except UnicodeDecodeError as error:
            raise BadInput(f"{path}: is not UTF-8 text; name another file") from error
        yield _Lines(file, text)


def _for_us_alone(path: str, flags: int) -> int:
    """A file that holds what customers wrote is made for nobody else to read."""
    return os.open(path, flags, 0o600)


def _plays(path: Path, lines: Sequence[str]) -> dict[str, list[Exchange]]:
    """What lines hold; one that an interruption broke off is passed over."""
    if not lines or lines[0] != json.dumps(_RECORDING):
        raise BadInput(f"{path}: is no recording of fte-evaluate; name another file")
    plays: dict[str, list[Exchange]] = {}
    for line in lines[1:]:
        try:
            told = json.loads(line)
            plays[told["play"]] = [_read(exchange) for exchange in told["exchanges"]]
        except (ValueError, KeyError, TypeError):
            continue
    return plays


def _written(asked: str, answer: Answered) -> dict[str, object]:
    if answer.fault is not None:
        return {"request": asked, "fault": answer.fault}
    body = None if answer.body is None else answer.body.decode("utf-8", "surrogateescape")
    return {"request": asked, "status": answer.status, "headers": dict(answer.headers), "body": body}


def _read(told: Mapping[str, object]) -> Exchange:
    asked, body = str(told["request"]), told.get("body")
    if "fault" in told:
        return asked, Answered(fault=NoAnswer(str(told["fault"])))
    status, headers = told["status"], told["headers"]
    if not isinstance(status, int) or not isinstance(headers, dict):
        raise TypeError("a recorded answer has a status and headers")
    content = None if body is None else str(body).encode("utf-8", "surrogateescape")
    return asked, Answered(status, {str(name): str(value) for name, value in headers.items()}, content)
