"""``/health`` as anybody may read it: what is wrong in our own words.

The errors behind it hold addresses, roles and owners; they go to the log, once for each change.
"""

import logging
from collections.abc import Mapping

from fte_runtime.health import Health

logger = logging.getLogger(__name__)

UNKNOWN = "cannot be used now; its log says why"
_SENTENCES = (
    ("no answer within", "does not answer in time"),
    ("in time", "does not answer in time"),
    ("TimeoutError", "does not answer in time"),
    ("UnknownTopicOrPartition", "a topic is missing"),
    ("LeaderNotAvailable", "a partition has no leader"),
    ("fte-migrate", "is not migrated yet"),
    ("belongs to", "belongs to another employee"),
    ("pgvector", "lacks pgvector"),
    ("URL", "has a URL that cannot be understood"),
    ("SQLSTATE 42P01", "is not migrated yet"),
    ("SQLSTATE 28", "refuses the log-in"),
    ("SQLSTATE 3D", "does not exist"),
    ("SQLSTATE 53300", "has no connection left"),
    ("reach", "cannot be reached"),
    ("KafkaConnectionError", "cannot be reached"),
)


class PublicReport:
    """The report of `Health` without the texts of errors."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._told: dict[str, str | None] = {}

    async def show(self) -> dict[str, object]:
        """The same parts; each ``error`` is one of our sentences or null."""
        report = await self._health.report()
        for part in ("kafka", "database"):
            self._log(part, report[part])
        return {name: public(part) for name, part in report.items()}

    def _log(self, part: str, found: object) -> None:
        error = found.get("error") if isinstance(found, Mapping) else None
        if error is not None and error != self._told.get(part):
            logger.warning("degraded", extra={"part": part, "error": error})
        self._told[part] = error


def public(part: object) -> object:
    """``part`` with every ``error`` in it replaced by a sentence of ours."""
    if not isinstance(part, Mapping):
        return part
    return {key: _sentence(value) if key == "error" else public(value) for key, value in part.items()}


def _sentence(error: str | None) -> str | None:
    if error is None:
        return None
    return next((sentence for sign, sentence in _SENTENCES if sign in error), UNKNOWN)
