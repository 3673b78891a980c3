"""Policy: verdicts, courtesy and emptiness."""

import pytest

from fte_agent.domain.turns import Reason, Trigger
from fte_agent.policy import Social, Verdict, customer_words, is_empty, must_escalate, social
from fte_agent.testing import a_context


def test_a_verdict_demands_a_hand_over():
    escalation = must_escalate(Verdict(Reason.REFUND, Trigger.RULE, 0.61))
    assert escalation is not None
    assert (escalation.reason, escalation.trigger) == (Reason.REFUND, Trigger.RULE)
    assert "refund" in escalation.summary
    assert must_escalate(None) is None
    too_long = must_escalate(Verdict(Reason.GATE, Trigger.GUARDRAIL, 1.0))
    assert too_long is not None
    assert "too long" in too_long.summary


def test_a_mere_likeness_does_not_escalate_a_courtesy_but_a_listed_word_does():
    assert must_escalate(Verdict(Reason.HUMAN, Trigger.CUSTOMER, 0.3), Social.GREETING) is None
    assert must_escalate(Verdict(Reason.KEYWORD, Trigger.RULE, 1.0), Social.GREETING) is not None


@pytest.mark.parametrize(
    ("bodies", "kind"),
    [
        (["Hello"], Social.GREETING),
        (["Good morning dear team!"], Social.GREETING),
        (["Hi", "thanks!!"], Social.THANKS),
        (["THANK YOU very much"], Social.THANKS),
        (["Thanks, but it fails"], None),
        (["Hello, how do I export?"], None),
        (["hello " * 20], None),
        (["?"], None),
        (["42"], None),
        (["Hallo"], None),
    ],
)
def test_courtesy(bodies, kind):
    assert social(a_context(*bodies)) is kind


def test_a_subject_with_a_question_is_no_courtesy_on_first_contact():
    assert social(a_context("Hello", subject="Export fails")) is None
    assert social(a_context("Thanks", subject="Export fails", history=["Export fails"])) is Social.THANKS


def test_emptiness_sees_through_invisible_characters():
    assert is_empty(a_context("\u200b \u2060\n"))
    assert not is_empty(a_context("", subject="Export fails"))
    assert is_empty(a_context("", subject="Export fails", history=["Export fails"]))


def test_words_are_read_without_what_hides_in_them():
    assert customer_words(a_context("la\u200bwyer\x00", "second\r\nline", subject="s")) == "s\nlawyer\nsecond\nline"
