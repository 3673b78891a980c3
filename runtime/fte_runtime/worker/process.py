"""Role process: claims conversations, lets the employee decide, commits the decision."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from fte_agent.domain.turns import Decision, TurnContext
from fte_agent.ports import Claim, Clock, TicketStore
from fte_runtime.errors import TurnTooLong, is_retryable
from fte_runtime.logs import redact
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.accounts import FREE, Accounts
from fte_runtime.worker.limiter import IngestLimiter
from fte_runtime.worker.loop import Loop, wait_any

logger = logging.getLogger(__name__)

TURN_SECONDS = 120.0
"""A turn's deadline: far beyond what its two model calls and its searches may take with their own."""

RENEWALS_PER_LEASE = 3


class Process:
    """Runs at most ``concurrency`` turns at once, each under a lease it keeps alive.

    ``decide`` runs one turn, and says itself when attempts are used up. ``committed`` is set whenever there may be
    something to deliver or to tell; ``drained`` once nothing more will be committed. ``accounts`` say what a turn may
    spend. Times are in seconds.
    """

    def __init__(
        self,
        *,
        worker: str,
        tickets: TicketStore,
        decide: Callable[[TurnContext], Awaitable[Decision]],
        revision: str,
        concurrency: int,
        lease_seconds: float,
        drain_seconds: float,
        limiter: IngestLimiter,
        committed: tuple[asyncio.Event, ...],
        drained: asyncio.Event,
        loop: Loop,
        clock: Clock,
        metrics: WorkerMetrics,
        turn_seconds: float = TURN_SECONDS,
        accounts: Accounts = FREE,
    ) -> None:
        self._worker = worker
        self._tickets = tickets
        self._decide = decide
        self._revision = revision
        self._concurrency = concurrency
        self._freed = asyncio.Event()
        self._lease_seconds = lease_seconds
        self._drain_seconds = drain_seconds
        self._limiter = limiter
        self._committed = committed
        self._drained = drained
        self._turn_seconds = turn_seconds
        self._accounts = accounts
        self._loop = loop
        self._clock = clock
        self._metrics = metrics
        self._turns: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Claim until told to stop, then finish what runs or give it back."""
        try:
            await self._loop.run(self.step)
        finally:
            try:
                await self.drain()
            finally:
                self._drained.set()

    async def step(self) -> bool:
        """Claim one conversation, this worker's own first, and start its turn; False when none is due."""
        if len(self._turns) >= self._concurrency:
            self._freed.clear()
            await wait_any(self._lease_seconds, self._freed, self._loop.stopping)
            return True
        claim = await self._tickets.claim(self._worker, self._limiter.conversations)
        if claim is None:
            return False
        turn = asyncio.create_task(self._turn(claim), name=f"turn {claim.conversation_id}")
        self._turns.add(turn)
        turn.add_done_callback(self._ended)
        return True

    async def drain(self) -> None:
        """Let running turns end within ``drain_seconds``; give the others' conversations back."""
        if self._turns:
            _, late = await asyncio.wait(self._turns, timeout=self._drain_seconds)
            for turn in late:
                turn.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, turn: asyncio.Task[None]) -> None:
        self._turns.discard(turn)
        self._freed.set()

    async def _turn(self, claim: Claim) -> None:
        """One claimed burst, to its commit or back; every error has an outcome here."""
        started = self._clock.monotonic()
        extra = {"conversation": str(claim.conversation_id), "attempt": claim.context.attempt}
        self._metrics.running.inc()
        try:
            outcome = await self._answer(claim)
        except asyncio.CancelledError:
            outcome = "released"
            await self._release(claim, None)
            raise
        except Exception as error:
            outcome = "failed"
            logger.exception("turn failed", extra=extra)
            await self._release(claim, f"{type(error).__name__}: {error}", counts=not is_retryable(error))
        finally:
            self._metrics.running.dec()
        seconds = self._clock.monotonic() - started
        self._metrics.turns.labels(outcome).inc()
        self._metrics.turn_seconds.observe(seconds)
        logger.info("turn ended", extra=extra | {"outcome": outcome, "seconds": round(seconds, 3)})

    async def _answer(self, claim: Claim) -> str:
        async with self._accounts.open(claim) as account:
            decision = await self._under_lease(claim, account.context)
            if decision is None:
                return "lost"
            committed = await account.commit(self._tickets, claim, decision, revision=self._revision)
        if not committed:
            self._loop.wake.set()  # a newer message superseded it: the burst is due again
            return "superseded"
        self._limiter.discard(claim.conversation_id)
        for event in self._committed:
            event.set()
        return decision.outcome.value

    async def _under_lease(self, claim: Claim, context: TurnContext) -> Decision | None:
        """The turn's decision; None when the lease was lost meanwhile."""
        turn = asyncio.ensure_future(self._decide(context))
        lease = asyncio.ensure_future(self._renew_lease(claim))
        try:
            ended, _ = await asyncio.wait(
                {turn, lease}, timeout=self._turn_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not ended:
                raise TurnTooLong(f"no decision within {self._turn_seconds:g} s")
            return turn.result() if turn.done() else None
        finally:
            for task in (turn, lease):
                task.cancel()
            await asyncio.gather(turn, lease, return_exceptions=True)

    async def _renew_lease(self, claim: Claim) -> None:
        """Renew the lease until it is lost; what passes is tried again, for the commit decides anyway."""
        while True:
            await asyncio.sleep(self._lease_seconds / RENEWALS_PER_LEASE)
            try:
                if not await self._tickets.renew(claim):
                    return
            except Exception as error:
                if not is_retryable(error):
                    raise
                logger.warning("lease not renewed", extra={"error": str(error)})

    async def _release(self, claim: Claim, error: str | None, *, counts: bool = True) -> None:
        """Release a claim; if even that fails, the lease runs out by itself."""
        try:
            await self._tickets.release(claim, None if error is None else redact(error)[:500], counts=counts)
        except Exception:
            logger.exception("claim not released", extra={"conversation": str(claim.conversation_id)})
