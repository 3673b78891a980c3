"""Approved texts and their form."""

import pytest

from fte_agent.domain.behaviour import Company
from fte_agent.domain.turns import Outcome, Reason
from fte_agent.gate.checks import ReplyMode
from fte_agent.gate.facts import facts
from fte_agent.prompts.loader import load_prompt
from fte_agent.reply.templates import acknowledgement, courtesy, unread
from fte_agent.text.courtesy import Social
from fte_agent.text.language import guess_language

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


@pytest.mark.parametrize(("mode", "says"), [(ReplyMode.VERBATIM, "copied"), (ReplyMode.GROUNDED, "own words")])
def test_the_prompt_holds_the_never_clauses_and_a_version(mode, says):
    prompt = load_prompt(mode)
    assert prompt.text.count("\nNEVER ") == 5
    assert says in prompt.text
    assert prompt.version.startswith(f"{mode.value.lower()}-")
    assert "$" not in prompt.for_company(ACME)


def test_each_mode_has_a_version_of_its_own():
    assert load_prompt(ReplyMode.VERBATIM).version != load_prompt(ReplyMode.GROUNDED).version


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_who_writes_in_another_language_is_answered_in_it(language):
    text = acknowledgement(Reason.LEGAL, language)
    assert guess_language(text) == language
    assert facts(text) == frozenset()


def test_a_language_without_a_text_gets_the_english_one():
    assert acknowledgement(Reason.LEGAL, "nl") == acknowledgement(Reason.LEGAL)


KINDS = ["audio/ogg", "image/jpeg", "video/mp4", "location", "application/pdf", "application/pkcs7-mime"]
UNDONE = ["listen to voice messages", "look at pictures", "watch videos", "read locations", "open files"]
UNDONE += ["read encrypted or sealed messages"]


@pytest.mark.parametrize(("kind", "undone"), list(zip(KINDS, UNDONE, strict=True)))
def test_what_cannot_be_read_is_said_by_name(kind, undone):
    told = "so I have passed your message to a member of our team, who will answer you here."
    assert unread([kind]) == f"I cannot {undone}, {told}"


def test_several_kinds_are_one_sentence_and_each_is_named_once():
    text = unread(["image/png", "audio/ogg", "image/jpeg", "text/plain", "application/pdf"])
    assert text.startswith("I cannot look at pictures or listen to voice messages or open files, so")


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
@pytest.mark.parametrize("kinds", [[kind] for kind in KINDS] + [KINDS])
def test_who_sent_a_picture_is_told_in_their_language(kinds, language):
    text = unread(kinds, language)
    assert guess_language(text) == language
    assert facts(text) == frozenset()
    assert "{" not in text


def test_whoever_writes_in_another_language_is_told_in_english():
    assert unread(["image/png"], "nl") == unread(["image/png"])
