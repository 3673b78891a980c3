"""Singleton overdue: no burst is left without an owner, whatever became of the workers that had it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from fte_agent.domain.turns import Decision, Reason, TurnContext
from fte_agent.ports import Claim, OverdueStore, TicketStore
from fte_runtime.errors import is_retryable
from fte_runtime.metrics import WorkerMetrics

logger = logging.getLogger(__name__)

PERIOD_SECONDS = 5.0


class Overdue:
    """Hands bursts older than ``deadline`` to a person, by the same commit as any other decision.

    A turn that still runs on one finds itself superseded. ``escalate`` makes the decision without a model. One that
    cannot be handed over keeps no other waiting; it comes again when its lease has ended.
    """

    role = "overdue"
    key = ""
    period = PERIOD_SECONDS

    def __init__(
        self,
        *,
        worker: str,
        overdue: OverdueStore,
        tickets: TicketStore,
        escalate: Callable[[TurnContext, Reason], Decision],
        revision: str,
        deadline: timedelta,
        committed: Sequence[asyncio.Event],
        metrics: WorkerMetrics,
    ) -> None:
        self._worker = worker
        self._overdue = overdue
        self._tickets = tickets
        self._escalate = escalate
        self._revision = revision
        self._deadline = deadline
        self._committed = committed
        self._metrics = metrics

    async def step(self) -> None:
        """Every burst that is overdue now; raises what keeps all of them, such as a store that is away."""
        while claim := await self._overdue.claim_overdue(self._worker, self._deadline):
            try:
                await self._hand_over(claim)
            except Exception as error:
                if is_retryable(error):
                    raise
                self._metrics.role_errors.labels(self.role).inc()
                logger.exception("burst not handed over", extra={"conversation": str(claim.conversation_id)})
        while conversation := await self._overdue.tell_person():
            logger.warning("a person is told of what was written to them", extra={"conversation": str(conversation)})

    async def _hand_over(self, claim: Claim) -> None:
        decision = self._escalate(claim.context, Reason.OVERDUE)
        if not await self._tickets.commit(claim, decision, revision=self._revision):
            return  # a newer message, or a person, came in between
        self._metrics.overdue.inc()
        logger.error("burst overdue", extra={"conversation": str(claim.conversation_id)})
        for event in self._committed:
            event.set()
