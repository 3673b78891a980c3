"""Texts that say again what was said, and texts that only look like it."""

import pytest
from growth import BOUND, growth

from fte_agent.text.repetition import Exchange, repeats

REPLY = "Hello Ada,\n\nOpen Settings, then Password, and choose Reset.\n\nBest regards,\nExample Support"
TEMPLATE = "Thank you for contacting Acme. Ticket {} was opened on {} and {} looks after it now."


def said_again(text, *earlier, reply=REPLY):
    return repeats(text, [Exchange(reply, [each]) for each in earlier])


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATE.format("#4711", "Monday, 5 January 2026", "Bob"),
        TEMPLATE.format("ACME-8F2", "Tue 6th Feb", "Bob"),
        TEMPLATE.format("#4712", "2026-01-05", "Alice").upper(),
        f"{TEMPLATE.format('1', 'Friday', 'Bob')}\n\n{REPLY}",
        REPLY,
        f"You wrote:\n{REPLY}",
    ],
)
def test_programs(text):
    assert said_again(text, TEMPLATE.format("#1", "Sunday, 4 January 2026", "Bob"))


@pytest.mark.parametrize(
    ("text", "earlier"),
    [
        ("How do I change my password for the desktop app?", "How do I reset my password for the desktop app?"),
        ("The printer does not print", "The scanner does not scan"),
        ("Where is Settings, then Password?", "How do I reset my password?"),
        ("There is no Password under Settings, and Reset is grey", "How do I reset my password?"),
        ("我想取消我的订阅。请告诉我怎么做。", "我想更改我的密码。请告诉我怎么做。"),
        ("yes", "yes"),
        ("Thank you very much for your help!", "Thank you very much for your help!"),
    ],
)
def test_people(text, earlier):
    assert not said_again(text, earlier)


def test_a_short_text_is_said_again_the_third_time():
    assert said_again("Yes!", "yes", "YES")
    assert not said_again("Yes!", "yes", "no")


@pytest.mark.parametrize("texts", [("12345", "67890", "24680"), ("Question 1.", "Question 2.", "Question 3.")])
def test_where_a_number_is_all_that_is_said_it_counts(texts):
    assert not said_again(*texts)


def test_beside_two_words_it_does_not():
    assert said_again("Ticket 3 closed.", "Ticket 1 closed.", "Ticket 2 closed.")


def test_of_one_reply_two_short_texts_count_once():
    assert not repeats("yes", [Exchange(REPLY, ["yes", "yes"])])


def test_nothing_was_said_before_nobody_answered():
    assert not repeats(REPLY, [])


def test_only_the_last_reply_is_handed_back():
    exchanges = [Exchange("You are welcome. Write to us again whenever you need help.", []), Exchange(REPLY, [])]
    assert not repeats(REPLY, exchanges)


@pytest.mark.parametrize("piece", ["a ", "word1 ", "?", "a?", "\n", "我", "ab. cd! "])
def test_it_takes_time_in_proportion(piece, monkeypatch):
    monkeypatch.setattr("fte_agent.text.repetition.MAX_CHARS", 10**6)
    assert growth(lambda text: said_again(text, text), piece, 10_000) <= BOUND
