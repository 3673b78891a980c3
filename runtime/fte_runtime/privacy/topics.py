"""Records of the bus that hold what customers wrote: those that were read are deleted, the rest are told.

Kafka knows no deletion of one record, so everybody's go up to where our consumers have come: they are stored, or put
aside. ``tickets.incoming`` keeps what is not read yet, whoever wrote it.
"""

from collections.abc import Collection, Mapping
from typing import Any

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import Channel
from fte_runtime.bus.base import Bounds, Eraser, Partition
from fte_runtime.errors import DeletionRefused
from fte_runtime.events import Topics

IDS_ALONE = "holds ids, reasons and numbers; no words and no identifiers of a customer"
REFUSED = "the brokers do not let us delete; give the principal Delete on its topics (docs/kafka.md)"
LETTERS = "letters that name the customer were looked for before; one that names nobody stays"


async def erase_topics(eraser: Eraser, topics: Topics, bound: Collection[Channel]) -> dict[str, Any]:
    """Delete what was read; of every topic what was done, how many records are left, and for how long they are kept.

    ``bound`` are the kinds of channel that the employee has now. The topic of another, and of one whose provider
    reports nothing, is read by nobody: what is there are copies for an audit alone, and all go.

    Raises:
        BusUnavailable: some of it may be done; it may be done again.
    """
    reading = {topics.incoming: topics.group}
    for kind, traits in TRAITS.items():
        reading[topics.audit(kind)] = topics.events_group if kind in bound and not traits.resendable else ""
    others = {topics.dlq: LETTERS, topics.named("escalations"): IDS_ALONE, topics.named("metrics"): IDS_ALONE}
    bounds = await eraser.bounds([*reading, *others])
    retention = await eraser.retention(sorted({topic for topic, _ in bounds}))
    done = {group: await eraser.committed(group) for group in sorted(set(reading.values()) - {""})}
    receipt: dict[str, Any] = {}
    for topic, group in reading.items():
        read = done[group] if group else {place: each.end for place, each in bounds.items()}
        receipt[topic] = await _erased(eraser, topic, _of(topic, bounds), read)
    for topic, why in others.items():
        receipt[topic] = {"deleted_before": {}, "left": _count(_of(topic, bounds)), "note": why}
    held = {topic for topic, _ in bounds}
    return {topic: told | {"retention_ms": retention.get(topic)} for topic, told in receipt.items() if topic in held}


async def _erased(
    eraser: Eraser, topic: str, bounds: Mapping[Partition, Bounds], read: Mapping[Partition, int]
) -> dict[str, Any]:
    before = {place: min(read[place], bound.end) for place, bound in bounds.items() if read.get(place, 0) > bound.first}
    try:
        await eraser.delete_before(before)
    except DeletionRefused:
        return {"deleted_before": {}, "left": _count(bounds), "note": REFUSED}
    left = {place: Bounds(max(bound.first, before.get(place, 0)), bound.end) for place, bound in bounds.items()}
    deleted = {str(partition): offset for (_, partition), offset in sorted(before.items())}
    return {"deleted_before": deleted, "left": _count(left), "note": ""}


def _of(topic: str, bounds: Mapping[Partition, Bounds]) -> dict[Partition, Bounds]:
    return {place: bound for place, bound in bounds.items() if place[0] == topic}


def _count(bounds: Mapping[Partition, Bounds]) -> int:
    return sum(bound.end - bound.first for bound in bounds.values())
