"""WhatsApp: Twilio's fields, with a number or without, and all that is not text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.channels import WHATSAPP
from fte_agent.domain.messages import Attachment, Identifier, InboundMessage, Preference, ReplyTarget
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
MEDIA = {
    "NumMedia": "2",
    "MediaUrl0": "https://api.twilio.com/media/0",
    "MediaContentType0": "image/jpeg",
    "MediaUrl1": "https://api.twilio.com/media/1",
    "MediaContentType1": "audio/ogg; codecs=opus",
}

UNUSUAL = "\u202eright\u202c to\u200b left \u05e9\u05dc\u05d5\u05dd"


def parsed(**changes: object) -> InboundMessage:
    return whatsapp.parse(FIELDS | changes, channel_name="support", now=START)


def test_fields_as_a_message():
    assert parsed() == InboundMessage(
        source="twilio",
        dedupe_key="SM00000000000000000000000000000001",
        channel=WHATSAPP,
        channel_name="support",
        thread_key="whatsapp:+4915112345678",
        sender=Identifier("phone", "+4915112345678"),
        body="where is my file",
        occurred_at=START,
        display_name="Ada",
        external_id="SM00000000000000000000000000000001",
        reply_target=ReplyTarget("whatsapp:+4915112345678"),
    )


def test_a_hidden_number_is_another_kind_of_address():
    message = parsed(From="whatsapp:US.13491208655302741918")
    assert message.sender == Identifier("wa_bsuid", "US.13491208655302741918")
    assert message.thread_key == message.target.address == "whatsapp:US.13491208655302741918"


def test_a_user_id_shared_by_a_group_of_businesses_is_one_too():
    message = parsed(From="whatsapp:US.ENT.11815799212886844830")
    assert message.sender == Identifier("wa_bsuid", "US.ENT.11815799212886844830")


@pytest.mark.parametrize("sender", ["whatsapp:+4915112345678", "whatsapp:US.13491"])
def test_only_a_checked_signature_proves_the_sender(sender):
    fields = FIELDS | {"From": sender}
    assert whatsapp.parse(fields, channel_name="support", now=START, signed=True).sender.verified
    assert not whatsapp.parse(fields, channel_name="support", now=START).sender.verified


@pytest.mark.parametrize(
    ("changes", "body", "metadata"),
    [
        ({"Body": "", "ButtonText": "Yes, please", "ButtonPayload": "yes"}, "Yes, please", {"button_payload": "yes"}),
        ({"Body": "typed", "ButtonText": "pressed"}, "typed", {}),
        ({"Body": "a\x00b\r\nc\x1b"}, "ab\nc", {}),
        ({"Body": "half \ud800 a pair"}, "half ? a pair", {}),
        (
            {"Body": "\u202eright\u202c to\u200b left \u05e9\u05dc\u05d5\u05dd"},
            "\u202eright\u202c to\u200b left \u05e9\u05dc\u05d5\u05dd",
            {},
        ),
        ({"NumMedia": ""}, "where is my file", {}),
    ],
)
def test_what_is_said(changes, body, metadata):
    message = parsed(**changes)
    assert (message.body, message.metadata, message.attachments) == (body, metadata, ())


def test_media_are_named_and_not_fetched():
    message = parsed(**MEDIA, Body="")
    assert message.body == ""
    assert message.attachments == (
        Attachment("image/jpeg", "https://api.twilio.com/media/0"),
        Attachment("audio/ogg", "https://api.twilio.com/media/1"),
    )


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://media.example/1", "https://a b", "", "https://" + "a" * 2001]
)
def test_what_no_browser_should_open_is_no_address(url):
    [attachment] = parsed(NumMedia="1", MediaUrl0=url, MediaContentType0="text/<html>").attachments
    assert attachment == Attachment("application/octet-stream")


@pytest.mark.parametrize(
    ("changes", "attachment"),
    [
        (
            {"Latitude": "51.5033", "Longitude": "-0.1276", "Address": "Main street 5", "Label": "Shop\n"},
            Attachment("location", "geo:51.5033,-0.1276", "Shop, Main street 5"),
        ),
        ({"Latitude": "51", "Longitude": "0"}, Attachment("location", "geo:51,0")),
        ({"Address": "Main street 5"}, Attachment("location", "", "Main street 5")),
        ({"Latitude": "51,5", "Longitude": "x", "Label": "Shop"}, Attachment("location", "", "Shop")),
    ],
)
def test_a_place_is_kept_for_a_person(changes, attachment):
    message = parsed(Body="", **changes)
    assert (message.body, message.attachments) == ("", (attachment,))


@pytest.mark.parametrize("changes", [{}, {"Latitude": ""}, {"Latitude": "x", "Longitude": "1"}])
def test_without_a_place_there_is_none(changes):
    assert parsed(**changes).attachments == ()


@pytest.mark.parametrize(("sid", "known"), [("SM9", "SM9"), ("<script>", ""), ("", "")])
def test_a_reply_names_what_it_answers(sid, known):
    assert parsed(OriginalRepliedMessageSid=sid).in_reply_to == known


@pytest.mark.parametrize(
    ("body", "preference"),
    [
        ("STOP", Preference.STOP),
        (" stop. ", Preference.STOP),
        ("„Stopp!“", Preference.STOP),
        ("Stop All", None),
        ("\uff33\uff34\uff2f\uff30", Preference.STOP),
        ("*UNSUBSCRIBE*", Preference.STOP),
        ("ARRÊT", Preference.STOP),
        ("arre\u0302t", Preference.STOP),
        ("Abmelden", Preference.STOP),
        ("baja", Preference.STOP),
        ("STOP 🛑", Preference.STOP),
        ("start", Preference.START),
        ("Unstop!", Preference.START),
        ("yes", None),
        ("stop the export, please", None),
        ("How do I stop?", None),
        ("Cancel?", None),
        ("non-stop", None),
        ("stop1", None),
        ("", None),
    ],
)
def test_only_a_whole_message_says_whether_to_write(body, preference):
    assert parsed(Body=body).preference is preference


def test_a_button_may_say_it_and_a_picture_s_caption_may_not():
    assert parsed(Body="", ButtonText="Stop").preference is Preference.STOP
    assert parsed(**MEDIA, Body="stop").preference is None


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
        ("From", "whatsapp:US.ENT."),
        ("From", "whatsapp:US.ENT.ENT.1"),
        ("From", "whatsapp:US.FOO.1"),
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


@pytest.mark.parametrize("field", ["MessageSid", "From"])
def test_a_missing_field_is_named(field):
    with pytest.raises(InvalidMessage) as caught:
        given_fields = {name: value for name, value in FIELDS.items() if name != field}
        whatsapp.parse(given_fields, channel_name="support", now=START)
    assert [fault.field for fault in caught.value.faults] == [field]


PARTS = ("Latitude", "Longitude", "Address", "Label", "ButtonText", "ButtonPayload", "OriginalRepliedMessageSid")
READ = [*FIELDS, *MEDIA, *PARTS]
ANY_TEXT = st.text(st.characters(exclude_categories=[])) | st.sampled_from(["1", "2", "51.5", "STOP"])


@given(st.dictionaries(st.sampled_from(READ), ANY_TEXT | st.integers() | st.none()), st.booleans())
def test_any_fields_are_a_message_or_invalid(fields, complete):
    try:
        message = whatsapp.parse((FIELDS if complete else {}) | fields, channel_name="support", now=START)
    except InvalidMessage:
        return
    attached = "".join(part.kind + part.url + part.name for part in message.attachments)
    text = f"{message.body}{message.display_name}{message.in_reply_to}{attached}{message.metadata}"
    assert "\x00" not in text
    text.encode("utf-8")
