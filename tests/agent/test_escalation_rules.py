from collections.abc import Sequence
from pathlib import Path

import pytest

from fte_agent.domain.turns import Reason
from fte_agent.escalation.rules import HARMLESS, REASONS, Example, InvalidRules, parse_rules
from fte_agent.text.lexicon import Lexicon

RULES = Path(__file__).resolve().parents[2] / "context/escalation-rules.md"


def rules_text(**replaced: Sequence[str]) -> str:
    parts = {code: ["### Examples", "- an example"] for code in (*REASONS, HARMLESS)} | replaced
    return "# Rules\n\nProse.\n\n" + "\n".join(
        f"## {code}\n\nWhy.\n\n" + "\n".join(body) for code, body in parts.items()
    )


def test_words_and_examples_are_read() -> None:
    legal = ["### Words", "- lawsuit, my lawyer*", "- anwalt*", "### Examples", "- I sue.", "- (de) Ich klage."]
    rules = parse_rules(rules_text(legal=legal))
    assert rules.words[Reason.LEGAL] == ("lawsuit", "my lawyer*", "anwalt*")
    assert rules.examples[Reason.LEGAL] == (Example("I sue.", "en"), Example("Ich klage.", "de"))
    assert rules.words[Reason.REFUND] == ()
    assert rules.harmless == (Example("an example"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (rules_text(legal=["### Words", "- lawsuit"]), "no examples under: legal"),
        (rules_text(none=["### Words", "- thanks"]), "words can only raise an escalation"),
        (rules_text() + "\n## lgeal\n", "unknown reason 'lgeal'"),
        (rules_text() + "\n### Exmples\n", "unknown part 'exmples'"),
        (rules_text() + "\nno list item", "expected a list item"),
        ("", "no examples under: safety, threat, legal, security, refund, human, pricing, none"),
    ],
)
def test_rules_that_would_be_silently_weaker_are_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidRules, match=message):
        parse_rules(text)


def test_the_shipped_rules_cover_three_languages_where_it_matters_most() -> None:
    rules = parse_rules(RULES.read_text(encoding="utf-8"))
    for reason in (Reason.LEGAL, Reason.REFUND, Reason.HUMAN):
        assert {"en", "de", "es"} <= {example.language for example in rules.examples[reason]}
    assert all(len(rules.examples[reason]) >= 10 and rules.words[reason] for reason in REASONS)


def test_no_harmless_example_holds_a_word_that_decides_alone() -> None:
    rules = parse_rules(RULES.read_text(encoding="utf-8"))
    for reason in REASONS:
        lexicon = Lexicon(rules.words[reason])
        assert [example.text for example in rules.harmless if lexicon.holds(example.text)] == []


@pytest.mark.parametrize(
    ("entry", "text", "holds"),
    [
        ("refund", "A REFUND, please", True),
        ("refund", "refunded", False),
        ("refund*", "I was refunded.", True),
        ("sue you", "I will sue  you", True),
        ("sue you", "I will sue\nyou", True),
        ("sue", "the issue", False),
        ("anwält*", "Meine Anwälte", True),
        ("anwält*", "Meine Anwalte", True),
        ("don't", "I don’t", True),  # noqa: RUF001 - what phones type
        ("c++", "I like c++!", True),
        ("refund", "re\u200bfund", True),
        ("bomb*", "", False),
    ],
)
def test_lexicon(entry: str, text: str, holds: bool) -> None:
    assert Lexicon([entry]).holds(text) is holds


def test_an_empty_lexicon_holds_nothing() -> None:
    assert not Lexicon([]).holds("anything")
    assert not Lexicon([" "]).holds("anything")
