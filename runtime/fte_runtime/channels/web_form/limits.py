"""Limits that protect the process; exact counts per sender are taken where messages are stored."""

import hashlib
import math
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from fte_agent.ports import Clock
from fte_runtime.errors import TooManyRequests

MAX_BODY_BYTES = 64 * 1024
SENDER_SHARE = 2  # one in so many
SENDER_LEAST = 6
MAX_SENDERS = 10_000


@dataclass(slots=True)
class Bucket:
    """A token bucket: ``per_minute`` on average, as many at once. One per channel and process."""

    clock: Clock
    per_minute: int
    _level: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._level = float(self.per_minute)
        self._at = self.clock.monotonic()

    def take(self) -> None:
        """Take one; raises `TooManyRequests` with the seconds until there is one again."""
        now = self.clock.monotonic()
        rate = self.per_minute / 60
        self._level = min(float(self.per_minute), self._level + (now - self._at) * rate)
        self._at = now
        if self._level < 1:
            raise TooManyRequests(max(1, math.ceil((1 - self._level) / rate)))
        self._level -= 1


class FormLimits:
    """One form's limits in this process: a bucket per sender, then the one they all share.

    A sender's is half of the form's, at least `SENDER_LEAST` a minute, so that nobody shuts the form alone
    and an impatient client's copies still pass. The `MAX_SENDERS` latest are kept, under a hash
    whose key dies with the process.
    """

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._everybody = Bucket(clock, per_minute)
        self._share = max(SENDER_LEAST, per_minute // SENDER_SHARE)
        self._senders: OrderedDict[bytes, Bucket] = OrderedDict()
        self._key = secrets.token_bytes(32)

    def take(self, sender: str) -> None:
        """Take one for ``sender``; raises `TooManyRequests`."""
        name = hashlib.blake2b(sender.encode(), key=self._key, digest_size=16).digest()
        bucket = self._senders.pop(name, None) or Bucket(self._clock, self._share)
        self._senders[name] = bucket
        if len(self._senders) > MAX_SENDERS:
            self._senders.popitem(last=False)
        bucket.take()
        self._everybody.take()
