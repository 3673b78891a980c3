"""Which partition a key belongs to: as every Kafka client decides it, but remembered."""

from collections.abc import Sequence
from functools import lru_cache

from aiokafka.partitioner import DefaultPartitioner

RECENT_KEYS = 1024

_default = DefaultPartitioner()


def partition_of(key: bytes | None, partitions: Sequence[int], available: Sequence[int]) -> int:
    """The client's ``partitioner``: one of ``partitions`` for a key, any that has a leader without one."""
    if key is None:
        return int(_default(None, partitions, available))
    return partitions[_index(key, len(partitions))]


@lru_cache(RECENT_KEYS)
def _index(key: bytes, count: int) -> int:
    """The default's choice of so many. Its hash is plain Python, and a record's raw copy has the same key."""
    return int(_default(key, range(count), ()))
