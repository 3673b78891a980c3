"""How a turn ends that is no answer: silence, the cap, asking back, and the brief that a person gets."""

import dataclasses

import pytest

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Author, Channel, StoredMessage
from fte_agent.domain.turns import Brief, Outcome, Reason, Trigger, TurnContext
from fte_agent.reply.templates import CLARIFY_EMPTY, CLARIFY_NOT_FOUND
from fte_agent.testing import (
    START,
    FixedClock,
    FixedHistory,
    FixedSearch,
    ScriptedMind,
    WordClassifier,
    a_context,
    a_passage,
)
from fte_agent.turn.decide import TurnPorts, run_turn
from fte_agent.turn.policy import Verdict

PASSAGE = a_passage("Open Settings. Choose Export. It takes 5 minutes.")
OTHER = a_passage("Imports are slow.", uri="docs/help.md#import", score=0.5)
AGAIN = ("search_knowledge_base", {"query": "other words"})
GIVE_UP = ("escalate_to_human", {"reason": "not_found", "summary": "no section"})
GOOD = ("send_response", {"message": "Choose Export.", "citations": [PASSAGE.section.uri]})


def ports(*script, secrets=()) -> TurnPorts:
    return TurnPorts(
        company=Company("Acme"),
        customers=FixedHistory(),
        search=FixedSearch([PASSAGE, OTHER]),
        model=ScriptedMind([list(script)]),
        classifier=WordClassifier({"lawyer": Verdict(Reason.LEGAL, Trigger.RULE, 1.0)}),
        clock=FixedClock(step=0.01),
        secrets=secrets,
    )


def on(channel: Channel, *bodies: str, replied: str = "", **changes) -> TurnContext:
    context = dataclasses.replace(a_context(*bodies, history=["before"] if replied else []), channel=channel, **changes)
    if replied:
        said = StoredMessage(1, Author.SYSTEM, replied, START)
        context = dataclasses.replace(context, history=(*context.history, said))
    return context


async def test_automatic_mail_is_never_answered():
    mind = ports(GOOD)
    decision = await run_turn(on(EMAIL, "Out of office. My lawyer is away.", automated=True), mind)
    assert (decision.outcome, decision.parts, decision.escalation) == (Outcome.SILENCE, (), None)
    assert decision.tool_calls == ()
    assert mind.model.requests == []


async def test_at_the_cap_customers_get_the_truth_and_a_person():
    mind = ports(GOOD)
    decision = await run_turn(on(WEB_FORM, "How do I export?", budget_spent=True), mind)
    assert decision.escalation is not None
    assert (decision.outcome, decision.escalation.reason) == (Outcome.ACKNOWLEDGE_CAP, Reason.BUDGET)
    assert "cannot answer it myself" in (decision.text or "")
    assert mind.model.requests == []


async def test_what_must_be_escalated_is_so_beyond_the_cap():
    decision = await run_turn(on(WEB_FORM, "My lawyer calls", budget_spent=True), ports(GOOD))
    assert (decision.outcome, decision.escalation.reason) == (Outcome.ESCALATE, Reason.LEGAL)


async def test_on_chat_a_first_miss_is_asked_back():
    decision = await run_turn(on(WHATSAPP, "Do you fly?"), ports(AGAIN, GIVE_UP))
    assert (decision.outcome, decision.author, decision.escalation) == (Outcome.CLARIFY, Author.SYSTEM, None)
    assert decision.parts == (CLARIFY_NOT_FOUND,)
    accepted = [call.name for call in decision.tool_calls if call.status == "ok"]
    assert accepted == [
        "create_ticket",
        "get_customer_history",
        "search_knowledge_base",
        "search_knowledge_base",
        "send_response",
    ]


@pytest.mark.parametrize("asked", [CLARIFY_NOT_FOUND, "Sorry, what exactly do you mean?"])
async def test_on_chat_a_second_miss_goes_to_a_person(asked):
    decision = await run_turn(on(WHATSAPP, "Do you fly?", replied=asked), ports(AGAIN, GIVE_UP))
    assert (decision.outcome, decision.escalation.reason) == (Outcome.ESCALATE, Reason.NOT_FOUND)


@pytest.mark.parametrize("said", [CLARIFY_EMPTY, "Hello! What can we help you with?", "Choose Export."])
async def test_a_reply_that_did_not_ask_for_other_words_is_no_first_miss(said):
    decision = await run_turn(on(WHATSAPP, "Do you fly?", replied=said), ports(AGAIN, GIVE_UP))
    assert decision.outcome is Outcome.CLARIFY


@pytest.mark.parametrize("channel", [EMAIL, WEB_FORM])
async def test_mail_and_form_are_not_asked_back(channel):
    decision = await run_turn(on(channel, "Do you fly?"), ports(AGAIN, GIVE_UP))
    assert (decision.outcome, decision.escalation.reason) == (Outcome.ESCALATE, Reason.NOT_FOUND)


