"""Replies on a channel that was taken away go to a person."""

from datetime import timedelta
from uuid import UUID

import pytest
from runtime_doubles import FakeDeliveries, Unreachable, a_delivery

from fte_runtime.worker.stranded import GONE, Stranded


def role(deliveries, *channels):
    return Stranded(worker="w", deliveries=deliveries, channels=channels, age=timedelta(minutes=10))


async def test_what_nobody_sends_is_failed_and_the_rest_is_left():
    deliveries = FakeDeliveries(pending=[a_delivery(), a_delivery()])
    await role(deliveries, "shop").step()
    assert [failure for _, failure in deliveries.failed] == [GONE, GONE]
    deliveries = FakeDeliveries(pending=[a_delivery()])
    await role(deliveries, "website").step()
    assert deliveries.failed == []


async def test_a_person_is_told_of_each_conversation_whose_reply_is_late(caplog):
    deliveries = FakeDeliveries(late=[UUID(int=1), UUID(int=2)])
    await role(deliveries).step()
    assert deliveries.late == []
    assert deliveries.withdrawn == 1
    assert [record.conversation for record in caplog.records] == [str(UUID(int=2)), str(UUID(int=1))]


async def test_an_unreachable_store_is_the_loop_s_business():
    with pytest.raises(Unreachable):
        await role(FakeDeliveries(errors={"claim_stranded": [Unreachable()]})).step()
