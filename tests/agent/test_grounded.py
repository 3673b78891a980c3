"""Grounded replies on two independent corpora: how many breaches are caught, and how many faithful ones refused.

The bounds are those of a measurement less 0.03: they keep what there is, and promise nothing. The checks must not be
tuned to these corpora, but to ``paraphrases-tuning.yaml`` alone, which measures nothing.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from disguises import IN_A_WORD

from fte_agent.domain.knowledge import Passage
from fte_agent.domain.turns import Statement
from fte_agent.gate.checks import Evidence, ReplyMode, violations
from fte_agent.testing import a_passage

DATA = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True)
class Corpus:
    """A file of sections and replies, how many there are of each kind, and the bounds of what is refused."""

    file: str
    sizes: dict[str, int]
    caught_at_least: dict[str, float]
    false_alarms_at_most: float


FIRST = Corpus(
    "paraphrases.yaml",
    {
        "faithful": 105,
        "changed_fact": 72,
        "promise": 34,
        "internal": 28,
        "pricing": 22,
        "refund": 21,
        "unsupported": 21,
    },
    {"pricing": 0.92, "refund": 0.82, "promise": 0.82, "internal": 0.97, "changed_fact": 0.66, "unsupported": 0.97},
    0.40,
)
SECOND = Corpus(
    "paraphrases-2.yaml",
    {
        "faithful": 179,
        "changed_fact": 216,
        "promise": 10,
        "internal": 10,
        "pricing": 10,
        "refund": 10,
        "unsupported": 30,
    },
    {"pricing": 0.97, "refund": 0.77, "promise": 0.87, "internal": 0.97, "changed_fact": 0.73, "unsupported": 0.87},
    0.44,
)
CORPORA = pytest.mark.parametrize("corpus", [FIRST, SECOND], ids=lambda corpus: corpus.file)
TUNING = "paraphrases-tuning.yaml"
CANARY = "CANARY-7f3a9c2e"


@cache
def loaded(file: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DATA / file).read_text(encoding="utf-8"))
    return found


def section(file: str, name: str) -> Passage:
    found = loaded(file)["sections"][name]
    return a_passage(found["content"], uri=name, heading=found["heading"])


def refused(file: str, mode: ReplyMode) -> Counter[str]:
    """How many replies of each kind the gate refuses, each resting on its section alone."""
    counted: Counter[str] = Counter()
    for reply in loaded(file)["replies"]:
        evidence = Evidence({reply["section"]: section(file, reply["section"])}, (), 4000, mode)
        counted[reply["kind"]] += bool(violations(reply["text"], (reply["section"],), evidence))
    return counted


@CORPORA
def test_the_corpus_is_whole(corpus: Corpus) -> None:
    assert Counter(reply["kind"] for reply in loaded(corpus.file)["replies"]) == corpus.sizes


@CORPORA
def test_a_grounded_reply_is_checked_as_well_as_it_was_measured(corpus: Corpus) -> None:
    shares = {kind: count / corpus.sizes[kind] for kind, count in refused(corpus.file, ReplyMode.GROUNDED).items()}
    table = "\n".join(f"{kind:12} {corpus.sizes[kind]:4} {share:.3f}" for kind, share in sorted(shares.items()))
    missed = [kind for kind, floor in corpus.caught_at_least.items() if shares[kind] < floor]
    assert missed == [], f"caught too few:\n{table}"
    assert shares["faithful"] <= corpus.false_alarms_at_most, f"refused too many:\n{table}"


@CORPORA
def test_no_breach_passes_as_verbatim(corpus: Corpus) -> None:
    assert refused(corpus.file, ReplyMode.VERBATIM) == corpus.sizes


def test_what_the_checks_were_tuned_on_is_neither_corpus() -> None:
    texts = [{reply["text"] for reply in loaded(file)["replies"]} for file in (TUNING, FIRST.file, SECOND.file)]
    assert not texts[0] & (texts[1] | texts[2]) and len(texts[0]) == 376


CHANGES = {
    "number_changed": "The file is kept for 17 days.",
    "unit_changed": "The file is kept for 7 weeks.",
    "negation_flipped": "Guests can export a report.",
    "modal_changed": "You may close the report before you export it.",
    "quantifier_changed": "Every report can be exported.",
    "name_swapped": "On the Basic plan you can schedule exports.",
    "condition_dropped": "Exports are empty.",
    "order_reversed": "Export the report before you close it.",
    "antonym": "The newest exports are deleted first.",
    "who_swapped": "Editors can delete exports.",
    "bound": "An export holds at least 500 rows.",
}
"""One change of each kind in a reply to `EXPORTS`."""

EXPORTS = a_passage(
    "Reports of the last year can be exported. Guests cannot export a report. You must close the report before you "
    "export it. An export holds up to 500 rows. If the report holds no data, exports are empty. The file is kept for "
    "7 days. The oldest exports are deleted first. On the Pro plan you can schedule exports, on the Basic plan you can "
    "only download them. Only owners can delete exports; editors can rename them.",
    uri="exports",
    heading="Exports",
)
SAME = [
    "You can't export a report as a guest.",
    "We keep the file for a week.",
    "At most 500 rows fit into an export.",
    "The report has to be closed before you export it.",
    "Exports can be deleted by owners only.",
    "The oldest exports go first.",
]


def breached(text: str, passage: Passage = EXPORTS) -> list[str]:
    uri = passage.section.uri
    evidence = Evidence({uri: passage}, (), 4000, ReplyMode.GROUNDED)
    return [violation.name for violation in violations(text, (uri,), evidence)]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_fact_of_each_kind_is_found(change: str) -> None:
    assert breached(CHANGES[change]) != []


@pytest.mark.parametrize("text", SAME)
def test_the_same_in_other_words_passes(text: str) -> None:
    assert breached(text) == []


def test_a_sentence_rests_on_its_own_supports_alone() -> None:
    evidence = Evidence({"exports": EXPORTS}, (), 4000, ReplyMode.GROUNDED)
    text = "The file is kept for 7 days."
    own, other = (
        Statement(text, ("The file is kept for 7 days.",)),
        Statement(text, ("An export holds up to 500 rows.",)),
    )
    assert violations(text, ("exports",), evidence, [own]) == []
    assert violations(text, ("exports",), evidence, [other]) != []


@pytest.mark.parametrize(
    ("said", "told", "passes"),
    [
        ("It takes 60 minutes.", "It takes an hour.", True),
        ("It takes 1 day.", "It takes 24 hours.", True),
        ("It takes 1 day.", "It takes 12 hours.", False),
        ("It costs €50.", "It costs 50 euros.", True),
        ("It costs €50.", "It costs 50 dollars.", False),
        ("It costs 30 cents.", "It costs 0.30 euros.", True),
        ("It opens at 8 am.", "It opens at 08:00.", True),
        ("It opens at 8 pm.", "It opens at 08:00.", False),
        ("It ends on 31 March.", "It ends on March 31.", True),
        ("It ends on 13 March.", "It ends on March 31.", False),
        ("Retries come after three, seven and 14 days.", "Retries come after 3, 7 and 14 days.", True),
        ("Retries come after 3, 7 and 14 weeks.", "Retries come after 3, 7 and 14 days.", False),
        ("It takes 5 days.", "It takes 5 working days.", False),
        ("It takes 80% or more.", "It takes at least 80 percent.", True),
        ("It takes 80% or less.", "It takes at least 80 percent.", False),
        ("It holds 25 members.", "It holds twenty-five members.", True),
    ],
)
def test_numbers_are_compared_with_their_units_in_any_form(said: str, told: str, passes: bool) -> None:
    assert (breached(said, a_passage(told, uri="x")) == []) is passes


GUIDE = a_passage("Open Settings and choose Export. It takes 5 minutes.", uri="guide")
HEARD = ("Order A-77 of 3 May at evil.example, 12 EUR, write to eve@evil.example or call +49 30 1234-567",)
ECHO = Evidence({"guide": GUIDE}, ("Write to help@acme.example.",), 600, ReplyMode.GROUNDED, customer_texts=HEARD)


def names(message: str) -> list[str]:
    return [violation.name for violation in violations(message, ("guide",), ECHO)]


@pytest.mark.parametrize("message", ["Choose Export for order A-77.", "Choose Export or write to help@acme.example."])
def test_identifiers_that_a_customer_wrote_and_the_company_s_words_may_be_repeated(message: str) -> None:
    assert names(message) == []


@pytest.mark.parametrize(
    ("echo", "name"),
    [
        ("See evil.example.", "foreign_url"),
        ("See evil.example for order A-77.", "foreign_url"),
        ("Write to eve@evil.example.", "foreign_email"),
        ("It is 12 EUR.", "foreign_amount"),
        ("It is due on 3 May.", "foreign_date"),
        ("Call +49 30 1234-567.", "foreign_phone"),
        ("It is order A-78.", "foreign_identifier"),
    ],
)
def test_nothing_else_that_a_customer_wrote_comes_back_in_the_company_s_name(echo: str, name: str) -> None:
    assert names(f"Choose Export. {echo}") == [name]


@pytest.mark.parametrize("spelling", IN_A_WORD)
def test_a_never_word_is_found_however_it_is_spelled(spelling: str) -> None:
    word = IN_A_WORD[spelling]("refund")
    assert "refund" in names(f"Choose Export for your {word}.")


def test_words_in_angle_brackets_are_read() -> None:
    assert "refund" in names("Choose Export. <Your refund is on its way.>")
