"""WhatsApp: Twilio's fields, with a number or without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.channels import WHATSAPP
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_agent.inbound import whatsapp
from fte_agent.inbound.faults import InvalidMessage
from fte_agent.testing import START

FIELDS = {
    "MessageSid": "SM00000000000000000000000000000001",
    "AccountSid": "AC1",
    "From": "whatsapp:+4915112345678",
    "To": "whatsapp:+12025550199",
    "Body": "where is my file",
    "NumMedia": "0",
    "ProfileName": "Ada",
    "SomethingNew": "?",
}


def parsed(**changes: object) -> InboundMessage:
    return whatsapp.parse(FIELDS | changes, now=START)


def test_fields_as_a_message():
    assert parsed() == InboundMessage(
        source="twilio",
        dedupe_key="SM00000000000000000000000000000001",
        channel=WHATSAPP,
        channel_name="+12025550199",
        thread_key="whatsapp:+4915112345678",
        sender=Identifier("phone", "+4915112345678"),
        body="where is my file",
        occurred_at=START,
        display_name="Ada",
    )


def test_a_hidden_number_is_another_kind_of_address():
    message = parsed(From="whatsapp:US.13491208655302741918")
    assert message.sender == Identifier("wa_bsuid", "US.13491208655302741918")
    assert message.thread_key == "whatsapp:US.13491208655302741918"


@pytest.mark.parametrize("sender", ["whatsapp:+4915112345678", "whatsapp:US.13491"])
def test_only_a_checked_signature_proves_the_sender(sender):
    assert whatsapp.parse(FIELDS | {"From": sender}, now=START, signed=True).sender.verified
    assert not whatsapp.parse(FIELDS | {"From": sender}, now=START).sender.verified


@pytest.mark.parametrize(
    ("changes", "body", "metadata"),
    [
        ({"Body": "", "ButtonText": "Yes, please"}, "Yes, please", {}),
        ({"Body": "typed", "ButtonText": "pressed"}, "typed", {}),
        ({"Body": "", "NumMedia": "2", "MediaUrl0": "https://x"}, "", {"media": "2"}),
        ({"Body": "a\x00b\r\nc\x1b"}, "ab\nc", {}),
        ({"NumMedia": ""}, "where is my file", {}),
    ],
)
def test_what_is_said(changes, body, metadata):
    message = parsed(**changes)
    assert (message.body, message.metadata) == (body, metadata)


def test_a_name_is_one_line():
    assert parsed(ProfileName=" A\nd\x00a ").display_name == "A da"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("MessageSid", ""),
        ("MessageSid", "SM 1"),
        ("From", ""),
        ("From", "+4915112345678"),
        ("From", "whatsapp:4915112345678"),
        ("From", "whatsapp:+0151"),
        ("From", "whatsapp:+4915112345678\n"),
        ("From", "whatsapp:us.1"),
        ("To", "whatsapp:US.13491"),
        ("To", "sms:+12025550199"),
        ("NumMedia", "many"),
        ("NumMedia", "11"),
        ("NumMedia", "-1"),
        ("Body", 7),
        ("ProfileName", None),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(field, value):
    with pytest.raises(InvalidMessage) as caught:
        parsed(**{field: value})
    [fault] = caught.value.faults
    assert fault.field == field
    assert "must be" in fault.message


@pytest.mark.parametrize("field", ["MessageSid", "From", "To"])
def test_a_missing_field_is_named(field):
    with pytest.raises(InvalidMessage) as caught:
        whatsapp.parse({name: value for name, value in FIELDS.items() if name != field}, now=START)
    assert [fault.field for fault in caught.value.faults] == [field]


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text()), st.booleans())
def test_any_fields_are_a_message_or_invalid(fields, complete):
    try:
        message = whatsapp.parse((FIELDS if complete else {}) | fields, now=START)
    except InvalidMessage:
        return
    assert "\x00" not in f"{message.body}{message.display_name}"
    (message.body + message.display_name).encode("utf-8")
