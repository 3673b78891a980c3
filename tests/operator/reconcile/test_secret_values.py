"""What counts as a value of a Secret, and what is said of one that is none."""

import base64

import pytest

from fte_operator.desired.secret_refs import SecretUse
from fte_operator.reconcile.secret_values import SecretValues

USE = SecretUse("channels", "whatsapp", "spec.token", "twilio", "auth-token", "auth-token")


def problem(data):
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    found = SecretValues({"twilio": {"metadata": {"name": "twilio"}, "data": encoded}}).problem(USE)
    return found and found.message


@pytest.mark.parametrize("value", [b"", b"\n", b" \t\n", b"\xff\xfe"])
def test_what_no_program_can_read_is_told_as_it_is(value):
    assert "Secret twilio (spec.token) holds no text in key auth-token: set it" in problem({"auth-token": value})


def test_a_key_that_is_not_there_is_to_be_added():
    assert "has no key auth-token: add it" in problem({"other": b"x"})


def test_a_value_with_a_newline_at_its_end_is_one():
    assert problem({"auth-token": b"abc\n"}) is None


TOKENS = SecretUse("management", None, "spec.tokens", "twilio", "agent", "agent", tokens=True)


def unfit(value):
    return SecretValues({"twilio": {"metadata": {}, "data": {"agent": base64.b64encode(value).decode()}}}).problem(
        TOKENS
    )


@pytest.mark.parametrize("value", [b"a" * 32, b"a" * 32 + b"\n\n" + b"b" * 40 + b"\r\n"])
def test_tokens_are_words_of_32_letters_on_a_line_each(value):
    assert unfit(value) is None


@pytest.mark.parametrize(
    ("value", "line"), [(b"change-me", 1), (b"a" * 32 + b"\n" + b"b" * 31, 2), (b"a" * 20 + b" " + b"a" * 20, 1)]
)
def test_a_line_that_is_no_token_is_told_by_its_number_and_not_shown(value, line):
    found = unfit(value)
    assert found.reason == "SecretKeyUnusable"
    assert f"Secret twilio (spec.tokens) holds in key agent no token in line {line}: " in found.message
    assert "openssl rand" in found.message
    assert value.split(b"\n")[-1].decode() not in found.message


def test_a_key_without_tokens_is_missing():
    assert unfit(b"\n \n").reason == "SecretKeyMissing"
