"""Role statuses: what providers tell that is no message, from the channels' own topics."""

import logging
from collections.abc import Callable, Mapping

from fte_agent.domain.delivery import DeliveryStatus, NonDelivery
from fte_agent.domain.messages import Channel
from fte_agent.ports import DeliveryStore
from fte_database.errors import Rejected
from fte_runtime.bus.base import Record
from fte_runtime.channels.base import Cursors, Hint
from fte_runtime.errors import UndecodableRecord, is_retryable
from fte_runtime.events import ChannelEvent, decode_event, is_envelope
from fte_runtime.metrics import WorkerMetrics

logger = logging.getLogger(__name__)

Reader = Callable[[ChannelEvent], DeliveryStatus | NonDelivery | Hint | None]
"""What one event says of a part or of a mailbox, None when it says nothing: a plug-in's ``statuses``."""


class Statuses:
    """Takes events; what it does not know is skipped: the topic is an audit, too.

    ``readers`` are by kind: a SupportChannel may be younger than this worker, and its reports come once.
    """

    def __init__(
        self,
        *,
        readers: Mapping[Channel, Reader],
        deliveries: DeliveryStore,
        cursors: Cursors,
        metrics: WorkerMetrics,
    ) -> None:
        self._readers = readers
        self._deliveries = deliveries
        self._cursors = cursors
        self._metrics = metrics

    @property
    def full(self) -> bool:
        """Never: a report needs no turn."""
        return False

    async def prepare(self) -> None:
        """Nothing to do."""

    async def take(self, record: Record) -> None:
        """Store a report and move its delivery forward, or note a hint for whoever reads that provider.

        A report without a delivery is kept for one that comes; that one did not arrive needs a delivery to be believed.
        """
        try:
            outcome = await self._apply(record)
        except (UndecodableRecord, Rejected) as error:
            if is_retryable(error):
                raise
            logger.warning("event skipped", extra={"topic": record.topic, "offset": record.offset, "error": str(error)})
            outcome = "unreadable"
        self._metrics.statuses.labels(outcome).inc()

    async def _apply(self, record: Record) -> str:
        if not is_envelope(record.headers):
            return "skipped"
        event = decode_event(record.value)
        reader = self._readers.get(event.kind)
        match reader(event) if reader else None:
            case DeliveryStatus() as status:
                return "applied" if await self._deliveries.apply_status(status) else "early"
            case NonDelivery() as report:
                return "bounced" if await self._deliveries.apply_non_delivery(report) else "unbelieved"
            case Hint() as hint:
                return await self._note(hint)
        return "skipped"

    async def _note(self, hint: Hint) -> str:
        """Another worker's hint in its place does as well: any new one has the provider read."""
        before = await self._cursors.read(hint.channel_name, hint.reader)
        await self._cursors.move(hint.channel_name, hint.reader, before=before, after=hint.position)
        return "noted"
