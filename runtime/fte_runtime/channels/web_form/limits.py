"""Limits of a form, in this process: what the employee answers, what is stored for a person, what is refused."""

import hashlib
import math
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from fte_agent.ports import Clock
from fte_runtime.errors import TooManyFromNetwork, TooManyRequests

MAX_BODY_BYTES = 64 * 1024
FLOOD = 10  # times what a form answers are stored
SHARE = 2  # one in so many is what a sender, or a network, has at most
LEAST = 6
RESERVE = 4  # one in so many is kept for networks not seen lately
NEWCOMER = 3  # submissions from one of them
LATELY_SECONDS = 600.0
MAX_SENDERS = 10_000


@dataclass(slots=True)
class Bucket:
    """A token bucket: ``per_minute`` on average, as many at once."""

    clock: Clock
    per_minute: int
    _level: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._level = float(self.per_minute)
        self._at = self.clock.monotonic()

    def take(self, keep: int = 0, refused: type[TooManyRequests] = TooManyRequests) -> None:
        """Take one and leave ``keep``; raises ``refused`` with the seconds until that can be done."""
        now = self.clock.monotonic()
        rate = self.per_minute / 60
        self._level = min(float(self.per_minute), self._level + (now - self._at) * rate)
        self._at = now
        if self._level < 1 + keep:
            raise refused(max(1, math.ceil((1 + keep - self._level) / rate)))
        self._level -= 1


@dataclass(slots=True)
class _Known:
    """What one sender or network took; the window begins with its first submission."""

    bucket: Bucket
    began: float
    taken: int = 0

    def newcomer(self, now: float) -> bool:
        """Whether it was not seen lately, but for its first few; counts this one."""
        if now - self.began > LATELY_SECONDS:
            self.began, self.taken = now, 0
        self.taken += 1
        return self.taken <= NEWCOMER


class Latest:
    """The `MAX_SENDERS` latest of a kind, each with a share, under a hash whose key dies with the process."""

    def __init__(self, clock: Clock, share: int) -> None:
        self._clock = clock
        self._share = share
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._key = secrets.token_bytes(32)

    def __len__(self) -> int:
        return len(self._known)

    def get(self, name: str) -> _Known:
        """That one, now the latest."""
        hashed = hashlib.blake2b(name.encode(), key=self._key, digest_size=16).digest()
        known = self._known.pop(hashed, None)
        if known is None:
            known = _Known(Bucket(self._clock, self._share), self._clock.monotonic())
        self._known[hashed] = known
        if len(self._known) > MAX_SENDERS:
            self._known.popitem(last=False)
        return known


class _Shares:
    """``per_minute``, shared out: a bucket per network and per sender, then the one they all share.

    A share is half of it, at least `LEAST` a minute, so that nobody takes all and an impatient client's copies still
    pass. A sender is a claim, so it counts within its network: nobody uses up another's by claiming to be them.
    Networks that are at it already leave a quarter to those not seen lately.
    """

    def __init__(self, clock: Clock, per_minute: int, *, networks_known: bool) -> None:
        self._clock = clock
        self._networks_known = networks_known
        self._everybody = Bucket(clock, per_minute)
        self._reserve = per_minute // RESERVE
        share = max(LEAST, per_minute // SHARE)
        self._senders, self._networks = Latest(clock, share), Latest(clock, share)

    def take(self, sender: str, network: str) -> None:
        """Take one for ``sender`` from ``network``; raises `TooManyRequests`."""
        known = self._networks.get(network)
        keep = 0 if known.newcomer(self._clock.monotonic()) else self._reserve
        if self._networks_known:
            known.bucket.take(refused=TooManyFromNetwork)
        self._senders.get(f"{network}/{sender}").bucket.take()
        self._everybody.take(keep)


class FormLimits:
    """One form's limits in this process: ``per_minute`` for the employee, `FLOOD` times as many for a person.

    Each is shared out on its own. Where networks are a guess (not ``networks_known``), as one address may stand for
    everybody, they have no share that could shut them out; the guess decides about the reserve alone.
    """

    def __init__(self, clock: Clock, per_minute: int, *, networks_known: bool) -> None:
        self._answered = _Shares(clock, per_minute, networks_known=networks_known)
        self._stored = _Shares(clock, per_minute * FLOOD, networks_known=networks_known)

    def take(self, sender: str, network: str) -> bool:
        """Take one for ``sender`` from ``network``; False when it is more than the employee answers.

        Raises:
            TooManyRequests: it is more than a person could look at, too.
        """
        try:
            self._answered.take(sender, network)
        except TooManyRequests:
            self._stored.take(sender, network)
            return False
        return True
