"""Where the health poller leaves what it learned, for the reconcilers to read. No I/O, no clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from fte_operator.cluster.kinds import SUPPORT_CHANNEL
from fte_operator.status.health import SILENT_AFTER, Faults, Report, Verdict
from fte_operator.workqueue import Key


@dataclass(slots=True)
class _Entry:
    channels: frozenset[str]
    addresses: tuple[str, ...]
    verdict: Verdict = field(default_factory=Verdict)
    new: bool = True
    known: bool = False
    heard: bool = False
    missed: int = 0

    @property
    def seen(self) -> tuple[object, ...]:
        """What conditions are made of."""
        return self.known, self.verdict.counted, self.verdict.known, self.missed >= SILENT_AFTER


class HealthCache:
    """One verdict per employee whose API is available.

    A verdict is known once it is settled or the API was asked in vain. Until then `of` gives None and no status is
    written, so that a restart during an outage does not first say that all is well. `on_new` is told when there is
    somebody to ask; without it nobody asks, and everybody is well.
    """

    def __init__(self, on_new: Callable[[], None] | None = None) -> None:
        self._on_new = on_new
        self._entries: dict[Key, _Entry] = {}

    def watch(self, key: Key, channels: Iterable[str], addresses: tuple[str, ...] = ()) -> None:
        """Have `key` asked from now on, at those IP addresses; its `channels` hear of changes too."""
        entry = self._entries.get(key)
        if entry is not None:
            entry.channels, entry.addresses = frozenset(channels), addresses
        elif self._on_new is not None:
            self._entries[key] = _Entry(frozenset(channels), addresses)
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
        """The parts of channels and of the work whose state is known: well, unless `of` has a fault of them."""
        entry = self._entries.get(key)
        return entry.verdict.known if entry is not None else frozenset()

    def silent(self, key: Key) -> bool:
        """Whether it was asked in vain again and again: what is known of it is old, if anything is."""
        entry = self._entries.get(key)
        return entry is not None and entry.missed >= SILENT_AFTER

    def heard(self, key: Key) -> bool:
        """Whether it ever answered since it is watched: if not, what was said of its silence before stands."""
        entry = self._entries.get(key)
        return entry is not None and entry.heard

    def newcomers(self) -> list[Key]:
        """Whom to ask from now on; each is given once."""
        keys = [key for key, entry in self._entries.items() if entry.new]
        for key in keys:
            self._entries[key].new = False
        return keys

    def watches(self, key: Key) -> bool:
        """Whether it is to be asked still."""
        return key in self._entries

    def addresses(self, key: Key) -> tuple[str, ...]:
        """Where it is to be asked; empty while it has no address."""
        entry = self._entries.get(key)
        return entry.addresses if entry is not None else ()

    def channels(self, key: Key) -> frozenset[str]:
        """The channels whose parts are to be read."""
        entry = self._entries.get(key)
        return entry.channels if entry is not None else frozenset()

    def suspects(self, key: Key) -> bool:
        """Whether a fault is told of it, or waits for its second report: it is asked again soon."""
        entry = self._entries.get(key)
        return entry is not None and not (entry.verdict.settled and entry.verdict.is_well)

    def record(self, key: Key, report: Report | None) -> frozenset[Key]:
        """Take a report in (None: no answer, which changes nothing); gives the keys for which something changed."""
        entry = self._entries.get(key)
        if entry is None:
            return frozenset()
        before = entry.seen
        entry.missed = entry.missed + 1 if report is None else 0
        if report is not None:
            entry.heard = True
            entry.verdict = entry.verdict.after(report)
        entry.known = entry.known or report is None or entry.verdict.settled
        if entry.seen == before:
            return frozenset()
        return frozenset({key, *(Key(SUPPORT_CHANNEL.name, key.namespace, name) for name in entry.channels)})
