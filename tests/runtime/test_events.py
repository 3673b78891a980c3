"""Records: what survives one, which versions are read, and what is refused without a word of the customer's."""

import json
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.channels import TRAITS, WEB_FORM, WHATSAPP
from fte_agent.domain.messages import Attachment, Identifier, InboundMessage, Preference, ReplyTarget
from fte_runtime.envelope import MAX_RECORD_BYTES, STRUCTURED, traceparent_of
from fte_runtime.errors import NewerVersion, RecordTooLarge, UndecodableRecord, is_retryable
from fte_runtime.events import (
    TRACEPARENT,
    ChannelEvent,
    Topics,
    decode,
    decode_event,
    encode,
    encode_event,
    is_envelope,
    key_of,
    traced,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BARE = InboundMessage("s", "k", WEB_FORM, "w", "t", Identifier("email", "a"), "b", NOW)
FULL = InboundMessage(
    source="twilio",
    dedupe_key="SM1",
    channel=WHATSAPP,
    channel_name="whatsapp",
    thread_key="whatsapp:+447700900123",
    sender=Identifier("phone", "+447700900123", verified=True),
    body="Hello",
    occurred_at=NOW,
    subject="A subject",
    display_name="Ada",
    category="billing",
    priority="high",
    ticket_id=UUID(int=7),
    status_token_sha256="ab",
    automated=True,
    excess=True,
    handed_over="unreadable",
    external_id="SM1",
    in_reply_to="SM0",
    reply_target=ReplyTarget("whatsapp:+447700900123", "A subject", "a thread", "SM0", "SM-1 SM-2", "+15550000"),
    attachments=(Attachment("image/jpeg", "https://media.example/1", "a.jpg"), Attachment("location")),
    preference=Preference.STOP,
    metadata={"ButtonPayload": "yes"},
    references=("SM-1", "SM0"),
    reply_token="ab" * 16,
    participants=("ola@example.org",),
)
VERSION_1 = {
    "v": 1,
    "source": "web_form",
    "dedupe_key": "website:1",
    "channel": "web_form",
    "channel_name": "website",
    "thread_key": "1",
    "sender": {"kind": "email", "value": "ada@example.org", "verified": False},
    "body": "Where is my invoice?",
    "occurred_at": "2026-01-02T03:04:05+00:00",
    "subject": "Invoices",
    "display_name": "Ada",
    "category": "billing",
    "priority": "medium",
    "ticket_id": "00000000-0000-0000-0000-000000000001",
    "status_token_sha256": "ab",
    "automated": False,
    "metadata": {"filled_in": "too_fast"},
}
EVENT = ChannelEvent("whatsapp", WHATSAPP, NOW, {"MessageSid": "SM1", "MessageStatus": "read", "Blank": ""}, TRACE)


def envelope(message: InboundMessage = BARE, **changes: object) -> dict[str, object]:
    return json.loads(encode(message)) | changes


def data(**changes: object) -> bytes:
    fields = envelope()
    return json.dumps(fields | {"data": fields["data"] | changes}).encode()


def untraced(message: InboundMessage) -> InboundMessage:
    return replace(message, metadata={k: v for k, v in message.metadata.items() if k != TRACEPARENT})


@given(body=TEXT, subject=TEXT, address=TEXT, metadata=st.dictionaries(TEXT, TEXT))
def test_a_message_survives_its_record(body, subject, address, metadata):
    sender = Identifier("email", address)
    message = replace(BARE, sender=sender, body=body, subject=subject, ticket_id=uuid4(), metadata=metadata)
    assert untraced(decode(encode(message))) == untraced(message)
    assert key_of(message).startswith(b"web_form:")


def test_every_field_survives_and_is_another_than_its_default():
    assert untraced(decode(encode(FULL))) == FULL
    known = {name: getattr(FULL, name) for name in FULL.__dataclass_fields__ if name != "extensions"}
    assert {name for name, value in known.items() if value == getattr(BARE, name)} == {"occurred_at"}


def test_a_record_is_a_cloudevent():
    assert envelope(traced(FULL, TRACE), data=None) == {
        "specversion": "1.0",
        "id": "SM1",
        "source": "/channels/whatsapp/whatsapp",
        "type": "dev.digitalfte.message.received",
        "time": "2026-01-02T03:04:05+00:00",
        "datacontenttype": "application/json",
        "dataversion": 2,
        "traceparent": TRACE,
        "data": None,
    }


def test_the_version_before_is_read():
    message = decode(json.dumps(VERSION_1).encode())
    assert (message.body, message.ticket_id, message.metadata) == (
        "Where is my invoice?",
        UUID(int=1),
        {"filled_in": "too_fast"},
    )
    assert message.attachments == ()


def test_fields_of_a_later_release_are_kept_and_written_back():
    read = decode(data(mood={"is": ["new", 1]}, extensions="a field of that name"))
    assert read.extensions == {"mood": {"is": ["new", 1]}, "extensions": "a field of that name"}
    assert json.loads(encode(read))["data"]["mood"] == {"is": ["new", 1]}
    assert untraced(decode(encode(read))) == untraced(read)


def test_a_field_of_ours_wins_over_an_extension_of_its_name():
    assert decode(encode(replace(BARE, extensions={"body": "forged"}))).body == "b"


def test_a_newer_version_waits_for_a_newer_reader():
    for record, read in ((envelope(dataversion=3), decode), (json.loads(encode_event(EVENT, "SM1")), decode_event)):
        with pytest.raises(NewerVersion) as caught:
            read(json.dumps(record | {"dataversion": 3}).encode())
        assert is_retryable(caught.value)


@pytest.mark.parametrize("version", [1, 2])
def test_a_message_of_a_kind_that_a_later_release_knows_waits_for_that(version):
    fields = envelope()
    fields["data"]["channel"] = "carrier_pigeon"
    record = fields if version == 2 else {**VERSION_1, "channel": "carrier_pigeon"}
    with pytest.raises(NewerVersion, match="carrier_pigeon") as caught:
        decode(json.dumps(record).encode())
    assert is_retryable(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"dataversion": 1},
        {"dataversion": 0},
        {"dataversion": True},
        {"dataversion": "3"},
        {"dataversion": None},
        {"specversion": "2.0"},
        {"type": "dev.digitalfte.channel.event"},
        {"data": []},
        {"data": None},
        {"v": 2},
    ],
)
def test_what_is_no_message_of_ours_is_refused(changes):
    fields = changes if "v" in changes else envelope(**changes)
    with pytest.raises(UndecodableRecord):
        decode(json.dumps(fields).encode())


