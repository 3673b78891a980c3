from collections.abc import Sequence
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from fte_agent.domain.turns import Reason, Trigger
from fte_agent.escalation.classifier import MAX_PIECE_CHARS, MAX_PIECES, TOO_LONG, ExampleClassifier
from fte_agent.escalation.rules import parse_rules
from fte_agent.offline.embedder import OfflineEmbedder

ROOT = Path(__file__).resolve().parents[2]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def classifier(embedder: OfflineEmbedder) -> ExampleClassifier:
    rules = parse_rules((ROOT / "context/escalation-rules.md").read_text(encoding="utf-8"))
    return await ExampleClassifier.create(rules, embedder, keywords=("Project Falcon", "GDPR export*"))


@pytest.mark.parametrize(
    ("text", "reason", "trigger"),
    [
        ("Fix this or my lawyer will be in touch.", Reason.LEGAL, Trigger.RULE),
        ("Mein Anwalt wird Sie verklagen.", Reason.LEGAL, Trigger.RULE),
        ("Mi abogado presentará una demanda judicial.", Reason.LEGAL, Trigger.RULE),
        ("Mon avocat prendra contact avec vous.", Reason.LEGAL, Trigger.RULE),
        ("Ich will mein Geld zurück.", Reason.REFUND, Trigger.RULE),
        ("let me talk to a real person", Reason.HUMAN, Trigger.CUSTOMER),
        ("HUMAN", Reason.HUMAN, Trigger.CUSTOMER),
        ("I want a refund or my lawyer sues you", Reason.LEGAL, Trigger.RULE),
        ("When does project falcon start?", Reason.KEYWORD, Trigger.RULE),
        ("I need GDPR exports.", Reason.KEYWORD, Trigger.RULE),
    ],
)
async def test_goes_to_a_person(classifier: ExampleClassifier, text: str, reason: Reason, trigger: Trigger) -> None:
    verdict = await classifier.classify(text)
    assert verdict is not None
    assert (verdict.reason, verdict.trigger) == (reason, trigger)


@pytest.mark.parametrize(
    "text",
    ["The hourly price field does not accept commas.", "How do I reset my password?", "Thank you!", "", "?"],
)
async def test_stays_with_the_employee(classifier: ExampleClassifier, text: str) -> None:
    assert await classifier.classify(text) is None


async def test_one_sentence_in_a_long_mail_is_enough(classifier: ExampleClassifier) -> None:
    chatter = "I use the calendar every day. The colours are nice. My team likes the board view. "
    hidden = "You took the money out of our account two times. "  # no word of the lexicon
    assert await classifier.classify(chatter * 2) is None
    verdict = await classifier.classify(chatter + hidden + chatter)
    assert verdict is not None
    assert verdict.reason is Reason.REFUND
    assert verdict.score < 1


HARMLESS = ("I use the calendar every day.", "The colours are nice.", "How do I reset my password?")
THREAT = "We hold you responsible for what we lost, and somebody who knows the law will write to you."


@pytest.mark.parametrize("before", [1, 16, 27, 60])
async def test_a_threat_is_found_behind_any_number_of_harmless_sentences(
    classifier: ExampleClassifier, before: int
) -> None:
    chatter = [HARMLESS[n] if n < len(HARMLESS) else f"Board {n} is blue." for n in range(before)]
    assert await classifier.classify(" ".join(chatter)) is None
    verdict = await classifier.classify(" ".join([*chatter, THREAT]))
    assert verdict is not None
    assert verdict.reason is Reason.LEGAL
    assert verdict.score < 1


@pytest_asyncio.fixture
async def embedded(classifier: ExampleClassifier, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the classifier has embedded since, by an embedder to which all texts are the same."""
    texts: list[str] = []

    async def embed(more: Sequence[str]) -> list[list[float]]:
        texts.extend(more)
        return [[0.0] * OfflineEmbedder.dimensions for _ in more]

    monkeypatch.setattr(classifier._embedder, "embed", embed)
    return texts


async def test_every_word_of_a_text_without_full_stops_is_looked_at(
    classifier: ExampleClassifier, embedded: list[str]
) -> None:
    words = [f"word{n}" for n in range(1000)]
    await classifier.classify(" ".join(words))
    assert " ".join(embedded[1:]).split() == words
    assert all(len(piece) <= MAX_PIECE_CHARS for piece in embedded[1:])


async def test_more_than_can_be_judged_goes_to_a_person_and_costs_nothing(
    classifier: ExampleClassifier, embedded: list[str]
) -> None:
    chatter = [f"Board {n} is blue." for n in range(MAX_PIECES)]
    assert await classifier.classify(" ".join(chatter)) != TOO_LONG
    assert len(embedded) == MAX_PIECES + 1
    assert await classifier.classify(" ".join([*chatter, "One more."])) == TOO_LONG
    assert await classifier.classify(" ".join(f"word{n}" for n in range(9000))) == TOO_LONG
    assert len(embedded) == MAX_PIECES + 1
    verdict = await classifier.classify(" ".join([*chatter, "My lawyer sues you."]))
    assert verdict is not None
    assert verdict.reason is Reason.LEGAL


async def test_recall_and_precision_on_messages_written_apart_from_the_rules(classifier: ExampleClassifier) -> None:
    rows = yaml.safe_load((ROOT / "tests/data/escalations.yaml").read_text(encoding="utf-8"))
    verdicts = [(row["reason"], await classifier.classify(row["text"])) for row in rows]
    due = [verdict for reason, verdict in verdicts if reason]
    raised = [reason for reason, verdict in verdicts if verdict]
    named = [reason for reason, verdict in verdicts if verdict and verdict.reason == reason]
    assert len(due) >= 30
    assert len(verdicts) - len(due) >= 25
    assert sum(verdict is not None for verdict in due) / len(due) >= 0.85
    assert sum(reason is not None for reason in raised) / len(raised) >= 0.90
    assert len(named) / len(raised) >= 0.85


async def test_every_legal_threat_of_the_held_out_list_is_caught(classifier: ExampleClassifier) -> None:
    rows = yaml.safe_load((ROOT / "tests/data/escalations.yaml").read_text(encoding="utf-8"))
    legal = [row["text"] for row in rows if row["reason"] == "legal"]
    assert [text for text in legal if await classifier.classify(text) is None] == []
