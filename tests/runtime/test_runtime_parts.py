"""Tokens and logs: the small parts everything rests on."""

import json
import logging
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from growth import BOUND, growth
from hypothesis import given
from hypothesis import strategies as st

from fte_runtime.config import ConfigError
from fte_runtime.errors import BusUnavailable
from fte_runtime.logs import JsonFormatter, redact
from fte_runtime.tokens import StatusTokens, load_tokens

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_keys_rotate_and_the_one_before_still_verifies(tmp_path):
    ticket = uuid4()
    one, two = "1" * 32, "2" * 32
    (tmp_path / "status-token-current").write_text(f"{one}\n")
    first = load_tokens(tmp_path)
    token = first.issue(ticket, NOW)
    (tmp_path / "status-token-current").write_text(two)
    (tmp_path / "status-token-previous").write_text(one)
    second = load_tokens(tmp_path)
    assert second.issued_at(token, ticket) == NOW
    assert second.issue(ticket, NOW) != token
    (tmp_path / "status-token-previous").write_text("")
    assert load_tokens(tmp_path).issued_at(token, ticket) is None


def test_no_current_key_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigError):
        load_tokens(tmp_path)


@pytest.mark.parametrize("short", ["status-token-current", "status-token-previous"])
def test_a_key_that_can_be_guessed_is_a_configuration_error(tmp_path, short):
    for name in ("status-token-current", "status-token-previous"):
        (tmp_path / name).write_text("k" * (31 if name == short else 32) + "\n")
    with pytest.raises(ConfigError, match=rf"{short}: has 31 bytes") as caught:
        load_tokens(tmp_path)
    assert "kkk" not in str(caught.value)


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


def test_a_logged_exception_shows_types_and_places_but_only_our_own_words():
    logger = logging.getLogger("fte_runtime.test")
    try:
        try:
            raise ValueError("the customer wrote: canary")
        except ValueError as error:
            raise BusUnavailable("our words") from error
    except BusUnavailable as error:
        record = logger.makeRecord(logger.name, logging.ERROR, "f", 1, "m", (), (type(error), error, None))
    text = json.loads(JsonFormatter().format(record))["exception"]
    assert "BusUnavailable: our words" in text
    assert "ValueError at" in text
    assert "test_runtime_parts.py" in text
    assert "canary" not in text


@pytest.mark.parametrize(
    "text", ["a\nada@example.org\n", "zoë@example.org", "to\u2028ada@example.org", "x%40y@example.org", "\\u0040"]
)
def test_a_log_line_is_one_line_of_ascii_json_whatever_it_tells(text):
    extra = {"told": text, "list": [text, 1], "by": {"key": text}, "none": None}
    record = logging.getLogger("t").makeRecord("t", logging.INFO, "f", 1, "%s", (text,), None, extra=extra)
    line = JsonFormatter().format(record)
    assert line.isascii()
    assert len(line.splitlines()) == 1
    fields = json.loads(line)
    assert (fields["list"][1], fields["none"]) == (1, None)
    assert fields["message"] == fields["told"] == fields["list"][0] == fields["by"]["key"]
    assert "example.org" not in line


@pytest.mark.parametrize("repeated", ["a", "a@", "a.", "%", "%a", "%40", "%40a", "a@a.", "a-", "\\u0040"])
@pytest.mark.parametrize("before", ["", "x@"])
def test_redacting_takes_time_in_proportion_whatever_repeats(before, repeated):
    assert growth(lambda text: redact(before + text), repeated, 5_000) <= BOUND


def test_a_long_text_is_cut_and_no_address_shows_at_the_cut():
    for length in range(19_600, 20_100, 7):
        cut = redact("a" * length + " ada.lovelace@example.org " + "b" * 30_000)
        assert "ada" not in cut
        assert len(cut) <= 20_000
