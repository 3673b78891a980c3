"""What the worker finds out about a channel, stored for ``GET /health`` of the API."""

import logging
from typing import Protocol

from fte_runtime.errors import is_retryable
from fte_runtime.failures import summary

logger = logging.getLogger(__name__)


class ChannelHealthStore(Protocol):
    """Where the named parts of a channel's health are kept."""

    async def report(self, channel_name: str, part: str, error: str | None) -> None:
        """Store what is wrong with a part now, or that nothing is."""


class ChannelHealth:
    """Tells findings; a store that is away costs the finding, never the work that made it."""

    def __init__(self, store: ChannelHealthStore) -> None:
        self._store = store

    async def report(self, channel_name: str, part: str, error: str | None) -> None:
        """``error`` is a sentence of ours, safe to show to anybody; None means that the part is well."""
        try:
            await self._store.report(channel_name, part, error)
        except Exception as failure:
            if not is_retryable(failure):
                raise
            extra = {"channel": channel_name, "part": part, "error": summary(failure)}
            logger.warning("health not stored", extra=extra)
