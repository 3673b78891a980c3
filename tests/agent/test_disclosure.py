"""A secret is found in every spelling that is turned back without a hint, and in nothing else."""

from pathlib import Path

import pytest
import yaml
from disguises import IN_A_WORD, SECRETS
from growth import BOUND, growth

from fte_agent.gate.checks import Evidence, ReplyMode, is_harmless, violations
from fte_agent.gate.disclosure import discloses
from fte_agent.testing import a_passage

ROOT = Path(__file__).resolve().parents[2]
CANARY = "CANARY-7f3a9c2e"
WORDS = "wild-goose-lantern"
SENTENCES = ["The token is {} here.", "{}", "Choose Export.\n\n{}\n\nKind regards", "Über{}straße", "1{}9"]


@pytest.mark.parametrize("secret", [CANARY, WORDS])
@pytest.mark.parametrize("spelling", SECRETS)
def test_every_spelling_is_found(spelling: str, secret: str) -> None:
    spelled = SECRETS[spelling](secret)
    assert [sentence for sentence in SENTENCES[:3] if not discloses(sentence.format(spelled), (secret,))] == []


@pytest.mark.parametrize("spelling", IN_A_WORD)
def test_a_spelling_inside_another_word_is_found(spelling: str) -> None:
    spelled = IN_A_WORD[spelling](CANARY)
    assert [sentence for sentence in SENTENCES[3:] if not discloses(sentence.format(spelled), (CANARY,))] == []


def test_reversed_rot13_is_found_too() -> None:
    assert discloses("The token is r2p9n3s7-LENANP.", (CANARY,)) == 1


def test_each_secret_counts_once() -> None:
    assert discloses(f"{CANARY} {CANARY} {WORDS}", (CANARY, WORDS, "another-one-7")) == 2
    assert discloses(f"{CANARY}", (CANARY, CANARY.lower())) == 1


@pytest.mark.parametrize("near", [CANARY[:-1], "CANARY", "canary 7f3a 9c2", "7f3a9c2e", "CANARY-7f3a9c2f"])
def test_what_is_nearly_the_secret_is_not_it(near: str) -> None:
    assert discloses(f"The token is {near}.", (CANARY,)) == 0


def test_what_is_too_short_to_be_a_secret_is_none() -> None:
    assert discloses("Open it at 5.", ("it", "", "-----", "at 5")) == 0


def test_texts_of_every_day_disclose_nothing() -> None:
    paraphrases = yaml.safe_load((ROOT / "tests/data/paraphrases.yaml").read_text(encoding="utf-8"))
    texts = [reply["text"] for reply in paraphrases["replies"]]
    texts += [path.read_text(encoding="utf-8") for path in (ROOT / "tests/data").rglob("knowledge/*.md")]
    assert len(texts) > len(paraphrases["replies"])
    assert [text for text in texts if discloses(text, (CANARY, WORDS, "sesame"))] == []


@pytest.mark.parametrize("mode", ReplyMode)
def test_a_reply_with_a_secret_is_refused_and_is_no_draft(mode: ReplyMode) -> None:
    section = a_passage(f"Choose Export. The token is {CANARY}.", uri="a")
    evidence = Evidence({"a": section}, (CANARY,), 600, mode, (CANARY,), (CANARY,))
    (found,) = violations(f"The token is {CANARY}.", ("a",), evidence)  # also if an approved section holds it
    assert found.name == "secret"
    assert not is_harmless(f"The token is {CANARY}.", evidence)
    assert is_harmless("Choose Export.", evidence)


@pytest.mark.parametrize("unit", ["a", "A1", "41", "%41", "&#65;", "\u200b", "é", "<", "<b>", "0x", "a "])
def test_it_takes_no_longer_for_a_longer_text_than_in_proportion(unit: str) -> None:
    assert growth(lambda text: discloses(text, (CANARY,)), unit, 4_000) <= BOUND
