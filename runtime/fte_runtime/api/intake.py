"""Taking a web form in: checked, turned into a message, and on the bus before anyone is told yes."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fte_agent.channels import WEB_FORM
from fte_agent.ports import Clock
from fte_runtime.api.limits import FormLimits
from fte_runtime.bus.base import Publisher
from fte_runtime.channels import web_form
from fte_runtime.config import ChannelSettings
from fte_runtime.errors import BusUnavailable
from fte_runtime.events import Topics, encode, key_of
from fte_runtime.metrics import ApiMetrics
from fte_runtime.tokens import StatusTokens, digest

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a customer is given: the ticket and the token that opens it."""

    ticket_id: UUID
    token: str


class Intake:
    """Web forms to ``tickets.incoming``. Needs the bus alone; holds nothing a second pod would miss."""

    def __init__(
        self,
        *,
        forms: Sequence[ChannelSettings],
        topics: Topics,
        publisher: Publisher,
        tokens: StatusTokens,
        clock: Clock,
        metrics: ApiMetrics,
    ) -> None:
        self.forms = {form.name: form for form in forms}
        self._topics = topics
        self._publisher = publisher
        self._tokens = tokens
        self._clock = clock
        self._metrics = metrics
        self._limits = {form.name: FormLimits(clock, form.web_form.rate_limit_per_minute) for form in forms}
        self._audits: set[asyncio.Task[None]] = set()

    async def submit(self, raw: bytes) -> Accepted:
        """Take one form.

        What looks automated gets the same answer with nothing done, so a bot learns nothing.

        Raises:
            InvalidForm: a field is missing or wrong.
            TooManyRequests: this process takes no more now.
            BusUnavailable: not confirmed; the same form may be sent again.
        """
        submission = web_form.parse(raw)
        form = web_form.bound_form(submission, self.forms)
        now = self._clock.now()
        ticket = web_form.ticket_id(self._topics.prefix, form.name, submission)
        token = self._tokens.issue(ticket, now)
        if submission.looks_automated:
            self._metrics.submissions.labels(form.name, "ignored").inc()
            return Accepted(ticket, token)
        self._limits[form.name].take(submission.sender.normalised)
        message = web_form.to_message(
            submission, channel_name=form.name, ticket=ticket, token_sha256=digest(token), now=now
        )
        key = key_of(message)
        await self._publisher.publish(self._topics.incoming, key=key, value=encode(message))
        self._metrics.submissions.labels(form.name, "accepted").inc()
        self._audit(key, raw)
        return Accepted(ticket, token)

    async def drain(self) -> None:
        """Wait for what is still being written aside; each write has its own deadline."""
        await asyncio.gather(*self._audits)

    def _audit(self, key: bytes, raw: bytes) -> None:
        """Keep the raw event too, off the customer's way: its failure is only counted."""
        task = asyncio.create_task(self._write_audit(key, raw))
        self._audits.add(task)
        task.add_done_callback(self._audits.discard)

    async def _write_audit(self, key: bytes, raw: bytes) -> None:
        try:
            await self._publisher.publish(self._topics.audit(WEB_FORM), key=key, value=raw)
        except BusUnavailable as error:
            self._metrics.audit_failures.inc()
            logger.warning("raw event not kept", extra={"error": str(error)})
