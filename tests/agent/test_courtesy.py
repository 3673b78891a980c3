"""Greetings and thanks, told from messages that want something."""

import pytest

from fte_agent.testing import a_context
from fte_agent.text.courtesy import Social
from fte_agent.turn.policy import social


@pytest.mark.parametrize(
    ("bodies", "kind"),
    [
        (["Hello"], Social.GREETING),
        (["Good morning dear team!"], Social.GREETING),
        (["Hi", "thanks!!"], Social.THANKS),
        (["THANK YOU very much"], Social.THANKS),
        (["Thanks, but it fails"], None),
        (["Thanks, that works. Why?"], None),
        (["Hello, how do I export?"], None),
        (["hello " * 41], None),
        (["hey there how are you?"], Social.GREETING),
        (["Brilliant, that did the trick. Have a lovely weekend!\n\nRosalind", "thank you"], Social.THANKS),
        (["Thank you so much, the export works now. Have a lovely week.\nGraham"], Social.THANKS),
        (["\U0001f44d"], Social.THANKS),
        (["Thanks, please cancel my plan"], None),
        (["Thank you for the info. I need to change the card."], None),
        (["Thanks. Exports fail."], None),
        (["Hello Rosalind, refunds now"], None),
        (["Hello Rosalind"], Social.GREETING),
        (["Dear Northwind Team"], Social.GREETING),
        (["\U0001f44e"], None),
        (["\U0001f621\U0001f621"], None),
        (["Thanks. MY ACCOUNT WAS HACKED"], None),
        (["Hello SOMEONE STOLE MY DATA"], None),
        (["Hi. I Am Being Threatened By Your Staff Member"], None),
        (["Good morning. GDPR Complaint Filed Against You"], None),
        (["THANKS FOR NOTHING YOU THIEVES"], None),
        (["Thanks. Delete My Account."], None),
        (["Danke. K\u00fcndigung!"], None),
        (["Hi, FRAUD"], None),
        (["Thanks for the quick reply. I have been charged again and again"], None),
        (["Thanks so much for your great help. I am now bleeding"], None),
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
