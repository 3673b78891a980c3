"""Policy: verdicts, courtesy and emptiness."""

from fte_agent.domain.turns import Reason, Trigger
from fte_agent.testing import a_context
from fte_agent.turn.policy import Verdict, customer_words, is_empty, must_escalate


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
    assert must_escalate(Verdict(Reason.HUMAN, Trigger.CUSTOMER, 0.3), bare=True) is None
    assert must_escalate(Verdict(Reason.KEYWORD, Trigger.RULE, 1.0), bare=True) is not None


def test_emptiness_sees_through_invisible_characters():
    assert is_empty(a_context("\u200b \u2060\n"))
    assert not is_empty(a_context("", subject="Export fails"))
    assert is_empty(a_context("", subject="Export fails", history=["Export fails"]))


def test_words_are_read_without_what_hides_in_them():
    assert customer_words(a_context("la\u200bwyer\x00", "second\r\nline", subject="s")) == "s\nlawyer\nsecond\nline"
