"""Tokens, records, logs: the small parts everything rests on."""

import json
import logging
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.domain.messages import Channel, Identifier, InboundMessage
from fte_runtime.config import ConfigError
from fte_runtime.errors import UndecodableRecord
from fte_runtime.events import decode, encode, key_of
from fte_runtime.logs import JsonFormatter
from fte_runtime.tokens import StatusTokens, load_tokens

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_keys_rotate_and_the_one_before_still_verifies(tmp_path):
    ticket = uuid4()
    (tmp_path / "status-token-current").write_text("one\n")
    first = load_tokens(tmp_path)
    token = first.issue(ticket, NOW)
    (tmp_path / "status-token-current").write_text("two")
    (tmp_path / "status-token-previous").write_text("one")
    second = load_tokens(tmp_path)
    assert second.issued_at(token, ticket) == NOW
    assert second.issue(ticket, NOW) != token
    (tmp_path / "status-token-previous").write_text("")
    assert load_tokens(tmp_path).issued_at(token, ticket) is None


def test_no_current_key_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigError):
        load_tokens(tmp_path)


@given(st.text())
def test_no_text_passes_for_a_token(text):
    assert StatusTokens((b"k",)).issued_at(text, uuid4()) is None


def test_a_token_s_time_cannot_be_changed():
    ticket = uuid4()
    tokens = StatusTokens((b"k",))
    seconds, _, signature = tokens.issue(ticket, NOW).partition(".")
    assert tokens.issued_at(f"{int(seconds) + 1}.{signature}", ticket) is None


def test_keys_do_not_show():
    assert "secret" not in repr(StatusTokens((b"secret",)))


@given(body=TEXT, subject=TEXT, address=TEXT, metadata=st.dictionaries(TEXT, TEXT))
def test_a_message_survives_its_record(body, subject, address, metadata):
    message = InboundMessage(
        source="web_form",
        dedupe_key="website:1",
        channel=Channel.WEB_FORM,
        channel_name="website",
        thread_key="t",
        sender=Identifier("email", address),
        body=body,
        occurred_at=NOW,
        subject=subject,
        ticket_id=uuid4(),
        metadata=metadata,
    )
    assert decode(encode(message)) == message
    assert key_of(message).startswith(b"web_form:")


@given(st.binary())
def test_any_bytes_are_decoded_or_refused(value):
    with pytest.raises(UndecodableRecord):
        decode(value)


def test_a_time_without_zone_is_refused():
    message = InboundMessage("s", "k", Channel.WEB_FORM, "w", "t", Identifier("email", "a"), "b", NOW)
    with pytest.raises(UndecodableRecord, match="time zone"):
        decode(encode(message).replace(b"+00:00", b""))


def test_a_refusal_names_the_field_not_the_content():
    with pytest.raises(UndecodableRecord) as caught:
        decode(json.dumps({"v": 1, "body": 7, "source": "the customer's words"}).encode())
    assert "body" in str(caught.value)
    assert "words" not in str(caught.value)


def test_log_lines_are_json_without_addresses():
    logger = logging.getLogger("fte_runtime.test")
    try:
        raise ValueError("no route to ada.l+x@example.org")
    except ValueError as error:
        record = logger.makeRecord(
            logger.name,
            logging.ERROR,
            "f",
            1,
            "sent to %s",
            ("bob@example.org",),
            (type(error), error, None),
            extra={"ticket": "t", "who": "carol%40example.org"},
        )
    line = JsonFormatter().format(record)
    fields = json.loads(line)
    assert (fields["level"], fields["message"], fields["ticket"]) == ("ERROR", "sent to [email]", "t")
    assert "example.org" not in line
    assert "ValueError" in fields["exception"]
