from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from fte_agent.domain.turns import Reason, Trigger
from fte_agent.escalation.classifier import ExampleClassifier
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
