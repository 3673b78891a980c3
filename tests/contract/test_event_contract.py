"""docs/contracts/events.yaml: a valid AsyncAPI document, and real records are what it says."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from crm import answer, chat, escalation, form, mail, replied
from custom_resources import fte
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from management_world import managed
from runtime_doubles import FakePublisher

from fte_agent.channels import TRAITS, WHATSAPP
from fte_agent.domain.messages import Attachment, InboundMessage, Preference, ReplyTarget
from fte_database.repositories import events as told
from fte_database.repositories.events import Subject
from fte_database.repositories.outbox import OutboxRelayStore
from fte_database.repositories.tickets import PostgresTicketStore
from fte_operator.desired.topics import topics
from fte_runtime.api.event_contracts import document
from fte_runtime.dead_letter_writer import DeadLetters
from fte_runtime.events import ChannelEvent, Topics, encode, encode_event, traced

SPECIFICATION = Path(__file__).resolve().parents[1] / "data" / "asyncapi" / "3.0.0.json.gz"
DOCUMENT: dict[str, Any] = json.loads(json.dumps(document()))
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
MESSAGES = [
    form(),
    mail("Good morning ✓", references=("<a@example.com>",), participants=("b@example.com",), reply_token="t"),
    chat(preference=Preference.STOP, attachments=(Attachment("image/png", "https://example.com/a", "a.png"),)),
    mail(reply_target=ReplyTarget("c@example.com", "Re: x", "t1", "p1", "<a>", "help@example.com"), automated=True),
    mail(extensions={"of_a_newer_release": [1]}, metadata={"key": "value"}, excess=True, handed_over="unreadable"),
    traced(form(), TRACE),
]
EVENT = ChannelEvent("whatsapp", WHATSAPP, datetime.now(UTC), {"MessageStatus": "read"})


def faults(value: Any, message: str) -> list[str]:
    """What of a payload is not as the document says of messages of this name."""
    schema = DOCUMENT["components"]["messages"][message]["payload"] | {"components": DOCUMENT["components"]}
    found = Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in found]


def test_the_document_is_what_the_specification_says() -> None:
    specification = json.loads(gzip.decompress(SPECIFICATION.read_bytes()))
    found = Draft7Validator(specification).iter_errors(DOCUMENT)
    assert [f"{error.json_path}: {error.message}" for error in found] == []
    broken = DOCUMENT | {"operations": {"send": {"action": "publish", "channel": {}}}}
    assert not Draft7Validator(specification).is_valid(broken)


def test_every_reference_leads_somewhere() -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [each for value in part.values() for each in references(value)]
        return [each for value in part for each in references(value)] if isinstance(part, list) else []

    found = references(DOCUMENT)
    assert len(found) >= 20
    for reference in found:
        target: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_the_channels_are_the_operator_s_topics_with_their_retention() -> None:
    made = {
        topic.name: topic.retention_ms for topic in topics(fte(kafka={"bootstrapServers": "k:1", "topicPrefix": "p"}))
    }
    described = {
        channel["address"].replace("{prefix}", "p"): channel["bindings"]["kafka"]["topicConfiguration"]["retention.ms"]
        for channel in DOCUMENT["channels"].values()
    }
    assert described == made
    assert Topics("p").used(TRAITS) == sorted(described)


@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_s_record_is_as_described(message: InboundMessage) -> None:
    assert faults(json.loads(encode(message)), "messageReceived") == []


def test_an_event_of_a_channel_is_as_described() -> None:
    assert faults(json.loads(encode_event(EVENT, "SM1")), "channelEvent") == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data", "sender", "verified"), "yes"),
        (("data", "occurred_at"), 7),
        (("dataversion",), 1),
        (("traceparent",), "00-x"),
        (("data", "preference"), "loud"),
        (("type",), "com.example"),
    ],
)
def test_a_record_that_differs_is_told_from_one_that_is_as_described(path: tuple[str, ...], value: object) -> None:
    record = json.loads(encode(mail()))
    part = record
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert faults(record, "messageReceived")
    del part[path[-1]]
    assert faults(record, "messageReceived") or path == ("traceparent",)


def test_what_is_withdrawn_or_taken_over_is_as_described() -> None:
    subject = Subject(uuid4(), uuid4(), WHATSAPP, "whatsapp")
    assert faults(told.escalation_withdrawn(subject, uuid4()), "escalationWithdrawn") == []
    assert faults(told.conversation_taken_over(subject), "conversationTakenOver") == []
    assert faults(told.conversation_taken_over(subject), "escalationWithdrawn")


@pytest.mark.postgres
async def test_what_commits_tell_is_as_described(database_url: str, tmp_path: Path) -> None:
    async with managed(database_url, tmp_path) as api:
        store = PostgresTicketStore(api.database, topic_prefix="p")
        await replied(store, mail(), answer())
        await replied(store, form(), escalation())
        records = await OutboxRelayStore(api.database).pending(10)
    names = {"turn.committed": "turnCommitted", "escalation.opened": "escalationOpened"}
    by_address = {each["address"].replace("{prefix}", "p"): each for each in DOCUMENT["channels"].values()}
    assert {record.payload["type"] for record in records} == names.keys()
    for record in records:
        name = names[str(record.payload["type"])]
        assert faults(record.payload, name) == []
        assert name in by_address[record.topic]["messages"]
        assert record.key == record.payload["conversation_id"]


async def test_a_dead_letter_has_no_header_that_is_not_described() -> None:
    publisher = FakePublisher(limit=100)
    letters = DeadLetters(publisher, "p.dlq")
    source = {"topic": "t", "partition": "0", "offset": "1", "timestamp": "2"}
    await letters.put_aside(b"x" * 200, key=b"k", source=source, cause="undecodable", error=ValueError("bad"))
    ((_, _, headers),) = publisher.on("p.dlq")
    described = DOCUMENT["components"]["messages"]["deadLetter"]["headers"]["properties"]
    assert headers.keys() - described.keys() == set()
