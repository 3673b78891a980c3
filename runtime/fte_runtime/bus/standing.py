"""How old what nobody read is, also where it cannot be looked at."""

from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

P = TypeVar("P", bound=Hashable)


class Standing(Generic[P]):
    """Since when the first unread offset of each partition has stood where it stands, as far as was looked.

    A record that cannot be read in time is at least that old, and not nothing. ``now`` gives seconds since the epoch.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._since: dict[P, tuple[int, float]] = {}

    def oldest(self, unread: Mapping[P, int], times: Mapping[P, float | None]) -> float | None:
        """The time of the oldest of these first ``unread`` offsets: its record's in ``times``, or when it was met.

        A time of None is an offset with no record behind it, such as a transaction's end.
        """
        now, before = self._now(), self._since
        self._since = {
            place: before[place] if place in before and before[place][0] == offset else (offset, now)
            for place, offset in unread.items()
        }
        known = (times.get(place, since) for place, (_, since) in self._since.items())
        return min((at for at in known if at is not None), default=None)
