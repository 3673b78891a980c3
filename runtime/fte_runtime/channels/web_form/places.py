"""So many at a time: whoever is beyond is told so at once, and holds no connection meanwhile."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from fte_runtime.errors import TooManyAtOnce


class Places:
    """``most`` for everybody together, ``each`` of them for one name."""

    def __init__(self, most: int, each: int) -> None:
        self._most = most
        self._each = each
        self._taken: Counter[Hashable] = Counter()
        self._total = 0

    @contextmanager
    def one(self, name: Hashable) -> Iterator[None]:
        """A place for ``name`` while the block runs; raises `TooManyAtOnce` where there is none."""
        if self._total >= self._most or self._taken[name] >= self._each:
            raise TooManyAtOnce
        self._total += 1
        self._taken[name] += 1
        try:
            yield
        finally:
            self._total -= 1
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]
