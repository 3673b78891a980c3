"""Role deliver, and the supervisor of all roles."""

import asyncio
import contextlib
from uuid import uuid4

import pytest
from runtime_doubles import FakeClock, FakeDeliveries, Unreachable

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_agent.domain.delivery import Delivery, Sent
from fte_agent.domain.messages import Author, Channel
from fte_runtime.channels.web_form import WebFormSender
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker import supervisor
from fte_runtime.worker.deliver import Deliver
from fte_runtime.worker.loop import Backoff, Loop, wait_any
from fte_runtime.worker.supervisor import Supervisor


def a_delivery(channel: Channel = WEB_FORM) -> Delivery:
    return Delivery(uuid4(), uuid4(), uuid4(), 1, channel, Author.AI, "ada@example.org", "There.", 1)


def deliver(store: FakeDeliveries, *, stopping: asyncio.Event | None = None, **senders: object) -> Deliver:
    metrics = WorkerMetrics()
    loop = Loop("deliver", 0.001, asyncio.Event(), stopping or asyncio.Event(), metrics)
    ways = {WEB_FORM: WebFormSender(), **{Channel(k): v for k, v in senders.items()}}
    return Deliver(
        worker="w",
        deliveries=store,
        senders=ways,
        flush_seconds=60,
        loop=loop,
        clock=FakeClock(),
        metrics=metrics,
    )


async def test_a_web_form_s_reply_is_accepted_at_once():
    store = FakeDeliveries([a_delivery()])
    role = deliver(store)
    assert await role.step() is True
    assert [sent for _, sent in store.sent] == [Sent(None)]
    assert await role.step() is False


@pytest.mark.parametrize(("error", "again"), [(Unreachable("busy"), True), (ValueError("never"), False)])
async def test_a_provider_s_error_is_recorded_with_whether_to_try_again(error, again):
    class Broken:
        async def send(self, delivery):
            raise error

    store = FakeDeliveries([a_delivery(EMAIL)])
    await deliver(store, email=Broken()).step()
    [(_, code, text, retryable)] = store.failed
    assert (code, text, retryable) == (type(error).__name__, str(error), again)


async def test_a_channel_without_way_out_fails_for_good():
    store = FakeDeliveries([a_delivery(WHATSAPP)])
    await deliver(store).step()
    assert store.failed[0][1:] == ("NoSender", "this worker has no way out on that channel", False)


async def test_told_to_stop_it_sends_what_is_due():
    stopping = asyncio.Event()
    stopping.set()
    store = FakeDeliveries([a_delivery(), a_delivery()])
    await deliver(store, stopping=stopping).run()
    assert len(store.sent) == 2


async def test_told_to_stop_it_does_not_wait_for_a_store_that_is_away():
    async def away(worker):
        raise Unreachable("gone")

    stopping = asyncio.Event()
    stopping.set()
    store = FakeDeliveries()
    store.claim_delivery = away
    await deliver(store, stopping=stopping).run()


class Waits:
    def __init__(self, stopping: asyncio.Event) -> None:
        self.stopping, self.ended = stopping, False

    async def run(self) -> None:
        await self.stopping.wait()
        self.ended = True


class Dies:
    async def run(self) -> None:
        raise RuntimeError("bug")


class Hangs:
    async def run(self) -> None:
        await asyncio.Event().wait()


async def test_roles_end_together_when_told():
    stopping = asyncio.Event()
    role = Waits(stopping)
    roles = Supervisor({"a": role, "b": Waits(stopping)}, stopping=stopping, shutdown_seconds=5)
    run = asyncio.create_task(roles.run())
    await asyncio.sleep(0)
    assert roles.alive
    stopping.set()
    assert await run is True
    assert role.ended
    assert not roles.alive


async def test_a_role_that_dies_ends_the_process_with_a_clear_log(caplog):
    stopping = asyncio.Event()
    other = Waits(stopping)
    roles = Supervisor({"a": Dies(), "b": other}, stopping=stopping, shutdown_seconds=5)
    assert await roles.run() is False
    assert other.ended
    [record] = [r for r in caplog.records if r.levelname == "CRITICAL"]
    assert (record.role, record.exc_info[1].args) == ("a", ("bug",))


async def test_a_role_that_does_not_even_heed_being_cut_is_left_behind(monkeypatch):
    monkeypatch.setattr(supervisor, "CUT_SECONDS", 0.01)
    release = asyncio.Event()

    class Deaf:
        async def run(self) -> None:
            while not release.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await release.wait()

    stopping = asyncio.Event()
    stopping.set()
    run = asyncio.create_task(Supervisor({"a": Deaf()}, stopping=stopping, shutdown_seconds=0.01).run())
    done, _ = await asyncio.wait({run}, timeout=2)
    release.set()
    await run
    assert done


async def test_a_role_that_does_not_stop_is_cut():
    stopping = asyncio.Event()
    stopping.set()
    assert await Supervisor({"a": Hangs()}, stopping=stopping, shutdown_seconds=0.01).run() is True


def test_backoff_doubles_to_its_limit_and_starts_over():
    backoff = Backoff(first=1, longest=8)
    waits = [backoff.next() for _ in range(5)]
    for wait, ceiling in zip(waits, (1, 2, 4, 8, 8), strict=True):
        assert ceiling / 2 <= wait <= ceiling
    backoff.reset()
    assert backoff.next() <= 1


async def test_waiting_ends_with_the_first_event():
    event = asyncio.Event()
    event.set()
    async with asyncio.timeout(5):
        await wait_any(60, asyncio.Event(), event)
