"""What one turn may spend: each request to a model is reserved before it is made, and counted when it ended."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType

from fte_agent.domain.behaviour import Prices
from fte_agent.domain.budget import Grant, ceiling, cost, embedding_cost
from fte_agent.domain.turns import Charge, Usage
from fte_agent.errors import BudgetRefused

Reserve = Callable[[int, int, int], Awaitable[Grant]]
"""Asks the ledger: what the turn's ended requests have cost, what those under way and what the new one may cost."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """What one request costs; without ``prices`` that is not known, and it is neither limited nor charged."""

    prices: Prices | None = None
    max_output_tokens: int = 0


UNPRICED = Tariff()

_REFUSED = MappingProxyType(
    {
        Grant.BUSY: "What is left of the budget is reserved for answers under way.",
        Grant.SPENT: "The budget for answers is used up.",
        Grant.SHARE: "This customer's share of the day's budget for answers is used up.",
    }
)
"""Why, as a person reads it who is given the conversation."""


@dataclass(slots=True)
class Purse:
    """One turn's account, in micro-dollars."""

    reserve: Reserve
    _spent: int = 0
    _embedded: int = 0
    _under_way: list[int] = field(default_factory=list)
    _usage: Usage = field(default_factory=lambda: Usage(0, 0))
    _known: bool = True
    _reserved: bool = False

    async def open(self, size: int, tariff: Tariff) -> "Request":
        """Before a request of ``size`` bytes; whoever gets one closes it.

        Raises:
            BudgetRefused: it must not be made.
        """
        if tariff.prices is None:
            return Request(self, tariff, 0)
        most = ceiling(tariff.prices, size, tariff.max_output_tokens)
        granted = await self.reserve(self._spent, sum(self._under_way), most)
        if granted is not Grant.GRANTED:
            raise BudgetRefused(_REFUSED[granted], retryable=granted is Grant.BUSY)
        self._reserved = True
        self._under_way.append(most)
        return Request(self, tariff, most)

    def close(self, request: "Request", usage: Usage) -> None:
        """A request ended; ``usage`` is ``Usage(0, 0)`` where no model worked on it."""
        prices = request.tariff.prices
        known = None if prices is None else cost(prices, usage)
        self._known = self._known and (known is not None or usage.total == 0)
        self._spent += request.ceiling if known is None else known
        self._usage = self._usage.plus(usage)
        if request.ceiling in self._under_way:
            self._under_way.remove(request.ceiling)

    def embedded(self, tokens: int | None, most: int, price: int | None) -> None:
        """A text was embedded at ``price`` a million tokens, of which there cannot be more than ``most``.

        That is so little that nothing is reserved for it.
        """
        self._known = self._known and None not in (tokens, price)
        self._embedded += embedding_cost(tokens, most, price or 0)

    def charge(self) -> Charge:
        """What the turn is charged; what is still under way at its ceiling."""
        return Charge(
            model=self._spent + sum(self._under_way),
            embedding=self._embedded,
            known=self._known and not self._under_way,
            reserved=self._reserved,
            usage=self._usage,
        )


@dataclass(slots=True)
class Request:
    """One request under way: closed with what it used, once; what nobody said is unknown."""

    purse: Purse
    tariff: Tariff
    ceiling: int
    _usage: Usage = field(default_factory=Usage)

    def used(self, usage: Usage) -> None:
        """What the provider says of it."""
        self._usage = usage

    def __enter__(self) -> "Request":
        return self

    def __exit__(self, *_: object) -> None:
        self.purse.close(self, self._usage)


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
