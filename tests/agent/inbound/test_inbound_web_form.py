"""The web form: the product's fields and limits, and a ticket that is promised once."""

import functools
import json
import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from hostile_requests import FORM_BODIES
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.channels import WEB_FORM
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_agent.inbound import web_form, web_form_json
from fte_agent.inbound.faults import Fault, InvalidMessage
from fte_agent.testing import START

FIELDS = {
    "submission_id": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    "name": "Ada",
    "email": "ada@ada.example",
    "subject": "Files",
    "category": "technical",
    "priority": "high",
    "message": "Where is my file?",
    "consent": True,
    "hp": "",
    "t0": (START - timedelta(minutes=1)).timestamp() * 1000,
}


def submitted(fields: dict[str, object], form: str = "website") -> InboundMessage:
    given = web_form.parse(fields, max_chars=4000)
    ticket = web_form.ticket_id("fte", form, given)
    return web_form.to_message(given, channel_name=form, ticket=ticket, now=START)


def parsed(form: str = "website", **changes: object) -> InboundMessage:
    return submitted(FIELDS | changes, form)


def test_a_submission_as_a_message():
    message = parsed()
    assert isinstance(message.ticket_id, UUID)
    assert message == InboundMessage(
        source="web_form",
        dedupe_key=f"website:{message.ticket_id}:{web_form.content_id(web_form.parse(FIELDS))}",
        channel=WEB_FORM,
        channel_name="website",
        thread_key=str(message.ticket_id),
        sender=Identifier("email", "ada@ada.example"),
        body="Where is my file?",
        occurred_at=START,
        subject="Files",
        display_name="Ada",
        category="technical",
        priority="high",
        ticket_id=message.ticket_id,
    )


def test_the_same_submission_of_the_same_sender_is_the_same_ticket():
    ticket = parsed().ticket_id
    assert parsed(message="changed", email="ADA@ada.example").ticket_id == ticket
    assert parsed(email="eve@ada.example").ticket_id != ticket
    assert parsed(submission_id="6f9619ff-8b86-d011-b42d-00c04fc964fe").ticket_id != ticket
    assert parsed(form="other").ticket_id != ticket


def test_another_employee_has_other_tickets():
    given = web_form.parse(FIELDS)
    assert web_form.ticket_id("fte", "website", given) != web_form.ticket_id("other", "website", given)


def test_bytes_are_json():
    assert web_form.parse(json.dumps(FIELDS).encode()) == web_form.parse(FIELDS)
    with pytest.raises(InvalidMessage) as caught:
        web_form.parse(b"{")
    assert caught.value.faults == (Fault("body", "invalid_json", "must be valid JSON"),)


def test_the_promised_token_travels_along():
    given = web_form.parse(FIELDS)
    message = web_form.to_message(given, channel_name="f", ticket=UUID(int=1), now=START, token_sha256="ab")
    assert (message.ticket_id, message.status_token_sha256) == (UUID(int=1), "ab")


@pytest.mark.parametrize(("typed", "program"), [("", False), ("http://", True)])
def test_what_people_do_not_see_stays_empty(typed, program):
    assert web_form.parse(FIELDS | {"hp": typed}).looks_automated is program


def test_without_a_limit_of_its_form_a_message_may_be_long():
    assert len(web_form.parse(FIELDS | {"message": "a" * 9000}).message) == 9000


def test_what_a_browser_posts_is_text():
    assert parsed(consent="true", t0=str(FIELDS["t0"])) == parsed()


def test_defaults_and_unseen_characters():
    fields = {name: value for name, value in FIELDS.items() if name not in ("priority", "hp")}
    message = submitted(fields | {"message": " a\x00b\r\nc ", "name": "A\nda"})
    assert (message.priority, message.body, message.display_name) == ("medium", "ab\nc", "A da")