async def test_a_model_that_gives_up_after_one_search_is_told_to_search_again():
    mind = ports(GIVE_UP, AGAIN, GIVE_UP)
    decision = await run_turn(on(WEB_FORM, "Do you fly?"), mind)
    assert mind.model.heard[0] == "Refused: search once more, in other words, before you give up."
    assert decision.escalation.reason is Reason.NOT_FOUND


async def test_a_model_that_does_not_search_again_found_nothing():
    decision = await run_turn(on(WEB_FORM, "Do you fly?"), ports(GIVE_UP))
    assert (decision.outcome, decision.escalation.reason) == (Outcome.ESCALATE, Reason.NOT_FOUND)


async def test_the_brief_says_what_was_asked_seen_tried_and_may_be_said():
    handed_over = (
        "escalate_to_human",
        {"reason": "not_found", "summary": "no section", "draft": "Choose Export."},
    )
    decision = await run_turn(on(WEB_FORM, "How do I fly?", subject="Wings"), ports(AGAIN, handed_over))
    brief = decision.escalation.brief
    assert isinstance(brief, Brief)
    assert brief.request == "Wings\nHow do I fly?"
    assert [citation.uri for citation in brief.evidence] == [PASSAGE.section.uri, OTHER.section.uri]
    assert brief.tried == ("Wings\nHow do I fly?", "other words")
    assert brief.draft == "Choose Export."


async def test_a_refused_reply_is_a_draft_unless_it_holds_a_foreign_fact():
    for message, draft in [("You choose Export.", "You choose Export."), ("Pay 10 EUR at https://evil.example.", "")]:
        bad = ("send_response", {"message": message, "citations": [PASSAGE.section.uri]})
        decision = await run_turn(on(WEB_FORM, "How?"), ports(bad))
        assert decision.escalation.brief.draft == draft


async def test_the_summary_of_a_rule_is_shown_with_its_score():
    decision = await run_turn(on(WEB_FORM, "My lawyer calls"), ports())
    assert "'legal' in the customer's message (score 1.00)" in decision.escalation.summary


async def test_a_summary_may_count():
    told = ("escalate_to_human", {"reason": "human", "summary": "2 of 3 questions are open."})
    decision = await run_turn(on(WEB_FORM, "How?"), ports(told))
    assert decision.escalation.summary == "2 of 3 questions are open."


async def test_a_summary_with_a_secret_is_withheld():
    told = ("escalate_to_human", {"reason": "human", "summary": "The canary is s3cr3t-parrot."})
    decision = await run_turn(on(WEB_FORM, "How?"), ports(told, secrets=("s3cr3t-parrot",)))
    assert "parrot" not in decision.escalation.summary + str(decision.escalation.brief)


async def test_the_first_query_of_a_short_follow_up_holds_the_question_before():
    mind = ports(GOOD)
    context = a_context("and on Android?", history=["Is there an app for iPhones?"])
    await run_turn(context, mind)
    assert mind.search.queries == ["and on Android?\nIs there an app for iPhones?"]
    for other in ("and how do I get the very same thing to work on Android?", "And how do I export a board?"):
        await run_turn(a_context(other, history=["Is there an app for iPhones?"]), mind)
        assert mind.search.queries[-1] == other


async def test_of_a_long_text_the_questions_are_searched():
    mind = ports(GOOD)
    await run_turn(a_context(f"{'We are a bakery. ' * 100}Where is the audit log? Regards"), mind)
    assert mind.search.queries[0].startswith("Where is the audit log?\nWe are a bakery.")
    long_before = a_context("and for guests?", history=["x" * 1059 + "?"])
    await run_turn(long_before, mind)
    assert mind.search.queries[-1].startswith("and for guests?\n")


async def test_a_query_with_a_foreign_link_or_a_secret_is_not_shown_to_staff():
    told = ("search_knowledge_base", {"query": "pay at https://evil.example/pay s3cr3t-parrot"})
    decision = await run_turn(
        on(WEB_FORM, "See https://mine.example?"), ports(told, GIVE_UP, secrets=("s3cr3t-parrot",))
    )
    assert decision.escalation.brief.tried == ("See https://mine.example?",)


@pytest.mark.parametrize("body", ["Thanks. I was charged again, my lawyer calls", "Hello my lawyer calls"])
async def test_a_greeting_beside_it_saves_no_complaint(body):
    rule = WordClassifier({"lawyer": Verdict(Reason.LEGAL, Trigger.RULE, 0.4)})
    decision = await run_turn(on(WEB_FORM, body), dataclasses.replace(ports(), classifier=rule))
    assert decision.escalation.reason is Reason.LEGAL


async def test_a_german_customer_is_told_in_german():
    decision = await run_turn(on(WEB_FORM, "Mein Anwalt ist der lawyer und ich bin nicht da"), ports())
    assert (decision.text or "").startswith("Vielen Dank für Ihre Nachricht.")
