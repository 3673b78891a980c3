"""The web form's adapter: whatever comes in becomes a message that can be stored, or is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.inbound.faults import InvalidMessage
from fte_agent.inbound.web_form import parse, ticket_id, to_message
from fte_runtime.events import TRACEPARENT, decode, encode

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GOOD = {
    "submission_id": "0b0e8a4c-8a9c-4f3e-9d43-7f1f7a3b8f10",
    "name": "Ada",
    "email": "ada@example.org",
    "subject": "s",
    "category": "other",
    "message": "m",
    "consent": True,
    "hp": "",
    "t0": 0,
}
ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "channel", "x"]), ANY, max_size=4))
def test_any_values_make_a_storable_message_or_are_refused(changes):
    raw = json.dumps(GOOD | changes).encode()
    try:
        submission = parse(raw)
    except InvalidMessage as error:
        assert all(fault.field and fault.code and fault.message for fault in error.faults)
        return
    message = to_message(submission, channel_name="w", ticket=uuid4(), token_sha256="", now=NOW)
    read = decode(encode(message))
    assert replace(read, metadata={k: v for k, v in read.metadata.items() if k != TRACEPARENT}) == message
    for text in (message.body, message.subject, message.display_name, message.sender.value):
        assert text.strip()
        assert "\0" not in text
    assert not set("\r\n") & set(message.subject + message.display_name + message.sender.value)
    assert isinstance(submission.looks_automated, bool)


@pytest.mark.parametrize("half", ["\\ud83d", "\\uDE00", "\\ude00\\ud83d"])
def test_half_an_emoji_does_not_keep_a_form_out(half):
    raw = json.dumps(GOOD | {"name": "Kim HERE", "message": "Broken HERE"}).replace("HERE", half)
    submission = parse(raw.encode())
    marks = "?" * half.count("\\")
    assert (submission.name, submission.message) == (f"Kim {marks}", f"Broken {marks}")
    decode(encode(to_message(submission, channel_name="w", ticket=uuid4(), token_sha256="", now=NOW)))


@pytest.mark.parametrize(
    "broken", ['{"message": "\\ud83d"', '["\\ud83d"]', '"\\ud83d"', "[" * 100_000 + '"\\ud83d"', '{"name": "\\ud83d"}']
)
def test_half_an_emoji_excuses_nothing_else(broken):
    with pytest.raises(InvalidMessage):
        parse(broken.encode())


def test_what_is_pasted_unseen_is_no_part_of_an_address():
    pasted = "\ufeffkim@shop.example\u200b"
    assert parse(GOOD | {"email": pasted, "submission_id": uuid4()}).sender.value == "kim@shop.example"


def test_a_ticket_s_id_never_changes():
    submission = parse(json.dumps(GOOD).encode())
    ids = {ticket_id(p, c, submission) for p in ("fte", "x") for c in ("website", "shop")}
    assert len(ids) == 4
    assert str(ticket_id("fte", "website", submission)) == "cb127c28-7947-55fc-b2a8-cd86e375e16d"
