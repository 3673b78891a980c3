"""Rules of the house: questions of prices and refunds, competitors, forbidden topics; before any model is asked."""

from pathlib import Path

import pytest
import pytest_asyncio

from fte_agent.composition import ChosenModel, build_turn_ports
from fte_agent.domain.behaviour import Behaviour, Company, Policy
from fte_agent.domain.turns import Outcome, Reason
from fte_agent.escalation.classifier import ExampleClassifier
from fte_agent.escalation.rules import EscalationRules, parse_rules
from fte_agent.gate.checks import Evidence, ReplyMode, violations
from fte_agent.offline.embedder import OfflineEmbedder
from fte_agent.testing import FixedClock, FixedHistory, FixedSearch, ScriptedMind, a_context, a_passage
from fte_agent.turn.decide import run_turn

RULES = Path(__file__).resolve().parents[2] / "context/escalation-rules.md"
NAMES = ("Trellify", "Board & Co", "monday.example", "Square", "Monday", "Notion", "HubDesk")
TOPICS = ("tax advice", "investment recommendations", "weapons", "the court case against Acme")


@pytest.fixture(scope="module")
def rules() -> EscalationRules:
    return parse_rules(RULES.read_text(encoding="utf-8"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answering(rules: EscalationRules, embedder: OfflineEmbedder) -> ExampleClassifier:
    left = rules.answering({Reason.PRICING, Reason.REFUND})
    return await ExampleClassifier.create(left, embedder, competitors=NAMES, forbidden_topics=TOPICS)


@pytest.mark.parametrize(
    "text",
    [
        "How much is the Team plan?",
        "What does the Business plan cost per month?",
        "What is your refund policy?",
        "How long does a refund take?",
        "Is there a money back guarantee?",
        "Was kostet der Team-Tarif?",
        "Wie sind Ihre Bedingungen für eine Erstattung?",
    ],
)
async def test_a_mere_question_is_the_employee_s_where_the_company_says_so(answering, text):
    assert await answering.classify(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Can you do it cheaper if we sign for three years?", Reason.PRICING),
        ("Could we get a volume discount?", Reason.PRICING),
        ("Is there a special offer for us?", Reason.PRICING),
        ("Your rival gave us a better deal, can you match it?", Reason.PRICING),
        ("I want my money back.", Reason.REFUND),
        ("You charged me twice, give me a refund.", Reason.REFUND),
        ("Ich will mein Geld zurück.", Reason.REFUND),
        ("How much is the Team plan? And please reverse the payment, I never agreed to it.", Reason.REFUND),
    ],
)
async def test_who_bargains_or_disputes_goes_to_a_person_all_the_same(answering, text, reason):
    verdict = await answering.classify(text)
    assert verdict is not None
    assert verdict.reason is reason


@pytest.mark.parametrize("text", ["How much does the Team plan cost?", "Was kostet der Team-Tarif?"])
async def test_without_that_word_every_question_of_prices_does(rules, embedder, text):
    verdict = await (await ExampleClassifier.create(rules, embedder)).classify(text)
    assert verdict is not None
    assert verdict.reason is Reason.PRICING


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Are you better than TRELLIFY?", True),
        ("How do I move from Trellify's boards to yours?", True),
        ("What can board & co do that you cannot?", True),
        ("Is it like monday.example?", True),
        ("Does it sync on Monday mornings?", False),
        ("Which board is for the company?", False),
        ("Is it a trellifying experience?", False),
        ("Is it better than trellify?", True),
        ("Can I import from notion?", True),
        ("How does Notion do this?", True),
        ("SQUARE is cheaper, why are you not?", True),
        ("does hubdesk have that, too?", True),
        ("Are you an alternative to Monday?", True),
        ("How many square metres does the tarp cover?", False),
        ("Are you open on Monday?", False),
        ("I had no notion of that.", False),
    ],
)
async def test_a_competitor_by_name_goes_to_a_person(answering, text, names):
    verdict = await answering.classify(text)
    assert (verdict is not None and verdict.reason is Reason.COMPETITOR) is names


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("I need tax advice, please.", True),
        ("Can I deduct the subscription from my income tax?", True),
        ("Which stocks should I buy?", True),
        ("Do you sell ammunition?", True),
        ("What happened in the court case against Acme?", True),
        ("Where do I enter our tax number on the invoice?", False),
        ("How do I see the stock of a product?", False),
        ("How do I fire a trigger when a record changes?", False),
        ("How do I export a board?", False),
    ],
)
async def test_a_forbidden_topic_goes_to_a_person(answering, text, about):
    verdict = await answering.classify(text)
    assert (verdict is not None and verdict.reason is Reason.FORBIDDEN_TOPIC) is about


