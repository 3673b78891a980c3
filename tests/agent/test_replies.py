"""Approved texts and their form."""

import pytest

from fte_agent.courtesy import Social
from fte_agent.domain.behaviour import Company
from fte_agent.domain.turns import Outcome, Reason
from fte_agent.facts import facts
from fte_agent.prompts.loader import load_prompt
from fte_agent.templates import acknowledgement, courtesy

ACME = Company("Acme")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_acknowledged_without_a_promise(reason):
    text = acknowledgement(reason)
    assert "team" in text
    assert facts(text) == frozenset()
    assert not {"soon", "shortly", "refund", "today", "guarantee"} & set(text.lower().split())


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [(None, Outcome.CLARIFY), (Social.GREETING, Outcome.SOCIAL), (Social.THANKS, Outcome.SOCIAL)],
)
def test_courtesies(kind, outcome):
    assert courtesy(kind)[0] is outcome
    assert courtesy(kind)[1]


def test_the_prompt_holds_the_never_clauses_and_a_version():
    prompt = load_prompt()
    assert prompt.text.count("\nNEVER ") == 5
    assert prompt.version.startswith("system-")
    assert "$" not in prompt.for_company(ACME)
