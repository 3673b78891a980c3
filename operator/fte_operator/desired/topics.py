"""The topics of one employee.

Retention follows what a topic is for: work that can be done again for a week, raw events for an audit of
the day, dead letters until somebody has looked.
"""

from dataclasses import dataclass

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import defaults
from fte_operator.desired.channels import TYPES

_HOUR_MS = 60 * 60 * 1000
_DAY_MS = 24 * _HOUR_MS
_PARTITIONS = 3

_RETENTION_MS = {
    "escalations": 7 * _DAY_MS,
    "metrics": 7 * _DAY_MS,
    "dlq": 30 * _DAY_MS,
}


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as desired: `retention_ms` is how long a record is kept, in milliseconds.

    `partitions` holds at creation. An existing topic with fewer is grown only if `grow`: more partitions send
    the same sender's later messages elsewhere, so somebody must have asked for it.
    """

    name: str
    partitions: int
    retention_ms: int
    grow: bool = False


def owner_topic(fte: DigitalFTE) -> str:
    """The topic whose first record says whose the others are."""
    return f"{defaults.topic_prefix(fte)}.owner"


def topics(fte: DigitalFTE) -> tuple[TopicSpec, ...]:
    """Every topic the employee's processes use; ``tickets.incoming``, which carries the work, is first."""
    prefix = defaults.topic_prefix(fte)
    asked = fte.spec.kafka.partitions is not None
    incoming = TopicSpec(f"{prefix}.tickets.incoming", defaults.partitions(fte), 7 * _DAY_MS, grow=asked)
    inbound = {f"channels.{row.topic}.inbound": _DAY_MS for row in TYPES.values()}
    kept = inbound | _RETENTION_MS
    return incoming, *(TopicSpec(f"{prefix}.{name}", _PARTITIONS, retention) for name, retention in kept.items())