PASSAGE = a_passage("Import boards from Trellify with one click. Then choose Done.")


@pytest.mark.parametrize("mode", ReplyMode)
@pytest.mark.parametrize("written", ["Trellify", "TRELLIFY", "**Trel**lify", "Trel\u200blify"])
def test_no_reply_names_a_competitor_whatever_it_cites(mode, written):
    evidence = Evidence({PASSAGE.section.uri: PASSAGE}, (), 500, mode, competitors=NAMES)
    message = f"Import boards from {written} with one click."
    assert "competitor" in {each.name for each in violations(message, [PASSAGE.section.uri], evidence)}
    fine = violations("Then choose Done.", [PASSAGE.section.uri], evidence)
    assert "competitor" not in {each.name for each in fine}


@pytest.mark.parametrize(
    "text", ["We are open on Monday.", "It covers 12 square metres.", "The notion of a day is UTC."]
)
def test_an_approved_sentence_with_an_ordinary_word_is_no_competitor_s(text):
    passage = a_passage(text)
    evidence = Evidence({passage.section.uri: passage}, (), 500, competitors=NAMES)
    assert violations(text, [passage.section.uri], evidence) == []


GOOD = ("send_response", {"message": "The Team plan is 9 EUR.", "citations": ["docs/help.md#plans"]})
NAMING = ("send_response", {"message": "Trellify is 12 EUR.", "citations": ["docs/help.md#plans"]})
PLANS = a_passage("The Team plan is 9 EUR.\n\nTrellify is 12 EUR.", uri="docs/help.md#plans")


async def played(rules: EscalationRules, text: str, policy: Policy, *scripts) -> tuple:
    mind = ScriptedMind([list(script) for script in scripts])
    behaviour = Behaviour("r", Company("Acme"), "OpenAI", "m", None, policy)
    ports = await build_turn_ports(
        behaviour, rules, ChosenModel(mind), knowledge=None, customers=FixedHistory(), clock=FixedClock()
    )
    object.__setattr__(ports, "search", FixedSearch([PLANS]))
    return await run_turn(a_context(text), ports), mind


@pytest.mark.parametrize(("answers", "outcome"), [(True, Outcome.ANSWER), (False, Outcome.ESCALATE)])
async def test_the_behaviour_document_decides_on_prices(rules, answers, outcome):
    policy = Policy(answer_pricing=answers)
    decision, mind = await played(rules, "How much does the Team plan cost?", policy, [GOOD])
    assert decision.outcome is outcome
    assert len(mind.requests) == answers


@pytest.mark.parametrize(
    ("text", "reason"),
    [("Is Trellify better?", Reason.COMPETITOR), ("Can you give me tax advice?", Reason.FORBIDDEN_TOPIC)],
)
async def test_the_behaviour_document_s_names_and_topics_hold_before_any_model(rules, text, reason):
    policy = Policy(competitors=NAMES, forbidden_topics=TOPICS)
    decision, mind = await played(rules, text, policy, [GOOD])
    assert decision.escalation is not None
    assert decision.escalation.reason is reason
    assert mind.requests == []


async def test_a_model_that_names_a_competitor_is_refused(rules):
    policy = Policy(competitors=NAMES)
    decision, mind = await played(rules, "How do I add a user?", policy, [NAMING], [NAMING])
    assert decision.escalation is not None
    assert decision.escalation.reason is Reason.GATE
    assert "Trellify" not in (decision.text or "")
    assert mind.requests[1].repair == "competitor"
