"""A worker that dies at every step of its work, and what customers were promised all the same (tests/ledger.py)."""

import re
from random import Random

import pytest
from data_plane import DataPlane, until
from ledger_world import SHORT, Customers, Provider, invariants, stopped, violations, wake, worked_off

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

STEPS = (
    "tickets.ingest:150:after",
    "consumer.commit:1:before",
    "tickets.claim:2:after",
    "employee.decide:2:after",
    "tickets.commit:2:before",
    "tickets.commit:2:after",
    "senders[whatsapp].send:1:before",
    "senders[whatsapp].send:1:after",
    "deliveries.mark_sent:2:after",
    "deliveries.apply_status:2:before",
    "deliveries.apply_status:2:after",
    "publisher.publish:1:after",
    "outbox.mark_published:1:after",
)
TAKEOVERS = "SELECT thread_key FROM conversations WHERE channel = 'whatsapp' AND handler = 'human'"


@pytest.fixture
async def provider(data_plane: DataPlane) -> Provider:
    """The API runs and customers can write; the workers are each test's to start."""
    data_plane.channels[0]["web_form"] = {"rate_limit_per_minute": 6000}
    provider = Provider(data_plane)
    await provider.start()
    await data_plane.api()
    return provider


@pytest.fixture
def customers(data_plane: DataPlane, provider: Provider) -> Customers:
    return Customers(data_plane, provider, Random(1))


async def phase(customers: Customers, place: int) -> None:
    """Two customers by WhatsApp and five by form, every fifth post a repeated one; accepted all."""
    for turn in range(5):
        for number in (2 * place, 2 * place + 1):
            assert await customers.write(customers.number(number))
        assert await customers.submit()
        assert turn == 0 or await customers.again()


async def taken_over(plane: DataPlane, *customers: str) -> None:
    """Wait until a person has each of these conversations."""

    async def theirs() -> bool:
        return set(customers) <= {row["thread_key"] for row in await plane.rows(TAKEOVERS)}

    await until(theirs, 60, "the takeovers")


@pytest.mark.timeout(600)
async def test_a_worker_that_dies_at_every_step_keeps_every_promise(data_plane, provider, customers):
    for place in range(len(STEPS)):  # all at once: a dead member holds its partitions for ten seconds
        await phase(customers, place)
    for place, kill in enumerate(STEPS):
        await data_plane.killed(data_plane.deadly_worker(kill, **SHORT))
        assert await customers.write(customers.number(2 * place))
        assert await customers.again()
        if place in (4, 8, 11):
            await customers.colleague(customers.number(2 * place))
    await provider.order("script", [{"cut": "reset", "accepted": True}, {"cut": "hang", "accepted": True}])
    await phase(customers, len(STEPS))
    await data_plane.worker(**SHORT)
    await taken_over(data_plane, *(customers.number(2 * place) for place in (4, 8, 11)))
    for place in (4, 8, 11):
        assert await customers.write(customers.number(2 * place))
    await worked_off(data_plane)
    assert await violations(data_plane, provider, customers.said) == []
    assert len(customers.said) >= 200
    assert customers.posts >= 1.2 * len(customers.said)
    assert len(provider.journal.accepted()) >= len(STEPS)
    invariants(data_plane)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("stop", ["tickets.commit:1:before", "senders[whatsapp].send:1:before"])
async def test_a_worker_asleep_past_its_lease_changes_nothing_when_it_wakes(data_plane, provider, customers, stop):
    await phase(customers, 0)
    sleeper = data_plane.deadly_worker(stop, "--stop", **SHORT)
    await stopped(sleeper)
    await phase(customers, 1)
    await data_plane.worker(**SHORT)
    await worked_off(data_plane, asleep=True)
    wake(sleeper)
    await phase(customers, 2)
    await worked_off(data_plane)
    assert await data_plane.stop(sleeper) == 0
    assert await violations(data_plane, provider, customers.said) == []
    invariants(data_plane)


async def test_the_oracle_sees_a_commit_that_compares_nothing(data_plane, provider, customers):
    assert await customers.write(customers.number(0))
    sleeper = data_plane.deadly_worker(
        "tickets.commit:1:before", "--stop", "--mutate", "commit_without_compare", **SHORT
    )
    await stopped(sleeper)
    await data_plane.worker(**SHORT)
    await worked_off(data_plane, asleep=True)
    assert await violations(data_plane, provider, customers.said) == []
    wake(sleeper)

    async def doubled() -> bool:
        found = await violations(data_plane, provider, [])
        return any(re.search(r"is covered by turns \[\d+, \d+\]", each) for each in found)

    await until(doubled, what="a message answered twice")


async def test_the_oracle_sees_an_offset_committed_too_early(data_plane, provider, customers):
    assert await customers.submit()
    early = data_plane.deadly_worker("tickets.ingest:1:before", "--mutate", "offset_before_store", **SHORT)
    await data_plane.killed(early)
    await data_plane.worker(**SHORT)
    await worked_off(data_plane)
    assert await violations(data_plane, provider, customers.said) == [f"{customers.said[0]} is stored 0 times"]


@pytest.mark.timeout(300)
async def test_the_oracle_sees_what_was_sent_again_unasked(data_plane, provider, customers):
    assert await customers.write(customers.number(0))
    await data_plane.killed(data_plane.deadly_worker("senders[whatsapp].send:1:after", **SHORT))
    data_plane.faulty_worker("--mutate", "resend_without_look_up", **SHORT)

    async def doubled() -> bool:
        found = await violations(data_plane, provider, customers.said)
        return any(each.endswith("was taken 2 times") for each in found)

    await until(doubled, 180, "a part taken twice")
