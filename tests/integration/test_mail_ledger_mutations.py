"""Each safeguard of a mailbox taken away once: the oracle of test_mail_ledger.py must see it."""

from random import Random

import pytest
from data_plane import DataPlane, until
from ledger_world import violations, worked_off
from mail_world import LOST, TIMES, Google, Writers, opened, position, read_to_the_end

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.timeout(600)]

SEND = "senders[mail].send:1:after"


@pytest.fixture
async def google(data_plane: DataPlane) -> Google:
    """The mailbox is read from now on; the workers are each test's to start."""
    google = Google(data_plane)
    await google.start(page=2)
    await data_plane.api()
    await opened(data_plane, google)
    return google


@pytest.fixture
def writers(google: Google) -> Writers:
    return Writers(google, Random(1))


async def seen(plane: DataPlane, google: Google, ending: str) -> None:
    """Wait until the oracle says something that ends so."""

    async def found() -> bool:
        return any(each.endswith(ending) for each in await violations(plane, google, []))

    await until(found, 240, ending)


def lost(words: list[str]) -> list[str]:
    """What the oracle says of them."""
    return [f"{word} is stored 0 times" for word in words]


async def test_the_oracle_sees_a_position_that_moves_before_its_mails_are_on_the_bus(data_plane, google, writers):
    await writers.write_all(4, push=LOST)
    kill = "fte_runtime.channels.gmail.reading.Reader.take:1:before"
    early = data_plane.deadly_worker(kill, "--mutate", "cursor_before_reading", **TIMES)
    await data_plane.killed(early, 180)
    missed = list(writers.said)
    data_plane.faulty_worker("--poll", "1", **TIMES)
    await writers.write(push=LOST)
    writers.said = writers.said[-1:]
    await read_to_the_end(data_plane, writers)
    await worked_off(data_plane, 240)
    assert await violations(data_plane, google, [*missed, *writers.said]) == lost(missed)


async def test_the_oracle_sees_a_history_of_which_only_the_first_page_is_read(data_plane, google, writers):
    before = await position(data_plane)
    await writers.write_all(5, push=LOST)
    data_plane.faulty_worker("--mutate", "first_page_alone", **TIMES)

    async def moved() -> bool:
        return await position(data_plane) != before

    await until(moved, 180, "the reading")
    await worked_off(data_plane, 240)
    assert await violations(data_plane, google, writers.said) == lost(writers.said[2:])


async def test_the_oracle_sees_a_position_that_is_taken_from_a_push(data_plane, google, writers):
    read = len(google.journal.requests("history"))
    data_plane.faulty_worker("--mutate", "cursor_by_push", **TIMES)

    async def looked() -> bool:
        return len(google.journal.requests("history")) > read

    await until(looked, 180, "the first reading")
    before = await position(data_plane)
    await writers.write_all(3, push=LOST)
    await writers.write(push={})

    async def moved() -> bool:
        return await position(data_plane) != before

    await until(moved, 180, "the push")
    assert await violations(data_plane, google, writers.said) == lost(writers.said)


async def test_the_oracle_sees_what_we_sent_read_as_if_somebody_had_written_it(data_plane, google, writers):
    data_plane.faulty_worker("--mutate", "sent_is_received", "--poll", "1", **TIMES)
    await writers.write(push=LOST)
    await seen(data_plane, google, "is no customer's")


async def test_the_oracle_sees_our_own_reply_taken_for_a_colleague_s(data_plane, google, writers):
    await writers.write(push=LOST)
    await data_plane.killed(data_plane.deadly_worker(SEND, **TIMES), 180)
    times = TIMES | {"send_seconds": 60}  # it is read before it is looked up
    data_plane.faulty_worker("--mutate", "own_reply_is_a_colleague_s", **times)
    await seen(data_plane, google, "went to a person for no reason")


@pytest.mark.parametrize("mutation", ["resend_without_look_up", "look_up_finds_nothing"])
async def test_the_oracle_sees_a_mail_that_was_sent_again_unasked(data_plane, google, writers, mutation):
    await writers.write(push=LOST)
    await data_plane.killed(data_plane.deadly_worker(SEND, **TIMES), 180)
    data_plane.faulty_worker("--mutate", mutation, **TIMES)
    await seen(data_plane, google, "was taken 2 times")


async def test_without_a_mutation_it_sees_nothing(data_plane, google, writers):
    await writers.write_all(5, push=LOST)
    await data_plane.killed(data_plane.deadly_worker(SEND, **TIMES), 180)
    data_plane.faulty_worker("--poll", "1", **TIMES)
    await read_to_the_end(data_plane, writers)
    await worked_off(data_plane, 240)
    assert await violations(data_plane, google, writers.said) == []
