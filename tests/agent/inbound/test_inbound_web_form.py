"""The web form: the product's fields and limits, and a ticket that is promised once."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.channels import WEB_FORM
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_agent.inbound import web_form
from fte_agent.testing import START
from fte_prototype.errors import InvalidMessage

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


def parsed(form: str = "website", **changes: object) -> InboundMessage:
    return web_form.parse(FIELDS | changes, form=form, now=START)


def test_a_submission_as_a_message():
    message = parsed()
    assert isinstance(message.ticket_id, UUID)
    assert message == InboundMessage(
        source="web_form",
        dedupe_key=f"website:{message.ticket_id}",
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


def test_what_a_browser_posts_is_text():
    assert parsed(consent="true", t0=str(FIELDS["t0"])) == parsed()


def test_defaults_and_unseen_characters():
    fields = {name: value for name, value in FIELDS.items() if name not in ("priority", "hp")}
    message = web_form.parse(fields | {"message": " a\x00b\r\nc ", "name": "A\nda"}, form="f", now=START)
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
        ("hp", "http://"),
        ("t0", "now"),
        ("extra", 1),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(field, value):
    with pytest.raises(InvalidMessage) as caught:
        parsed(**{field: value})
    assert caught.value.field == field
    assert caught.value.remedy


@pytest.mark.parametrize("field", sorted(FIELDS.keys() - {"priority", "hp"}))
def test_a_missing_field_is_named(field):
    with pytest.raises(InvalidMessage, match=f"^{field}: must be given$"):
        web_form.parse({name: value for name, value in FIELDS.items() if name != field}, form="f", now=START)


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
        message = web_form.parse((FIELDS if complete else {}) | fields, form="f", now=START)
    except InvalidMessage:
        return
    text = f"{message.body}{message.display_name}{message.subject}"
    assert "\x00" not in text
    text.encode("utf-8")
