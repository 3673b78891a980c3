"""The gate: each rule broken alone, and the disguises that must not help."""

import pytest
from growth import BOUND, growth

from fte_agent.gate.checks import MAX_ALLOWED_CHARS, Evidence, ReplyMode, violations
from fte_agent.testing import a_passage

CONTENT = (
    "Open https://docs.acme.example/export and choose Export. Write to files@acme.example or call +49 30 1234-567.\n"
    "\n"
    "- Team costs 12 EUR a month\n"
    "- Since 3 May 2026 limit is 500 rows, error E-4711\n"
    "\n"
    "See docs.acme.example/export."
)
PASSAGES = {p.section.uri: p for p in (a_passage(CONTENT, uri="a"), a_passage("Other words. See 99.", uri="b"))}
SPOKEN = ("My order is A-77 on shop.example", "Acme", "help@acme.example")
GROUNDED = Evidence(PASSAGES, SPOKEN, 600, ReplyMode.GROUNDED)
VERBATIM = Evidence(PASSAGES, SPOKEN, 600)


def names(message, citations=("a",), evidence=GROUNDED):
    return [violation.name for violation in violations(message, citations, evidence)]


@pytest.mark.parametrize(
    "message",
    [
        CONTENT,
        "Choose Export at https://docs.acme.example/export.",
        "Order A-77: write to help@acme.example!",
        "It is 12 EUR, since 3 May 2026.",
        "Call +49 (30) 1234567",
        "You will see E-4711 at 500 rows.",
        "Write to **files@acme.example**, or open _docs.acme.example/export_.",
        "See <https://docs.acme.example/export>...",
        "Open it.<br>Then choose Export.",
    ],
)
def test_what_is_covered_passes(message):
    assert names(message) == []


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("x" * 601, "too_long"),
        ("See https://evil.example/x", "foreign_url"),
        ("See https://docs.acme.example.evil.example/export", "foreign_url"),
        ("See https://docs.acme.example/export?to=evil", "foreign_url"),
        ("See docs.evil.example", "foreign_url"),
        ("See //evil.example/x", "foreign_url"),
        ("[Export](https://evil.example)", "foreign_url"),
        ("![](https://evil.example/p.png)", "foreign_url"),
        ("javascript:alert(document)", "foreign_url"),
        ("See https://ev\u200bil.example", "foreign_url"),
        ("See ｅｖｉｌ．ｅｘａｍｐｌｅ", "foreign_url"),  # noqa: RUF001
        ("See evil。example", "foreign_url"),
        ("See evil[.]example", "foreign_url"),
        ("See evil dot example", "foreign_url"),
        ("See evil&#46;example", "foreign_url"),
        ("See _evil.com_", "foreign_url"),
        ("See .evil.com", "foreign_url"),
        ("See …evil.com", "foreign_url"),
        ("See @evil.com", "foreign_url"),
        ("See evil.com-", "foreign_url"),
        ("See evil.com_", "foreign_url"),
        ("See evil\u034f.com", "foreign_url"),
        ("See evil\ufe0f.com", "foreign_url"),
        ("See evil\u3164.com", "foreign_url"),
        ("See evil.c\u034fom", "foreign_url"),
        ("See evil\\.com", "foreign_url"),
        ("See evil**.**com", "foreign_url"),
        ("See evil<b></b>.com", "foreign_url"),
        ('See evil<b title="a">.com</b>', "foreign_url"),
        ("See <https://evil.example>", "foreign_url"),
        ("See evil . com", "foreign_url"),
        ("See evil .com", "foreign_url"),
        ("See evil. com", "foreign_url"),
        ("See docs.acmé.example", "foreign_url"),
        ("See docs.ac\u034fme\u0301.example", "foreign_url"),  # dropping the accent would make it ours
        ("Team costs 1\u034f3 EUR", "foreign_amount"),
        ("Write to eve@evil.example", "foreign_email"),
        ("Write to eve(at)evil(dot)example", "foreign_email"),
        ("Write to eve＠evil.example", "foreign_email"),  # noqa: RUF001
        ("Write to x.files@acme.example", "foreign_email"),
        ("Call +49 30 1234-568", "foreign_phone"),
        ("Team costs 13 EUR", "foreign_amount"),
        ("Team costs $12", "foreign_amount"),
        ("Team costs １３ EUR", "foreign_amount"),  # noqa: RUF001
        ("You get 20 % off", "foreign_amount"),
        ("You get 20 percent off", "foreign_amount"),
        ("From 4 May 2026", "foreign_date"),
        ("From May 4", "foreign_date"),
        ("From 2026-05-04", "foreign_date"),
        ("Error E-4712", "foreign_identifier"),
        ("Limit is 5\u200b01 rows", "foreign_identifier"),
        ("Limit is 50 rows", "foreign_identifier"),
        ("See 99.", "foreign_identifier"),  # stands in a passage that is not cited
    ],
)
def test_what_is_not_covered_is_named(message, name):
    assert name in names(message)


