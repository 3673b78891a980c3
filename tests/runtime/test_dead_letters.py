"""Dead letters as people see and replay them; what customers wrote is shown only when asked for."""

import json

import pytest
from prometheus_client import CollectorRegistry
from runtime_doubles import FakePublisher

from fte_agent.inbound.faults import invalid
from fte_runtime.bus.base import Record
from fte_runtime.dead_letter_writer import DeadLetters as Writer
from fte_runtime.dead_letters import REPLAY_OF, DeadLetters, NotReplayable
from fte_runtime.errors import BusUnavailable
from fte_runtime.events import Topics
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import InboundMetrics

SOURCE = Record("fte.tickets.incoming", 2, 7, b"web_form:x", b'{"body": "canary"}', timestamp=1_700_000_000_000)


class Topic:
    """The dead-letter topic as the publisher left it, all in one partition."""

    def __init__(self, publisher):
        self.publisher = publisher

    async def records(self, topic):
        for offset, (key, value, headers) in enumerate(self.publisher.on(topic)):
            yield Record(topic, 0, offset, key, value, timestamp=1_700_000_000_000, headers=headers)


@pytest.fixture
def publisher():
    return FakePublisher()


@pytest.fixture
def letters(publisher):
    return DeadLetters(topic="fte.dlq", prefix="fte", reader=Topic(publisher), publisher=publisher)


async def put(publisher, record=SOURCE):
    await Writer(publisher, "fte.dlq").dead_letter(record, cause="undecodable", error=ValueError("no JSON"))


async def test_a_list_names_place_cause_and_source_and_no_customer_s_word(publisher, letters):
    await put(publisher)
    [letter] = await letters.all()
    told = letter.as_json()
    assert (told["place"], told["cause"], told["error"], told["replayed"]) == ("0:0", "undecodable", "no JSON", False)
    assert (told["source-topic"], told["source-partition"], told["source-offset"]) == (SOURCE.topic, "2", "7")
    assert "canary" not in json.dumps(told)
    assert "canary" in letter.as_json(body=True)["body"]


async def test_a_replay_goes_where_it_came_from_and_leaves_a_mark(publisher, letters):
    await put(publisher)
    [letter] = await letters.find(["0:0"])
    await letters.replay(letter)
    [(key, value, headers)] = publisher.on(SOURCE.topic)
    assert (key, value, headers[REPLAY_OF]) == (SOURCE.key, SOURCE.value, b"0:0")
    assert [letter.replayed for letter in await letters.all()] == [True]


async def test_what_was_found_at_a_provider_is_told_by_its_id_and_answered_there(publisher, letters):
    inbound = BusInboundPublisher(
        topics=Topics("fte"), publisher=publisher, metrics=InboundMetrics(CollectorRegistry())
    )
    error = invalid("From", "must be a number")
    facts = {"channel_name": "whatsapp", "external_id": "SM1", "cause": "invalid", "error": error}
    await inbound.put_aside(b"Body=canary", **facts)
    [letter] = await letters.all()
    told = letter.as_json()
    assert (told["source-channel"], told["source-id"], told["cause"]) == ("whatsapp", "SM1", "invalid")
    assert told["error"] == "From: must be a number"
    assert "canary" not in json.dumps(told)
    assert letter.as_json(body=True)["body"] == "Body=canary"
    with pytest.raises(NotReplayable, match="no record"):
        await letters.replay(letter)


async def test_what_was_put_aside_is_counted_once_it_is_there(publisher):
    metrics = InboundMetrics(registry := CollectorRegistry())
    inbound = BusInboundPublisher(topics=Topics("fte"), publisher=publisher, metrics=metrics)
    facts = {"channel_name": "whatsapp", "external_id": "SM1", "cause": "invalid", "error": ValueError("no")}
    labels = {"channel": "whatsapp", "cause": "invalid"}
    publisher.down.add("fte.dlq")
    with pytest.raises(BusUnavailable):
        await inbound.put_aside(b"", **facts)
    assert registry.get_sample_value("fte_messages_put_aside_total", labels) is None
    publisher.down.clear()
    await inbound.put_aside(b"", **facts)
    assert registry.get_sample_value("fte_messages_put_aside_total", labels) == 1


async def test_what_was_cut_is_not_replayed(publisher, letters):
    await put(publisher, Record(SOURCE.topic, 0, 0, b"k", b"x" * 600_000))
    [letter] = await letters.all()
    with pytest.raises(NotReplayable, match="was cut"):
        await letters.replay(letter)
    assert publisher.on(SOURCE.topic) == []


@pytest.mark.parametrize("topic", ["other.tickets.incoming", "fte.dlq", "ftex.tickets.incoming", ""])
async def test_only_our_own_sources_are_written_to(publisher, letters, topic):
    await put(publisher, Record(topic, 0, 0, b"k", b"x"))
    with pytest.raises(NotReplayable, match="did not come from"):
        await letters.replay((await letters.all())[0])


async def test_a_place_without_a_letter_is_named(letters):
    with pytest.raises(NotReplayable, match="0:5"):
        await letters.find(["0:5"])


async def test_bytes_that_are_no_text_are_shown_all_the_same(publisher, letters):
    await put(publisher, Record(SOURCE.topic, 0, 0, b"k", b"\xffjunk"))
    [letter] = await letters.all()
    assert letter.as_json(body=True)["body"] == "\\xffjunk"
