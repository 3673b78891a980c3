"""Role deliver: what becomes of a part for each thing a provider may do."""

import asyncio

import pytest
from runtime_doubles import FakeClock, FakeDeliveries, FakeSender, Unreachable, a_delivery

from fte_agent.channels import WHATSAPP
from fte_agent.domain.delivery import Failure, Sent
from fte_agent.errors import SendFailed
from fte_agent.ports import ReplySender
from fte_runtime.channels.web_form.worker import WebFormSender
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.deliver import Deliver
from fte_runtime.worker.loop import Loop


def deliver(
    store: FakeDeliveries,
    sender: ReplySender,
    channel: str = "website",
    *,
    stopping: asyncio.Event | None = None,
    send_seconds: float = 5,
    clock: FakeClock | None = None,
) -> Deliver:
    metrics = WorkerMetrics()
    return Deliver(
        worker="w",
        channel=channel,
        deliveries=store,
        sender=sender,
        flush_seconds=60,
        loop=Loop("deliver", 0.001, asyncio.Event(), stopping or asyncio.Event(), metrics),
        clock=clock or FakeClock(),
        metrics=metrics,
        lease_seconds=30,
        send_seconds=send_seconds,
    )


def whatsapp():
    return a_delivery(WHATSAPP, "whatsapp")


async def test_a_web_form_s_reply_is_accepted_at_once():
    store = FakeDeliveries([a_delivery()])
    role = deliver(store, WebFormSender())
    assert await role.step() is True
    assert [sent for _, sent in store.sent] == [Sent(None)]
    assert await role.step() is False


async def test_only_its_own_channel_s_parts_are_claimed():
    other = a_delivery(channel_name="shop")
    store = FakeDeliveries([other], unconfirmed=[other])
    sender = FakeSender()
    assert await deliver(store, sender).step() is False
    assert (sender.sent, store.failed, store.pending) == ([], [], [other])


@pytest.mark.parametrize("retryable", [True, False])
async def test_a_refusal_is_recorded_as_the_sender_says(retryable):
    store = FakeDeliveries([whatsapp()])
    refused = SendFailed("20429", "too many", retryable=retryable, retry_after=7)
    await deliver(store, FakeSender([refused]), "whatsapp").step()
    assert [failure for _, failure in store.failed] == [Failure("20429", "too many", retryable, 7)]
    assert store.unknown == []


async def test_a_closed_window_is_no_failed_attempt():
    delivery = whatsapp()
    store = FakeDeliveries([delivery])
    refused = SendFailed("63016", "closed", retryable=True, window_closed=True)
    await deliver(store, FakeSender([refused]), "whatsapp").step()
    assert (store.closed, store.failed) == ([delivery], [])


@pytest.mark.parametrize("error", [Unreachable("reset"), ValueError("what?"), TimeoutError()])
async def test_what_may_have_left_is_unknown_and_not_sent_again(error):
    delivery = whatsapp()
    store, sender = FakeDeliveries([delivery]), FakeSender([error])
    role = deliver(store, sender, "whatsapp")
    await role.step()
    assert await role.step() is False
    [(unknown, failure)] = store.unknown
    assert (unknown, failure.code, failure.retryable) == (delivery, type(error).__name__, True)
    assert (len(sender.sent), store.failed) == (1, [])


async def test_a_sender_that_does_not_answer_is_cut_and_its_part_unknown():
    class Hangs(FakeSender):
        async def send(self, delivery):
            await asyncio.Event().wait()

    store = FakeDeliveries([whatsapp()])
    async with asyncio.timeout(5):
        await deliver(store, Hangs(), "whatsapp", send_seconds=0.01).step()
    assert [failure.code for _, failure in store.unknown] == ["TimeoutError"]


@pytest.mark.parametrize("provider_id", [None, ""])
async def test_an_acceptance_without_an_id_proves_nothing_where_a_doubled_part_would_reach_the_customer(provider_id):
    store = FakeDeliveries([whatsapp()])
    await deliver(store, FakeSender([Sent(provider_id)]), "whatsapp").step()
    assert ([failure.code for _, failure in store.unknown], store.sent) == (["NoReceipt"], [])


@pytest.mark.parametrize(("seconds", "sent"), [(29, 1), (30, 0)])
async def test_a_worker_that_was_held_up_since_its_claim_leaves_the_part_to_others(seconds, sent):
    class Slow(FakeDeliveries):
        async def claim_delivery(self, worker, channels):
            delivery = await super().claim_delivery(worker, channels)
            clock.advance(seconds)
            return delivery

    clock, store, sender = FakeClock(), Slow([whatsapp()]), FakeSender([Sent("SM1")])
    assert await deliver(store, sender, "whatsapp", clock=clock).step() is True
    assert (len(sender.sent), len(store.sent)) == (sent, sent)
    assert [(failure.code, failure.retryable) for _, failure in store.failed] == [("HeldUp", True)] * (1 - sent)


async def test_what_may_be_sent_twice_is_tried_again():
    store = FakeDeliveries([a_delivery()])
    await deliver(store, FakeSender([Unreachable("gone")])).step()
    assert [failure.retryable for _, failure in store.failed] == [True]
    assert store.unknown == []


async def test_a_client_s_words_do_not_reach_the_record():
    store = FakeDeliveries([whatsapp()])
    await deliver(store, FakeSender([ValueError("to +4915112345678")]), "whatsapp").step()
    assert [failure.error for _, failure in store.unknown] == ["ValueError"]


@pytest.mark.parametrize("found", [Sent("SM1"), Sent("SM2", placeholder=True)])
async def test_an_unconfirmed_part_that_the_provider_has_is_sent(found):
    delivery = whatsapp()
    store, sender = FakeDeliveries(unconfirmed=[delivery]), FakeSender(found=[found])
    assert await deliver(store, sender, "whatsapp").step() is True
    assert (store.sent, sender.sent) == ([(delivery, found)], [])


async def test_an_unconfirmed_part_that_the_provider_does_not_have_is_absent():
    delivery = whatsapp()
    store = FakeDeliveries(unconfirmed=[delivery])
    await deliver(store, FakeSender(), "whatsapp").step()
    assert (store.absent, store.sent) == ([delivery], [])


async def test_a_look_up_that_fails_leaves_it_unknown():
    delivery = whatsapp()
    store = FakeDeliveries(unconfirmed=[delivery])
    await deliver(store, FakeSender(found=[Unreachable("gone")]), "whatsapp").step()
    [(unknown, failure)] = store.unknown
    assert (unknown, failure.code, store.absent) == (delivery, "LookUpFailed", [])


async def test_sending_comes_before_looking_up():
    store = FakeDeliveries([whatsapp()], unconfirmed=[whatsapp()])
    await deliver(store, FakeSender(), "whatsapp").step()
    assert (len(store.sent), len(store.unconfirmed)) == (1, 1)


async def test_told_to_stop_it_sends_what_is_due_and_looks_nothing_up():
    stopping = asyncio.Event()
    stopping.set()
    store = FakeDeliveries([a_delivery(), a_delivery()], unconfirmed=[a_delivery()])
    await deliver(store, WebFormSender(), stopping=stopping).run()
    assert (len(store.sent), len(store.unconfirmed)) == (2, 1)


async def test_told_to_stop_it_does_not_wait_for_a_store_that_is_away():
    stopping = asyncio.Event()
    stopping.set()
    store = FakeDeliveries(errors={"claim_delivery": [Unreachable("gone")]})
    await deliver(store, WebFormSender(), stopping=stopping).run()
    assert store.errors["claim_delivery"] == []
