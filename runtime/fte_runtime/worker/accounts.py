"""What each turn spends: opened with its claim, charged with its commit, and settled where there is none."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from fte_agent.domain.budget import Caps, Grant, Totals, embedding_cost, is_spent
from fte_agent.domain.turns import Charge, Decision, TurnContext
from fte_agent.ports import Claim
from fte_agent.turn.purse import Purse, current_purse, paying
from fte_runtime.errors import is_retryable
from fte_runtime.failures import summary

logger = logging.getLogger(__name__)


class BudgetStore(Protocol):
    """The ledger."""

    async def reserve(self, conversation: UUID, epoch: int, *, spent: int, under_way: int, ceiling: int) -> Grant:
        """Let a turn make one more request of at most ``ceiling`` micro-dollars, or say why not."""

    async def settle(self, conversation: UUID, epoch: int, charge: Charge) -> None:
        """Charge a turn whose decision is not made true."""

    async def totals(self) -> Totals:
        """What today and this year have cost."""


class Commits(Protocol):
    """Where a decision is made true."""

    async def commit(self, claim: Claim, decision: Decision, *, revision: str) -> bool:
        """As `fte_agent.ports.TicketStore`'s."""


class Embedded(Protocol):
    """What a request for embeddings used: its tokens, None where nobody says, and what they cannot be more than."""

    @property
    def tokens(self) -> int | None:
        """As the endpoint says."""

    @property
    def ceiling(self) -> int:
        """The most there are."""


def charging_turns(price: int | None) -> Callable[[Embedded], Awaitable[None]]:
    """Hears what embeds within turns, at ``price`` a million tokens, and charges the turn."""

    async def hear(used: Embedded) -> None:
        if (purse := current_purse()) is not None:
            purse.embedded(used.tokens, used.ceiling, price)

    return hear


def charging_the_day(price: int, add: Callable[..., Awaitable[None]]) -> Callable[[Embedded], Awaitable[None]]:
    """Hears what embeds documents and charges the day, by `PostgresBudgetStore.add`."""

    async def hear(used: Embedded) -> None:
        await add("embedding", embedding_cost(used.tokens, used.ceiling, price), estimated=used.tokens is None)

    return hear


@dataclass(slots=True)
class Account:
    """One turn's: what it may know of the budget, and what it has spent. Without a purse it costs nothing."""

    context: TurnContext
    purse: Purse | None = None
    settled: bool = False

    async def commit(self, tickets: Commits, claim: Claim, decision: Decision, *, revision: str) -> bool:
        """Commit the decision and its charge as one."""
        if self.purse is not None:
            charge = self.purse.charge()
            decision = replace(decision, charge=charge, usage=charge.usage)
        committed = await tickets.commit(claim, decision, revision=revision)
        self.settled = True
        return committed


class Accounts(Protocol):
    """Opens the account of a claimed turn."""

    def open(self, claim: Claim) -> AbstractAsyncContextManager[Account]:
        """The turn's account; what runs in the block pays from it."""


class _Free:
    """The accounts of an employee whose model costs nothing."""

    @asynccontextmanager
    async def open(self, claim: Claim) -> AsyncIterator[Account]:
        """An account without a purse."""
        yield Account(claim.context)


FREE: Accounts = _Free()


class PaidAccounts:
    """Those of an employee whose answers cost something, in the ledger.

    Raises:
        ValueError: ``caps``, and ``priced`` says that there is a price that is not known: nothing could be reserved.
    """

    def __init__(self, store: BudgetStore, caps: Caps, *, priced: bool) -> None:
        if caps and not priced:
            raise ValueError("a budget needs the prices of whatever model is hosted")
        self._store = store
        self._caps = caps

    @asynccontextmanager
    async def open(self, claim: Claim) -> AsyncIterator[Account]:
        """An account, whose turn hears of a spent budget; without a commit it is settled at the end."""
        context = claim.context
        if self._caps and is_spent(await self._store.totals(), self._caps):
            context = replace(context, budget_spent=True)

        async def reserve(spent: int, under_way: int, ceiling: int) -> Grant:
            at = claim.conversation_id, claim.epoch
            return await self._store.reserve(*at, spent=spent, under_way=under_way, ceiling=ceiling)

        account = Account(context, Purse(reserve))
        try:
            with paying(account.purse):
                yield account
        finally:
            if not account.settled:
                await self._settle(claim, account)

    async def _settle(self, claim: Claim, account: Account) -> None:
        """Charge what was spent; if the ledger cannot be reached, it charges the reservation by itself."""
        if account.purse is None:
            return
        try:
            await self._store.settle(claim.conversation_id, claim.epoch, account.purse.charge())
        except Exception as error:
            if not is_retryable(error):
                raise
            extra = {"conversation": str(claim.conversation_id), "error": summary(error)}
            logger.warning("turn not settled", extra=extra)
