"""Dead letters of one person. Kafka deletes the beginning of a partition alone: others in it are written anew.

Others' letters get another place by that (``fte-dlq list`` shows it), and a second copy if the process ends in between;
playing one again twice does no harm. What was played again already is dropped: it is stored.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from fte_runtime.bus.base import Eraser, Partition, Publisher, Record
from fte_runtime.dead_letters import REPLAY_OF, DeadLetter, DeadLetters
from fte_runtime.errors import DeletionRefused

_BEFORE = rb"(?<![a-z0-9.!#$&'*+/=?^_`{|}~-])"
_QUOTED_BEFORE = rb"(?:(?<![a-z0-9])|(?<=%[0-9a-f]{2}))"
_AFTER = rb"(?![a-z0-9_-]|\.[a-z0-9])"
_DIGITS = re.compile(r"\+?(\d{6,})")


@dataclass(frozen=True, slots=True)
class Sorted:
    """How many letters are theirs, what to delete before, and whose of others to write anew first."""

    theirs: int
    before: dict[Partition, int]
    anew: tuple[Record, ...]


def pattern_of(spellings: Iterable[str]) -> re.Pattern[bytes] | None:
    """What finds an identifier in bytes in lower case, as it is and as a form encodes it, and none that contains it.

    A number is found by its digits. None where there is no identifier.
    """
    found: list[bytes] = []
    for spelling in {each.strip().lower() for each in spellings} - {""}:
        if digits := _DIGITS.fullmatch(spelling):
            found.append(rb"(?<!\d)" + digits[1].encode() + rb"(?!\d)")
            continue
        found.append(_BEFORE + re.escape(spelling.encode()) + _AFTER)
        if (quoted := quote(spelling, safe="").lower()) != spelling:
            found.append(_QUOTED_BEFORE + re.escape(quoted.encode()) + _AFTER)
    return re.compile(b"|".join(sorted(found))) if found else None


def sort(letters: Iterable[DeadLetter], pattern: re.Pattern[bytes]) -> Sorted:
    """Whose letter is whose."""
    known = list(letters)
    theirs = [letter for letter in known if _names(letter.record, pattern)]
    before: dict[Partition, int] = {}
    for letter in theirs:
        place = letter.record.place
        before[place] = max(before.get(place, 0), letter.record.offset + 1)
    ours = {letter.place for letter in theirs}
    anew = tuple(
        letter.record
        for letter in known
        if letter.record.offset < before.get(letter.record.place, 0)
        and letter.place not in ours
        and not letter.replayed
    )
    return Sorted(len(theirs), before, anew)


async def erase_letters(
    letters: DeadLetters, topic: str, spellings: Iterable[str], *, eraser: Eraser, publisher: Publisher
) -> int:
    """Erase a person's dead letters and say how many; 0 where the brokers refuse it.

    Raises:
        BusUnavailable: nothing was deleted yet; it may be tried again.
    """
    pattern = pattern_of(spellings)
    if pattern is None:
        return 0
    found = sort(await letters.all(), pattern)
    if not found.before:
        return 0
    bounds = await eraser.bounds([topic])
    try:
        await eraser.delete_before({place: bounds[place].first for place in found.before})  # deletes none: may we?
    except DeletionRefused:
        return 0
    for record in found.anew:
        await publisher.publish(topic, key=record.key or b"", value=record.value or b"", headers=record.headers)
    await eraser.delete_before(found.before)
    return found.theirs


def _names(record: Record, pattern: re.Pattern[bytes]) -> bool:
    parts = (record.key or b"", record.value or b"", *(v for name, v in record.headers.items() if name != REPLAY_OF))
    return any(pattern.search(part.lower()) for part in parts)
