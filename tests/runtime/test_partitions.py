"""Records go where every other client would put them."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from fte_runtime.bus.partitions import partition_of

EVERY = range(1000)
PARTITIONS = st.sets(st.integers(0, 99), min_size=1, max_size=30).map(sorted)


@given(st.binary(max_size=40), PARTITIONS)
def test_a_key_has_the_default_partition_each_time(key, partitions):
    expected = DefaultPartitioner()(key, partitions, partitions)
    assert [partition_of(key, partitions, partitions) for _ in range(2)] == [expected] * 2


@pytest.mark.parametrize(("available", "expected"), [([5], {5}), ([], EVERY)])
def test_without_a_key_a_partition_with_a_leader_is_taken_if_there_is_one(available, expected):
    assert partition_of(None, EVERY, available) in expected
