"""The bus as the data plane sees it: records in, records out, no client library in sight."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

Partition: TypeAlias = tuple[str, int]
"""A partition by its topic and number."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as consumed; ``timestamp`` is the broker's, in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = 0
    headers: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def place(self) -> Partition:
        """The partition it stands in."""
        return self.topic, self.partition


@dataclass(frozen=True, slots=True)
class GroupState:
    """Partitions of the topic, how many of them a member has, and the oldest record that the group has not read.

    ``assigned`` is None while the group is being rearranged. ``oldest`` is the broker's time of that record in
    seconds since the epoch, None when everything is read.
    """

    partitions: int
    assigned: int | None
    oldest: float | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first offset that a partition has, and the one that comes next."""

    first: int
    end: int


class Eraser(Protocol):
    """Deletes the beginning of partitions. Every call raises `BusUnavailable`."""

    async def bounds(self, topics: Collection[str]) -> Mapping[Partition, Bounds]:
        """Of every partition; none of a topic that is not there."""

    async def committed(self, group: str) -> Mapping[Partition, int]:
        """What the members of a group have done, by the offset that comes next."""

    async def delete_before(self, offsets: Mapping[Partition, int]) -> None:
        """Delete what stands before these offsets; raises `DeletionRefused` where we may not."""

    async def retention(self, topics: Collection[str]) -> Mapping[str, int | None]:
        """For how many milliseconds a record is kept, None where nobody tells us."""


class Publisher(Protocol):
    """Writes records; an acknowledgement means every in-sync replica has it."""

    async def publish(
        self, topic: str, *, key: bytes, value: bytes, headers: Mapping[str, bytes] | None = None
    ) -> None:
        """Write one record and wait for its acknowledgement.

        Raises:
            BusUnavailable: not confirmed in time; the record may or may not be there.
            RecordTooLarge: the record is not there and never will be.
        """

    async def publish_many(
        self, topic: str, records: Sequence[tuple[bytes, bytes]], *, headers: Mapping[str, bytes]
    ) -> None:
        """Write keys and values together, all with the same headers, and wait for them once.

        Raises:
            BusUnavailable: some of them are not confirmed.
            RecordTooLarge: one of them never will be.
        """

    async def check(self, topic: str | None = None) -> None:
        """Ask the bus for a sign of life, and whether ``topic`` can be written; raises `BusUnavailable`."""

    async def lacking(self, topics: Sequence[str]) -> Mapping[str, str]:
        """Those of ``topics`` that take no record now, and what is wrong; raises `BusUnavailable`."""


class Consumer(Protocol):
    """One member of a consumer group over its topics; positions move only by `commit`."""

    async def start(self) -> None:
        """Join the group; raises `BusUnavailable`. May take as long as a rebalance does."""

    async def stop(self) -> None:
        """Leave the group, so that others take over at once."""

    async def poll(self, *, seconds: float, limit: int) -> Sequence[Sequence[Record]]:
        """Wait for records, at most ``seconds``: one sequence per partition, in order.

        Must be called often, also while held: it is what keeps the membership alive.
        """

    def hold(self, held: bool, waiting: Collection[Partition] = ()) -> None:
        """Stop or resume fetching on every partition assigned now; a rebalance forgets it.

        Those ``waiting`` are stopped either way; one that is not assigned is no error.
        """

    def rewind(self, record: Record) -> None:
        """Read this record again next."""

    async def commit(self, record: Record) -> None:
        """Everything of the record's partition up to it is done.

        Failure is logged, not raised: what is read twice is stored once.
        """
