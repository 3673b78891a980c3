"""How a turn ends that is no answer: silence, the cap, asking back, and the brief that a person gets."""

import dataclasses

import pytest

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Author, Channel, StoredMessage
from fte_agent.domain.turns import Brief, Outcome, Reason, Trigger, TurnContext
from fte_agent.reply.templates import CLARIFY_EMPTY, CLARIFY_NOT_FOUND, acknowledgement
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
from fte_agent.turn.decide import MAX_ATTEMPTS, TurnPorts, escalate_exhausted, run_turn
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


def attached(*kinds: str, said: str = "", channel: Channel = WHATSAPP, **changes) -> TurnContext:
    context = on(channel, said, **changes)
    return dataclasses.replace(context, burst=(dataclasses.replace(context.burst[0], attachments=kinds),))


@pytest.mark.parametrize("said", ["", "How do I export?", "Thanks!", "Hello"])
async def test_what_is_not_text_goes_to_a_person_and_the_customer_is_told_at_once(said):
    mind = ports(GOOD)
    decision = await run_turn(attached("audio/ogg", said=said), mind)
    assert (decision.outcome, decision.author) == (Outcome.ESCALATE, Author.SYSTEM)
    assert (decision.escalation.reason, decision.escalation.trigger) == (Reason.ATTACHMENT, Trigger.RULE)
    assert (decision.text or "").startswith("I cannot listen to voice messages, so I have passed")
    assert mind.model.requests == []
    accepted = [call.name for call in decision.tool_calls if call.status == "ok"]
    assert accepted == ["create_ticket", "get_customer_history", "escalate_to_human", "send_response"]


@pytest.mark.parametrize("kind", ["application/pgp-encrypted", "application/pkcs7-mime"])
@pytest.mark.parametrize("said", ["", "Thank you!", "-----BEGIN PGP MESSAGE-----\n\nab"])
async def test_what_is_encrypted_is_a_person_s_and_gets_no_courtesy(kind, said):
    decision = await run_turn(attached(kind, said=said), ports(GOOD))
    assert (decision.outcome, decision.escalation.reason) == (Outcome.ESCALATE, Reason.ATTACHMENT)
    assert (decision.text or "").startswith("I cannot read encrypted or sealed messages, so I have passed")


async def test_the_brief_names_what_is_attached_and_what_is_said_beside_it():
    context = attached("application/vnd.ms-excel", "image/png", said="Why is it red?")
    context = dataclasses.replace(context, burst=(*context.burst, *on(WHATSAPP, "And blue?").burst))
    decision = await run_turn(context, ports())
    assert decision.escalation.brief.attachments == ("application/vnd.ms-excel", "image/png")
    assert decision.escalation.brief.request == "Why is it red?\nAnd blue?"
    assert decision.escalation.summary == "Only a person can look at what came with the message."


async def test_what_the_words_demand_comes_before_what_is_attached():
    decision = await run_turn(attached("image/png", said="My lawyer calls"), ports())
    assert decision.escalation.reason is Reason.LEGAL
    assert decision.escalation.brief.attachments == ("image/png",)


async def test_an_attachment_of_an_earlier_message_is_not_attached_now():
    context = on(WHATSAPP, "How do I export?", replied="We saw your picture.")
    before = dataclasses.replace(context.history[0], attachments=("image/png",))
    decision = await run_turn(dataclasses.replace(context, history=(before, *context.history[1:])), ports(GOOD))
    assert decision.outcome is Outcome.ANSWER


async def test_who_sends_a_voice_message_is_told_in_the_language_they_wrote_before():
    context = attached("audio/ogg", replied="Gern.")
    before = dataclasses.replace(context.history[0], body="Wie kann ich das exportieren und wo ist die Liste?")
    decision = await run_turn(dataclasses.replace(context, history=(before,)), ports())
    assert (decision.text or "").startswith("Ich kann keine Sprachnachrichten anhören.")


@pytest.mark.parametrize("said", ["How do I export?", "My lawyer calls", "", "Hello", "STOP"])
async def test_to_whoever_opted_out_nothing_is_sent_and_a_person_sees_it(said):
    mind = ports(GOOD)
    decision = await run_turn(on(WHATSAPP, said, opted_out=True), mind)
    assert (decision.outcome, decision.parts, decision.text) == (Outcome.ESCALATE, (), None)
    assert (decision.escalation.reason, decision.escalation.trigger) == (Reason.OPTED_OUT, Trigger.CUSTOMER)
    assert decision.escalation.brief.request == said
    assert [call.name for call in decision.tool_calls] == ["create_ticket", "get_customer_history", "escalate_to_human"]
    assert mind.model.requests == []


async def test_a_failing_turn_too_sends_nothing_to_whoever_opted_out():
    broken = dataclasses.replace(ports(), customers=FixedHistory(error=KeyError()))
    decision = await run_turn(on(WHATSAPP, "How?", opted_out=True, attempt=MAX_ATTEMPTS), broken)
    assert (decision.outcome, decision.parts) == (Outcome.ESCALATE, ())
    assert "send_response" not in [call.name for call in decision.tool_calls]


@pytest.mark.parametrize("said", [("START",), ("unstop.", "Start!")])
async def test_who_opts_in_again_is_greeted(said):
    mind = ports(GOOD)
    decision = await run_turn(on(WHATSAPP, *said), mind)
    assert (decision.outcome, decision.author, decision.escalation) == (Outcome.SOCIAL, Author.SYSTEM, None)
    assert decision.text == "Hello! What can we help you with?"
    assert mind.model.requests == []


@pytest.mark.parametrize("said", [("START", "How do I export?"), ("How do I start?",)])
async def test_who_asks_something_beside_it_is_answered(said):
    assert (await run_turn(on(WHATSAPP, *said), ports(GOOD))).outcome is Outcome.ANSWER


@pytest.mark.parametrize("reason", [Reason.FAILURE, Reason.OVERDUE])
def test_a_burst_without_a_turn_is_handed_over_with_fitting_words(reason):
    decision = escalate_exhausted(attached("image/png", said="How?", attempt=6), Company("Acme"), reason)
    assert (decision.outcome, decision.author) == (Outcome.ESCALATE, Author.SYSTEM)
    assert (decision.escalation.reason, decision.escalation.trigger) == (reason, Trigger.FAILURE)
    assert decision.escalation.brief == Brief("How?", attachments=("image/png",))
    assert decision.text == acknowledgement(reason)
    assert decision.text != acknowledgement(Reason.LEGAL)


def test_nor_is_anything_sent_to_whoever_opted_out_when_no_turn_is_left():
    decision = escalate_exhausted(on(WHATSAPP, "How?", opted_out=True), Company("Acme"))
    assert (decision.outcome, decision.parts) == (Outcome.ESCALATE, ())


def test_who_waited_too_long_is_told_so():
    assert "waited too long" in acknowledgement(Reason.OVERDUE)
    assert "not able to answer" in acknowledgement(Reason.FAILURE)
