"""When people answer: pure arithmetic on a company's hours, in its own time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fte_agent.domain.behaviour import BusinessHours

_DAYS_AHEAD = 8
"""A week and the day that the instant lies in: every opening there is comes again within it."""


def is_open(hours: BusinessHours, at: datetime) -> bool:
    """Whether people answer at the instant ``at``, which has a time zone."""
    today = at.astimezone(ZoneInfo(hours.time_zone)).date()
    return any(start <= at < until for start, until in _spans(hours, today))


def next_opening(hours: BusinessHours, at: datetime) -> datetime | None:
    """The first opening after ``at``, in the company's zone; None where there is none at all.

    A time that the clocks skip is as much later as they jump; of one that comes twice the first counts.
    """
    zone = ZoneInfo(hours.time_zone)
    today = at.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD))
    starts = (start for day in days for start, _ in _spans(hours, day) if start > at)
    first = min(starts, default=None)
    return None if first is None else first.astimezone(zone)


def _spans(hours: BusinessHours, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The spans of ``day`` as instants; those that lie wholly in skipped time are none."""
    zone = ZoneInfo(hours.time_zone)
    for each in hours.hours:
        if day.weekday() in each.days:
            start = _instant(day, each.start, zone)
            end = (day + timedelta(days=1), time()) if each.until is None else (day, each.until)
            until = _instant(*end, zone)
            if start < until:
                yield start, until


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
