"""The form of each channel: frame, marks, parts and limits."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.channels import EMAIL, TRAITS, WEB_FORM, WHATSAPP
from fte_agent.domain.behaviour import Company
from fte_agent.reply.formatting import count_words, format_for_channel, max_body_chars, max_body_words, numbered

ACME = Company("Acme", website="https://acme.example")


def test_the_web_form_gets_paragraphs_and_a_signature():
    parts = format_for_channel(WEB_FORM, "\n One.  \n\n\n\n- two\n- three\n", ACME)
    assert parts == ("One.\n\n- two\n- three\n\nAcme Support",)


def test_a_mail_gets_a_greeting_and_a_signature():
    parts = format_for_channel(EMAIL, "Choose **Export**.", ACME, customer_name="Zoë O'Neill")
    assert parts == ("Hello Zoë,\n\nChoose Export.\n\nKind regards,\nAcme Support\nhttps://acme.example",)


def test_a_company_signs_as_it_says():
    company = Company("Acme", signature="Your Acme people\nLeeds")
    [mail] = format_for_channel(EMAIL, "Yes.", company)
    assert mail == "Hello,\n\nYes.\n\nKind regards,\nYour Acme people\nLeeds"


@pytest.mark.parametrize(
    "name", ["", "  ", "http://evil.example", "evil.example x", "<b>Ada</b>", "A" * 31, "12345", "Ada\u200b", "@ada"]
)
def test_what_is_no_first_name_is_not_greeted(name):
    [mail] = format_for_channel(EMAIL, "Yes.", ACME, customer_name=name)
    assert mail.startswith("Hello,\n")


def test_whatsapp_is_bare_and_has_marks_of_its_own():
    parts = format_for_channel(WHATSAPP, "Open **Settings** or [the guide](https://a.example/x).", ACME)
    assert parts == ("Open *Settings* or the guide (https://a.example/x).",)


CODE = [
    "Run `a ** b ** c` and `[x](y)`.",
    "``x ` **y**``",
    "```\n**x** [a](b)\n```",
    "  ~~~py\n__x__\n```\n**y**\n~~~",
    "```\nopen **to the end**",
    "2**3**4, snake__case__name and a**b**",
]


@pytest.mark.parametrize("text", CODE)
def test_code_and_marks_inside_words_stay(text):
    assert format_for_channel(WHATSAPP, text, ACME) == (text.strip(),)


def test_marks_around_code_and_after_it_are_converted():
    text = "**Use `a**b` now**, \0 [`x`](https://a.example) (**y**).\n```\n**z**\n```\n__w__"
    expected = "*Use `a**b` now*, \0 `x` (https://a.example) (*y*).\n```\n**z**\n```\n*w*"
    assert format_for_channel(WHATSAPP, text, ACME) == (expected,)


def test_a_long_whatsapp_reply_comes_in_ordered_parts():
    sentences = [f"This is sentence number {number} of the reply." for number in range(80)]
    parts = format_for_channel(WHATSAPP, " ".join(sentences), ACME)
    assert len(parts) == 3
    assert all(part.endswith(".") for part in parts)
    assert " ".join(parts) == " ".join(sentences)
    assert all(len(part) <= 1600 for part in numbered(parts))


def test_parts_are_numbered_as_they_are_sent():
    assert numbered(["a", "(1/2)\nb", "c"]) == ("(1/3)\na", "(2/3)\n(1/2)\nb", "(3/3)\nc")
    assert numbered(["alone"]) == ("alone",)
    assert numbered([]) == ()


@pytest.mark.parametrize("last", range(1590, 1602))
def test_the_last_part_too_leaves_room_for_its_number(last):
    parts = numbered(format_for_channel(WHATSAPP, f"{'a' * 1500}\n\n{'b' * last}", ACME))
    assert len(parts) == 2 + (last > 1600 - len("(99/99)\n"))
    assert all(len(part) <= 1600 for part in parts)


def test_parts_are_cut_between_paragraphs_first():
    one, two = "a" * 900 + ".", "b" * 900 + "."
    assert format_for_channel(WHATSAPP, f"{one}\n\n{two}", ACME) == (one, two)


@pytest.mark.parametrize("channel", sorted(TRAITS))
def test_nothing_stays_nothing(channel):
    assert format_for_channel(channel, " \n ", ACME, customer_name="Ada") == ()


@given(
    channel=st.sampled_from(sorted(TRAITS)),
    text=st.text(alphabet="ab .\n*_[]()", max_size=6000),
    name=st.text(max_size=40),
    max_chars=st.integers(300, 6000),
)
def test_a_message_that_fits_the_room_fits_the_channel(channel, text, name, max_chars):
    free = max_body_chars(channel, ACME, customer_name=name, max_chars=max_chars)
    parts = format_for_channel(channel, text[:free], ACME, customer_name=name)
    assert len("\n\n".join(numbered(parts))) <= max_chars
    assert all(len(part) <= (TRAITS[channel].style.part_chars or max_chars) for part in numbered(parts))
    words = re.sub(r"[*_\[\]()\s\d/]", "", text[:free])
    if channel is WHATSAPP:
        assert re.sub(r"[*_\[\]()\s\d/]", "", "".join(parts)) == words


@pytest.mark.parametrize(("channel", "most"), [(EMAIL, 500), (WEB_FORM, 300), (WHATSAPP, None)])
def test_words_are_counted_with_the_frame_s(channel, most):
    free = max_body_words(channel, ACME, customer_name="Ada")
    assert (free is None) == (most is None)
    if free is not None:
        [reply] = format_for_channel(channel, "word " * free, ACME, customer_name="Ada")
        assert len(reply.split()) == most


@given(st.text(alphabet="ab .\n*_[]()`", max_size=300))
def test_a_reply_has_no_more_words_than_were_counted(text):
    assert all(len(part.split()) <= count_words(text) for part in format_for_channel(WHATSAPP, text, ACME))
