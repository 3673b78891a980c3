"""Where the health poller leaves what it learned, for the reconcilers to read. No I/O, no clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from fte_operator.cluster.kinds import SUPPORT_CHANNEL
from fte_operator.status.health import Faults, Report, Verdict
from fte_operator.workqueue import Key


@dataclass(slots=True)
class _Entry:
    channels: frozenset[str]
    verdict: Verdict = field(default_factory=Verdict)
    asked: bool = False
    known: bool = False


class HealthCache:
    """One verdict per employee whose API is available.

    A verdict is known once it is settled or the API was asked in vain. Until then `of` gives None and no status is
    written, so that a restart during an outage does not first say that all is well. `on_new` is told when there is
    somebody to ask; without it nobody asks, and everybody is well.
    """

    def __init__(self, on_new: Callable[[], None] | None = None) -> None:
        self._on_new = on_new
        self._entries: dict[Key, _Entry] = {}

    def watch(self, key: Key, channels: Iterable[str]) -> None:
        """Have `key` asked from now on; its `channels` hear of changes too."""
        entry = self._entries.get(key)
        if entry is not None:
            entry.channels = frozenset(channels)
        elif self._on_new is not None:
            self._entries[key] = _Entry(frozenset(channels))
            self._on_new()

    def forget(self, key: Key) -> None:
        """Ask `key` no longer: its API is not there, and that is said elsewhere."""
        self._entries.pop(key, None)

    def of(self, key: Key) -> Faults | None:
        """The faults that count; None while they are not known yet."""
        entry = self._entries.get(key)
        if entry is None:
            return {} if self._on_new is None else None
        return entry.verdict.counted if entry.known else None

    def known_parts(self, key: Key) -> frozenset[str]:
        """The parts of channels whose state is known: well, unless `of` has a fault of them."""
        entry = self._entries.get(key)
        return entry.verdict.known if entry is not None else frozenset()

    def watched(self, *, new_only: bool = False) -> list[Key]:
        """Whom to ask, those first who were never asked."""
        keys = [key for key, entry in self._entries.items() if not (new_only and entry.asked)]
        return sorted(keys, key=lambda key: self._entries[key].asked)

    def record(self, key: Key, report: Report | None) -> frozenset[Key]:
        """Take a report in (None: no answer, which changes nothing); gives the keys for which something changed."""
        entry = self._entries.get(key)
        if entry is None:
            return frozenset()
        before = (entry.known, entry.verdict.counted, entry.verdict.known)
        if report is not None:
            entry.verdict = entry.verdict.after(report)
        entry.asked = True
        entry.known = entry.known or report is None or entry.verdict.settled
        if (entry.known, entry.verdict.counted, entry.verdict.known) == before:
            return frozenset()
        return frozenset({key, *(Key(SUPPORT_CHANNEL.name, key.namespace, name) for name in entry.channels)})
