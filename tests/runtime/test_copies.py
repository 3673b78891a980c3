"""Who carries copies of replies, and how what becomes of them is counted."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry
from runtime_doubles import FakeClock, FakeDeliveries, FakeSender, a_delivery

from fte_agent.channels import EMAIL, WEB_FORM
from fte_agent.domain.behaviour import Company
from fte_runtime.config import ChannelSettings
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.wiring.channels import copy_policy
from fte_runtime.worker.deliver import Deliver
from fte_runtime.worker.loop import Loop

ACME = Company("Acme")


def a_mailbox(name: str, **changes: str) -> ChannelSettings:
    gmail = {"mailbox": f"{name}@example.org", "credentials_file": "/nowhere"}
    return ChannelSettings(name=name, type="Gmail", gmail=gmail, **changes)


def a_form(name: str = "website") -> ChannelSettings:
    return ChannelSettings(name=name, type="WebForm")


def count(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(f"{name}_total", labels) or 0.0


@pytest.mark.parametrize("order", [1, -1])
def test_the_first_mailbox_by_name_carries_them_paused_or_not(order):
    channels = [a_form(), a_mailbox("sales"), a_mailbox("help", run_state="Paused")][::order]
    assert copy_policy(ACME, channels, WorkerMetrics()).carriers[EMAIL] == "help"


def test_without_a_mailbox_nobody_does():
    assert copy_policy(ACME, [a_form()], WorkerMetrics()).carriers.keys() == {WEB_FORM}


def test_what_becomes_of_each_is_counted():
    metrics = WorkerMetrics()
    policy = copy_policy(ACME, [a_form(), a_mailbox("help")], metrics)
    policy.tell("help", "capped")
    assert count(metrics.registry, "fte_copies", channel="help", outcome="capped") == 1


async def test_an_attempt_on_a_copy_is_counted_apart_from_replies():
    metrics = WorkerMetrics()
    store = FakeDeliveries([a_delivery(EMAIL, "help", copied=True), a_delivery(EMAIL, "help")])
    role = Deliver(
        worker="w",
        channel="help",
        deliveries=store,
        sender=FakeSender(),
        flush_seconds=60,
        loop=Loop("deliver", 0.001, asyncio.Event(), asyncio.Event(), metrics),
        clock=FakeClock(),
        metrics=metrics,
        lease_seconds=30,
    )
    assert await role.step() and await role.step()
    for name in ("fte_copies", "fte_deliveries"):
        assert count(metrics.registry, name, channel="help", outcome="accepted") == 1