def test_an_answer_needs_citations_of_this_turn():
    assert names("Choose Export.", ()) == ["no_citation"]
    assert names("Choose Export.", ("a", "z", "y")) == ["foreign_citation"]
    assert str(violations("x", ("z", "y"), GROUNDED)[0]) == "foreign_citation (2 times)"


def test_a_violation_does_not_repeat_the_text():
    assert "evil" not in repr(violations("See https://evil.example", ("a",), GROUNDED))


@pytest.mark.parametrize(
    "message",
    [
        CONTENT,
        "Write to files@acme.example or call +49 30 1234-567.",
        "- Team costs   12 EUR a month",
        "- Since 3 May 2026 limit is 500 rows, error E-4711\n\n- Team costs 12 EUR a month",
    ],
)
def test_verbatim_takes_copied_sentences(message):
    assert names(message, evidence=VERBATIM) == []


@pytest.mark.parametrize(
    "message",
    [
        "Choose Export.",  # a piece of a sentence
        "Write to files@acme.example or call +49 30 1234-567. You are welcome.",
        "Team costs 12 EUR a month",  # without the mark of the list
        "Other words.",  # of a section that is not cited
        "- Team costs 12 EUR a mon\u200bth",
        "- Ｔeam costs 12 EUR a month",  # noqa: RUF001
        "- Team cоsts 12 EUR a month",  # noqa: RUF001 - a Cyrillic o
    ],
)
def test_verbatim_takes_nothing_else(message):
    assert "not_verbatim" in names(message, evidence=VERBATIM)


TERMS = a_passage(
    "Do you refund after 90 days? Never. Do you refund within 90 days? Yes.\n\n"
    "To ask for it:\n\n1. Open Billing.\n2. Check the amount.\n3. Confirm.\n\n"
    "| Plan | Refund |\n| --- | --- |\n| Free | never |\n| Team | always |",
    uri="t",
)
OTHER = a_passage("Yes. Confirm.", uri="o")
TERMS_ONLY = Evidence({"t": TERMS, "o": OTHER}, (), 600)


@pytest.mark.parametrize(
    "message",
    [
        TERMS.section.content,
        "Do you refund after 90 days? Never.",
        "Do you refund after 90 days?\nNever.",
        "Do you refund within 90 days? Yes.\n\nDo you refund after 90 days? Never.",
        "To ask for it:\n\n1. Open Billing.\n2. Check the amount.\n3. Confirm.",
        "1. Open Billing.\n2. Check the amount.\n \n| Free | never |\n| Team | always |",
    ],
)
def test_verbatim_takes_unbroken_runs(message):
    assert names(message, ("t", "o"), TERMS_ONLY) == []


@pytest.mark.parametrize(
    "message",
    [
        "Do you refund after 90 days? Yes.",  # says the opposite with approved sentences alone
        "Do you refund after 90 days?\nYes.",
        "Never. Do you refund after 90 days?",
        "Do you refund after 90 days? Never. Never.",
        "1. Open Billing.\n3. Confirm.",  # a step left out
        "| Plan | Refund |\n| --- | --- |\n| Team | always |",
        "Do you refund within 90 days? Yes. Confirm.",  # runs over the seam of two sections
    ],
)
def test_verbatim_takes_no_sentences_put_together_anew(message):
    assert names(message, ("t", "o"), TERMS_ONLY) == ["not_verbatim"]


def test_a_text_that_may_be_repeated_is_read_to_its_limit():
    spoken = Evidence(PASSAGES, ("order A-78 " + "x" * MAX_ALLOWED_CHARS + " order A-79",), 600, ReplyMode.GROUNDED)
    assert names("Order 78", evidence=spoken) == []
    assert names("Order 79", evidence=spoken) == ["foreign_identifier"]


@pytest.mark.parametrize("mode", ReplyMode)
def test_a_longer_reply_is_judged_in_proportion(mode):
    evidence = Evidence(PASSAGES, (), 100_000, mode)
    for piece in ("Choose Export. ", "Pay 10 EUR at https://evil.example. ", "a", "\n\n"):
        assert growth(lambda text: violations(text, ("a", "b"), evidence), piece, 1000) <= BOUND
