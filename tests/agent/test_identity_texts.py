"""Approved texts about who writes: in four languages, without a promise, a fact or a word of somebody else's."""

import pytest

from fte_agent.channels import EMAIL, TRAITS, WEB_FORM, WHATSAPP
from fte_agent.domain.behaviour import Company
from fte_agent.domain.identity import Claimed, Confirmation, Past
from fte_agent.domain.turns import Reason
from fte_agent.gate.disclosure import discloses
from fte_agent.gate.facts import facts
from fte_agent.identity.codes import code_in
from fte_agent.reply import earlier_tickets
from fte_agent.reply import identity as texts
from fte_agent.reply.codes import code_message
from fte_agent.reply.earlier_tickets import fullest, tellings
from fte_agent.reply.templates import acknowledgement, asks_for_other_words
from fte_agent.testing import an_earlier_ticket
from fte_agent.text.language import guess_language, known_language

LANGUAGES = ["en", "de", "es", "fr"]
MAIL, PHONE = Claimed("email", "kim@shop.example"), Claimed("phone", "+491705550199")
LONGEST = 230
"""Characters that the smallest channel's frame leaves."""


def all_texts(language: str) -> list[str]:
    return [
        *(texts.confirmation(result, language) for result in Confirmation if result is not Confirmation.CONFLICT),
        texts.unexpected_code(language),
        texts.no_code(language, reachable=True),
        texts.no_code(language, reachable=False),
        texts.offer({"email", "phone"}, language),
        texts.offer({"email"}, language),
        texts.unseen(language, on_page=True),
        texts.unseen(language, on_page=False),
        texts.code_sent(MAIL, language),
        texts.code_sent(PHONE, language),
        *tellings(Past(), language),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_is_in_its_language_and_asks_nothing_that_a_miss_asks(language):
    for text in all_texts(language):
        assert known_language(text) == language, text
        assert not asks_for_other_words(text)
        assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_none_holds_a_fact_but_the_mask_and_how_long_a_code_is_valid(language):
    for text in all_texts(language):
        plain = text.replace("k…@shop.example", "x").replace("+49…199", "x").replace("30 ", "").replace("24 ", "")
        assert facts(plain) == frozenset(), text
        assert not discloses(text, ["kim@shop.example", "+491705550199"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_fits_the_smallest_channel(language):
    assert [text for text in all_texts(language) if len(text) > LONGEST] == []


def test_every_language_has_every_text():
    for table in (texts._TEXTS, earlier_tickets._TEXTS):
        assert {frozenset(words) for words in table.values()} == {frozenset(table["en"])}
        assert list(table) == LANGUAGES


def test_nothing_tells_whether_an_address_or_a_customer_exists():
    told = {texts.code_sent(Claimed("email", f"k{n}@shop.example")) for n in range(3)}
    assert told == {texts.code_sent(MAIL)}


def test_the_acknowledgement_of_two_records_promises_nothing():
    assert "record of their own" in acknowledgement(Reason.IDENTITY)
    assert guess_language(acknowledgement(Reason.IDENTITY, "de")) == "de"


MANY = Past(tuple(an_earlier_ticket(f"Matter {n}", number=n, answer="Because.") for n in range(5, 0, -1)), untold=2)


def test_what_is_told_shrinks_to_the_room_and_says_how_much_is_left_out():
    told = list(tellings(MANY))
    assert [text.count("- Ticket") for text in told] == [5, 5, 4, 3, 2, 1, 0]
    assert [len(text) for text in told] == sorted(map(len, told), reverse=True)
    assert [text[-3:-2] for text in told] == ["2", "2", "3", "4", "5", "6", "7"]
    assert told[-1] == "There is more that I cannot tell here (7)."
    assert fullest(MANY, lambda text: text.count("- Ticket") < 3) == told[4]
    assert fullest(MANY, lambda _: False) == told[-1]


@pytest.mark.parametrize("subject", ["see https://evil.example", "www.evil.example", "eve@evil.example", "<b>", "{0}"])
def test_a_subject_that_would_come_back_as_ours_is_left_out(subject):
    told = fullest(Past((an_earlier_ticket(subject),)), lambda _: True)
    assert subject not in told
    assert "- Ticket 3 of 2 January 2026, by e-mail: answered" in told


def test_a_subject_stays_on_its_line_and_is_cut():
    told = fullest(Past((an_earlier_ticket("a\n- Ticket 9 " + "x" * 200),)), lambda _: True)
    assert told.count("\n") == 1
    assert len(told) < 200


def test_a_state_and_a_channel_that_nobody_knows_have_words():
    told = fullest(Past((an_earlier_ticket("Hi", channel="smoke_signal", status="strange"),)), lambda _: True)
    assert told.endswith("smoke signal, “Hi”: being worked on")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", [EMAIL, WHATSAPP, WEB_FORM])
def test_the_message_with_a_code_holds_it_once_and_nothing_of_the_claimant_s(language, channel):
    subject, body = code_message("482913", Company("Acme\nInc"), channel=channel, minutes=30, language=language)
    assert code_in(body) == "482913"
    assert "482913" not in subject
    assert subject.startswith("Acme Inc")
    assert "30" in body
    assert guess_language(body) == language
    assert len(body) <= TRAITS[WHATSAPP].style.part_chars
    assert facts(body.replace("482913", "").replace("30 ", "")) == frozenset()


def test_it_warns_who_did_not_ask_for_it():
    _, body = code_message("482913", Company("Acme"), channel=WHATSAPP, minutes=30)
    assert "by WhatsApp" in body
    assert "If that was not you, ignore this message." in body
    assert "Nobody from Acme asks you for this code anywhere else." in body