@pytest.mark.parametrize(("seconds", "noted"), [(1.9, True), (2.1, False), (-60, False)])
def test_no_person_types_that_fast(seconds, noted):
    shown = (START - timedelta(seconds=seconds)).timestamp() * 1000
    assert parsed(t0=shown).metadata == ({"filled_in": "too_fast"} if noted else {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("submission_id", "1"),
        ("name", " \x00"),
        ("name", "a" * 201),
        ("email", "ada"),
        ("email", "ada@ada.example, eve@eve.example"),
        ("email", f"{'a' * 250}@ada.example"),
        ("subject", ""),
        ("subject", "a" * 201),
        ("category", "gossip"),
        ("priority", "urgent"),
        ("message", "\x00"),
        ("message", "a" * 4001),
        ("message", ["a"]),
        ("consent", False),
        ("consent", "perhaps"),
        ("t0", "now"),
        ("extra", 1),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(field, value):
    with pytest.raises(InvalidMessage) as caught:
        parsed(**{field: value})
    [fault] = caught.value.faults
    assert fault.field == field
    assert fault.code
    assert fault.message.startswith(("must ", "is not a field"))


def test_every_fault_is_told_at_once():
    with pytest.raises(InvalidMessage) as caught:
        parsed(email="ada", priority="urgent")
    assert [(fault.field, fault.code) for fault in caught.value.faults] == [
        ("email", "invalid_email"),
        ("priority", "invalid_choice"),
    ]


def test_a_form_of_nothing_but_unknown_fields_is_told_of_some():
    few = {f"field {number}": 1 for number in range(web_form.MAX_FIELDS)}
    with pytest.raises(InvalidMessage) as caught:
        web_form.parse(few)
    assert len(caught.value.faults) == web_form.MAX_FAULTS
    with pytest.raises(InvalidMessage, match=r"^body: must have at most 32 fields$"):
        web_form.parse(few | {"one more": 1})


def test_every_text_out_of_proportion_is_told_before_it_is_read():
    long = dict.fromkeys(("name", "email", "subject", "message"), "a\x7f " * 20000)
    with pytest.raises(InvalidMessage) as caught:
        web_form.parse(long, max_chars=4000)
    assert {(fault.field, fault.code) for fault in caught.value.faults} == {(name, "too_long") for name in long}


def cpu(call, *arguments):
    """The least seconds of CPU that a call took, refused or not."""
    took = []
    for _ in range(5):
        began = time.process_time()
        with suppress(InvalidMessage):
            call(*arguments)
        took.append(time.process_time() - began)
    return min(took)


@pytest.mark.parametrize("body", FORM_BODIES.values(), ids=FORM_BODIES)
def test_whatever_is_wrong_with_a_body_it_costs_less_than_reading_json_may(body):
    """Of a body of its length; to tell of each of its fields took ten times as long."""
    partial = functools.partial(web_form.parse, max_chars=web_form.MAX_BODY_CHARS)
    assert cpu(partial, body) < cpu(json.loads, FORM_BODIES["unknown fields"])


def test_texts_of_nothing_but_commas_are_a_form_and_thousands_of_values_are_none():
    whole = FIELDS | {"message": "," * 4000, "subject": "," * 200, "name": "," * 200, "hp": "," * 500}
    assert len(web_form.parse(json.dumps(whole).encode(), max_chars=4000).message) == 4000
    for values in ([1], [[]], [{}], {"a": 1}):
        body = json.dumps({"a": [values] * (web_form_json.MAX_COMMAS + 2)}).encode()
        with pytest.raises(InvalidMessage, match=r"^body: must have at most 5000 commas$"):
            web_form.parse(body)


def test_a_text_is_as_long_as_it_is_once_it_is_cleaned():
    given = parsed(name=" " * 300 + "Ada", email="\u200b" * 100 + "ada@example.org")
    assert (given.display_name, given.sender.value) == ("Ada", "ada@example.org")


@pytest.mark.parametrize("field", sorted(FIELDS.keys() - {"priority", "hp"}))
def test_a_missing_field_is_named(field):
    with pytest.raises(InvalidMessage, match=f"^{field}: must be given$"):
        web_form.parse({name: value for name, value in FIELDS.items() if name != field})


@pytest.mark.parametrize(("field", "limit"), [("name", 200), ("subject", 200), ("message", 4000)])
def test_a_limit_is_told(field, limit):
    with pytest.raises(InvalidMessage, match=f"^{field}: must have at most {limit} characters$"):
        parsed(**{field: "a" * (limit + 1)})


def test_a_fault_does_not_repeat_what_was_typed():
    with pytest.raises(InvalidMessage) as caught:
        parsed(category="my secret", email="nobody")
    assert "secret" not in str(caught.value)
    assert "nobody" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)) | st.text(max_size=5), JSON), st.booleans())
def test_any_json_is_a_message_or_invalid(fields, complete):
    try:
        message = submitted((FIELDS if complete else {}) | fields)
    except InvalidMessage:
        return
    text = f"{message.body}{message.display_name}{message.subject}"
    assert "\x00" not in text
    text.encode("utf-8")
