"""What a worker told to stop still does, in which order, and how long that may take."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

from runtime_doubles import (
    FakeClock,
    FakeConsumer,
    FakeDeliveries,
    FakePublisher,
    FakeReports,
    FakeSessions,
    FakeTickets,
    a_claim,
    a_delivery,
)

from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Decision, Outcome
from fte_database import pool
from fte_operator.desired import image_contract
from fte_runtime.bus import kafka_client
from fte_runtime.channels.web_form.worker import WebFormSender
from fte_runtime.commands.server import PROBE_GRACE_SECONDS
from fte_runtime.config import Database, Kafka, WorkerConfig
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.wiring.ports import Ports
from fte_runtime.wiring.roles import DRAIN_SHARE, FLUSH_SHARE, ROLES_SHARE, supervisor
from fte_runtime.worker.audit import AuditTrail
from fte_runtime.worker.supervisor import CUT_SECONDS

CONFIG = WorkerConfig(
    kafka=Kafka(bootstrap_servers="nowhere:1", topic_prefix="fte"),
    database=Database(url_file=Path("url"), owner="tests/helper"),
    channels=(),
)


class NoLocks:
    @asynccontextmanager
    async def session(self, role, key):
        yield None


async def test_a_reply_committed_while_stopping_is_delivered_before_the_process_ends():
    stopping, deliveries, tickets = asyncio.Event(), FakeDeliveries(), FakeTickets(claims=[a_claim()])
    commit = tickets.commit

    async def commit_makes_a_delivery(claim, decision, *, revision):
        deliveries.pending.append(a_delivery())
        return await commit(claim, decision, revision=revision)

    async def decide(context):
        stopping.set()
        for _ in range(100):  # every role that only waits for the stop has ended by then
            await asyncio.sleep(0)
        return Decision(Outcome.ANSWER, Author.AI, ("There.",))

    tickets.commit = commit_makes_a_delivery
    ports = Ports(
        tickets=tickets,
        deliveries=deliveries,
        overdue=None,
        takeovers=None,
        cursors=None,
        outbox=None,
        locks=NoLocks(),
        invariants=None,
        reports=FakeReports(),
        sessions=FakeSessions(),
        status=None,
        employee=SimpleNamespace(decide=decide, escalate=None, revision="r1"),
        senders={"website": WebFormSender()},
        readers={},
        singletons=(),
        publisher=FakePublisher(),
        audit=AuditTrail(FakePublisher(), WorkerMetrics()),
        consumer=FakeConsumer(),
        events=None,
        clock=FakeClock(),
        metrics=WorkerMetrics(),
    )
    async with asyncio.timeout(10):
        assert await supervisor(CONFIG, ports, stopping).run() is True
    assert (len(tickets.committed), len(deliveries.sent)) == (1, 1)


def test_a_stop_fits_into_the_pod_s_grace_period():
    roles = image_contract.WORKER_SHUTDOWN_SECONDS * ROLES_SHARE + CUT_SECONDS
    closing = PROBE_GRACE_SECONDS + kafka_client.CLOSE_SECONDS + pool.CLOSE_SECONDS
    assert roles + closing < image_contract.WORKER_GRACE_SECONDS
    assert DRAIN_SHARE + FLUSH_SHARE < ROLES_SHARE
