"""What one turn may spend: each request to a model is reserved before it is made, and counted when it ended."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from fte_agent.domain.budget import Grant, Prices
from fte_agent.domain.turns import Charge, Usage
from fte_agent.errors import BudgetRefused

Reserve = Callable[[int, int, int], Awaitable[Grant]]
"""Asks the ledger: what the turn's ended requests have cost, what those under way and what the new one may cost."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """What requests cost: of a model that writes at most ``max_output_tokens``, and of an embedder.

    ``model`` and ``embedding`` are None where no price is known: then the one is never limited, and neither charged.
    """

    model: Prices | None = None
    max_output_tokens: int = 0
    embedding: Prices | None = None


@dataclass(slots=True)
class Purse:
    """One turn's account, in micro-dollars. Without a model's price nothing is asked, and the cost is not known."""

    tariff: Tariff
    reserve: Reserve
    _spent: int = 0
    _embedded: int = 0
    _open: list[int] = field(default_factory=list)
    _usage: Usage = field(default_factory=lambda: Usage(0, 0))
    _known: bool = True
    _reserved: bool = False

    async def open(self, size: int) -> "Request":
        """Before a request of ``size`` bytes; whoever gets one closes it.

        Raises:
            BudgetRefused: it must not be made.
        """
        if self.tariff.model is None:
            return Request(self, 0)
        ceiling = self.tariff.model.ceiling(size, self.tariff.max_output_tokens)
        granted = await self.reserve(self._spent, sum(self._open), ceiling)
        if granted is not Grant.GRANTED:
            raise BudgetRefused(f"the budget is {granted}", retryable=granted is Grant.BUSY)
        self._reserved = True
        self._open.append(ceiling)
        return Request(self, ceiling)

    def close(self, ceiling: int, usage: Usage) -> None:
        """A request ended; ``usage`` is ``Usage(0, 0)`` where no model worked on it."""
        cost = None if self.tariff.model is None else self.tariff.model.cost(usage)
        self._known = self._known and (cost is not None or usage.total == 0)
        self._spent += ceiling if cost is None else cost
        self._usage = self._usage.plus(usage)
        if ceiling in self._open:
            self._open.remove(ceiling)

    def embedded(self, tokens: int | None, size: int) -> None:
        """``size`` bytes were embedded; unknown ``tokens`` are charged as many as that."""
        prices = self.tariff.embedding
        self._known = self._known and tokens is not None and prices is not None
        if prices is not None:
            self._embedded += prices.ceiling(size, 0) if tokens is None else prices.cost(Usage(tokens, 0)) or 0

    def charge(self) -> Charge:
        """What the turn is charged; what is still under way at its ceiling."""
        return Charge(
            model=self._spent + sum(self._open),
            embedding=self._embedded,
            known=self._known and not self._open,
            reserved=self._reserved,
            usage=self._usage,
        )


@dataclass(slots=True)
class Request:
    """One request under way: closed with what it used, once; what nobody said is unknown."""

    purse: Purse
    ceiling: int
    _usage: Usage = field(default_factory=Usage)

    def used(self, usage: Usage) -> None:
        """What the provider says of it."""
        self._usage = usage

    def __enter__(self) -> "Request":
        return self

    def __exit__(self, *_: object) -> None:
        self.purse.close(self.ceiling, self._usage)


_purse: ContextVar[Purse | None] = ContextVar("purse", default=None)


def current_purse() -> Purse | None:
    """The purse of the turn that runs here, or None where nobody keeps accounts."""
    return _purse.get()


@contextmanager
def paying(purse: Purse | None) -> Iterator[None]:
    """Whatever runs in the block, and in tasks begun there, pays from ``purse``."""
    token = _purse.set(purse)
    try:
        yield
    finally:
        _purse.reset(token)
