"""Danger to people and to data, and the lowest sentiment: found in messages written apart from the examples."""

from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from fte_agent.domain.behaviour import Company
from fte_agent.domain.turns import Outcome, Reason
from fte_agent.escalation.classifier import ExampleClassifier
from fte_agent.escalation.rules import parse_rules
from fte_agent.offline.embedder import OfflineEmbedder
from fte_agent.reply.templates import acknowledgement
from fte_agent.testing import FixedClock, FixedHistory, FixedSearch, ScriptedMind, WordClassifier, a_context
from fte_agent.turn.decide import TurnPorts, run_turn

ROOT = Path(__file__).resolve().parents[2]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def classifier(embedder: OfflineEmbedder) -> ExampleClassifier:
    return await ExampleClassifier.create(
        parse_rules((ROOT / "context/escalation-rules.md").read_text(encoding="utf-8")), embedder
    )


def rows(name: str) -> list[dict]:
    return yaml.safe_load((ROOT / "tests/data" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("reason", "handed_over", "named"), [("safety", 0.9, 0.65), ("security", 0.7, 0.65)])
async def test_dangers_are_found_in_messages_written_apart(classifier, reason, handed_over, named):
    due = [await classifier.classify(row["text"]) for row in rows("dangers.yaml") if row["reason"] == reason]
    assert len(due) >= 20
    assert sum(verdict is not None for verdict in due) / len(due) >= handed_over
    assert sum(verdict is not None and verdict.reason == reason for verdict in due) / len(due) >= named


async def test_what_only_looks_like_a_danger_is_left_to_the_employee(classifier):
    harmless = [row["text"] for row in rows("dangers.yaml") if row["reason"] is None]
    raised = [text for text in harmless if await classifier.classify(text)]
    assert len(harmless) >= 30
    assert len(raised) <= 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("We smell gas in the cellar, and I want my money back.", Reason.SAFETY),
        ("My lawyer will write to you. Meanwhile the heater caught fire in the night.", Reason.SAFETY),
        ("The charger exploded in my hand and burned me. How much does a new one cost?", Reason.SAFETY),
        ("My lawyer will hear that my account was hacked.", Reason.LEGAL),
        ("My account was hacked and I want my money back.", Reason.SECURITY),
        ("Mein Konto wurde gehackt.", Reason.SECURITY),
        ("Es riecht nach Gas.", Reason.SAFETY),
        ("Ich will mir das Leben nehmen.", Reason.SAFETY),
        ("Han hackeado mi cuenta.", Reason.SECURITY),
        ("Il y a une odeur de gaz chez moi.", Reason.SAFETY),
    ],
)
async def test_people_come_before_all_else(classifier, text, reason):
    verdict = await classifier.classify(text)
    assert verdict is not None
    assert verdict.reason is reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the adapter is smoking, do i unplug it", Reason.SAFETY),
        ("Our carbon monoxide detector went off twice tonight because of your stove.", Reason.SAFETY),
        ("My nephew swallowed a coin battery from your toy.", Reason.SAFETY),
        ("Our baby's lips went blue in the car seat.", Reason.SAFETY),
        ("The cat licked your weed killer and can't walk straight.", Reason.SAFETY),
        ("Mein Sohn hat die Knopfzelle verschluckt.", Reason.SAFETY),
        ("El niño se tragó una pila de botón.", Reason.SAFETY),
        ("Mon fils a avalé une pile bouton.", Reason.SAFETY),
        ("Mio figlio ha ingoiato una pila a bottone.", Reason.SAFETY),
        ("non ce la faccio più, non voglio vivere", Reason.SAFETY),
        ("eu não quero mais viver assim", Reason.SAFETY),
        ("ja już nie chcę żyć", Reason.SAFETY),
        ("я больше не хочу жить", Reason.SAFETY),
        ("我真的不想活了", Reason.SAFETY),
        ("もう死にたいです", Reason.SAFETY),
        ("Your invitation went out with all two hundred addresses in the cc field.", Reason.SECURITY),
        ("On a piraté notre page.", Reason.SECURITY),
        ("Anyone can get into any account by changing the number in your reset mail.", Reason.SECURITY),
        ("The intern we let go in May still opens our documents with his old login.", Reason.SECURITY),
        ("I'm driving to your warehouse with an axe.", Reason.THREAT),
    ],
)
async def test_a_danger_is_found_by_words_or_by_meaning_in_many_languages(classifier, text, reason):
    verdict = await classifier.classify(text)
    assert verdict is not None
    assert verdict.reason is reason


