"""Records of one key stay on one partition."""

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from fte_runtime.bus.kafka_publisher import partition_of

PARTITIONS = st.sets(st.integers(0, 99), min_size=1, max_size=30).map(sorted)


@given(st.binary(max_size=40), PARTITIONS)
def test_a_key_has_its_partition_each_time_whether_it_has_a_leader_or_not(key, partitions):
    expected = partitions[crc32(key) % len(partitions)]
    assert [partition_of(key, partitions, available) for available in ([], partitions)] == [expected] * 2


def test_keys_are_spread():
    assert {partition_of(f"customer {number}".encode(), range(12), ()) for number in range(200)} == set(range(12))