@pytest.mark.parametrize("given", [None, "", "00-0-0-00", TRACE.upper(), TRACE.replace("00-", "ff-", 1), TRACE + "-x"])
def test_a_trace_that_is_none_begins_anew(given):
    made = traceparent_of(given)
    assert made != given
    assert traceparent_of(made) == made
    assert TRACEPARENT not in decode(json.dumps(envelope(traceparent=given)).encode()).metadata


def test_a_request_s_trace_is_kept():
    assert traceparent_of(TRACE) == TRACE
    assert decode(encode(traced(BARE, TRACE))).metadata == {TRACEPARENT: TRACE}


@given(st.binary())
def test_any_bytes_are_decoded_or_refused(value):
    for read in (decode, decode_event):
        with pytest.raises(UndecodableRecord):
            read(value)


def test_a_time_without_zone_is_refused():
    with pytest.raises(UndecodableRecord, match="time zone"):
        decode(data(occurred_at="2026-01-02T03:04:05"))


def test_a_refusal_names_the_field_not_the_content():
    with pytest.raises(UndecodableRecord) as caught:
        decode(data(body=7, source="the customer's words"))
    assert "body" in str(caught.value)
    assert "words" not in str(caught.value)


@pytest.mark.parametrize("value", [data(body={"canary": 7}), b'{"v": 1, "canary', b"\xffcanary"])
def test_a_refusal_s_traceback_does_not_quote_the_customer(value):
    with pytest.raises(UndecodableRecord) as caught:
        decode(value)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "change",
    [
        {"body": "\ud800"},
        {"metadata": {"\ud800": ""}},
        {"later": "\udfff"},
        {"occurred_at": "0001-01-01T00:00:00+14:00"},
        {"occurred_at": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_what_the_database_s_driver_cannot_take_is_refused_before(change):
    with pytest.raises(UndecodableRecord, match="cannot be stored"):
        decode(data(**change))


def test_a_number_that_is_none_is_no_json():
    with pytest.raises(UndecodableRecord, match="no JSON"):
        decode(data(later=float("nan")))


def test_a_record_has_a_bound_when_it_is_read_and_when_it_is_written():
    with pytest.raises(UndecodableRecord, match="bytes are more than"):
        decode(b" " * (MAX_RECORD_BYTES + 1))
    with pytest.raises(RecordTooLarge):
        encode(replace(BARE, body='"' * (MAX_RECORD_BYTES // 2)))


def test_a_channel_s_event_survives_its_record():
    assert decode_event(encode_event(EVENT, "SM1")) == EVENT


@pytest.mark.parametrize("fields", [{"MessageSid": 1}, [], None])
def test_an_event_s_fields_are_text(fields):
    record = json.loads(encode_event(EVENT, "SM1"))
    record["data"]["fields"] = fields
    with pytest.raises(UndecodableRecord, match="fields"):
        decode_event(json.dumps(record).encode())


def test_copies_of_raw_events_are_told_from_events():
    assert is_envelope(STRUCTURED)
    assert not is_envelope({"content-type": b"application/octet-stream"})
    assert not is_envelope({})


def test_a_channel_s_topic_is_what_its_traits_say(monkeypatch):
    assert {Topics("fte").audit(kind) for kind in TRAITS} >= {
        "fte.channels.webform.inbound",
        "fte.channels.whatsapp.inbound",
        "fte.channels.email.inbound",
    }
    monkeypatch.setitem(TRAITS, WEB_FORM, replace(TRAITS[WEB_FORM], topic="pages"))
    assert Topics("fte").audit(WEB_FORM) == "fte.channels.pages.inbound"