@pytest.mark.parametrize(
    "text",
    [
        "it doesnt start!!!",
        "The upload wont finish!!!",
        "Do you have a reseller in Porto?",
        "Is there one with two hundred pieces, too?",
        "Do you also have spare hooks?",
        "My list should show the price per litre, where do I set that?",
        "Which carbon monoxide detectors work with the hub?",
        "The jacket is not breathing well, how do I wash it?",
        "The light turned blue, what does that mean?",
        "How do I put all recipients in bcc?",
    ],
)
async def test_a_fault_put_loudly_or_a_question_of_wares_is_left_to_the_employee(classifier, text):
    assert await classifier.classify(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Non voglio più vivere, che senso ha questo per me?", "emergency number now"),
        ("我真的不想活了", "emergency number now"),
        ("Ich will nicht mehr leben und ich weiß nicht, was ich noch habe.", "örtliche Notrufnummer"),
    ],
)
async def test_a_danger_comes_before_a_language_that_is_not_answered(classifier, text, words):
    decision = await run_turn(a_context(text), replace(ports(), classifier=classifier))
    assert decision.escalation is not None
    assert decision.escalation.reason is Reason.SAFETY
    assert words in (decision.text or "")


@pytest.mark.parametrize(
    ("language", "now"), [("en", "emergency number now"), ("de", "jetzt"), ("es", "ahora"), ("fr", "maintenant")]
)
def test_who_may_be_in_danger_is_told_to_call_for_help_at_once(language, now):
    assert now in acknowledgement(Reason.SAFETY, language)
    assert acknowledgement(Reason.SAFETY, "nl") == acknowledgement(Reason.SAFETY)


async def test_the_lowest_sentiment_is_found_in_messages_written_apart(classifier):
    scored = [(row["lowest"], await classifier.sentiment(row["text"])) for row in rows("sentiments.yaml")]
    lowest = [score == -2 for is_lowest, score in scored if is_lowest]
    others = [score == -2 for is_lowest, score in scored if not is_lowest]
    assert min(len(lowest), len(others)) >= 12
    assert sum(lowest) / len(lowest) >= 0.85
    assert sum(others) == 0


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("I absolutely love it, thank you so much, you are amazing!", 2),
        ("How do I add a user?", 0),
        ("I am annoyed that the search is so slow.", -1),
        ("?!", 0),
        ("Das ist das Schlimmste, was ich je erlebt habe.", 0),
        ("word " * 9000, 0),
    ],
)
async def test_sentiment_is_a_number_from_minus_two_to_two(classifier, text, score):
    assert await classifier.sentiment(text) == score


async def test_rules_without_moods_score_nothing(embedder):
    text = (ROOT / "context/escalation-rules.md").read_text(encoding="utf-8").partition("\n## sentiment")[0]
    classifier = await ExampleClassifier.create(parse_rules(text), embedder)
    assert await classifier.sentiment("I have never been treated so badly by any company in my whole life.") == 0


def ports(**moods: int) -> TurnPorts:
    return TurnPorts(
        company=Company("Acme"),
        customers=FixedHistory(),
        search=FixedSearch(),
        model=ScriptedMind([[("escalate_to_human", {"reason": "human", "summary": "x"})]]),
        classifier=WordClassifier(moods=moods),
        clock=FixedClock(),
    )


async def test_one_message_of_the_lowest_sentiment_hands_the_burst_over():
    mind = ports(awful=-2, nice=1)
    decision = await run_turn(a_context("How do I export?", "This is awful", "nice"), mind)
    assert decision.escalation is not None
    assert (decision.outcome, decision.escalation.reason) == (Outcome.ESCALATE, Reason.SENTIMENT)
    assert decision.sentiments == (0, -2, 1)
    assert mind.model.requests == []


async def test_what_is_merely_low_is_left_to_the_employee():
    mind = ports(awful=-1)
    decision = await run_turn(a_context("This is awful"), mind)
    assert decision.sentiments == (-1,)
    assert len(mind.model.requests) == 1
