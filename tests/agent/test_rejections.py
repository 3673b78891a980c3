"""No, that is not it: one other try without what was cited, then a person."""

from dataclasses import replace

import pytest

from fte_agent.channels import WHATSAPP
from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Author, StoredMessage
from fte_agent.domain.turns import Outcome, Reason, Trigger, TurnContext
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
from fte_agent.text.rejection import rejects, without_rejection
from fte_agent.turn.decide import TurnPorts, run_turn

FIRST = a_passage("Choose Export.", uri="docs/help.md#export")
OTHER = a_passage("Choose Print.", uri="docs/help.md#print", score=0.5)
GOOD = ("send_response", {"message": "Choose Print.", "citations": [OTHER.section.uri]})
SAME = ("send_response", {"message": "Choose Export.", "citations": [FIRST.section.uri]})
AGAIN = ("search_knowledge_base", {"query": "other words", "max_results": 1})
MISS = ("escalate_to_human", {"reason": "not_found", "summary": "none"})

REJECTIONS = [
    "That's not what I asked.",
    "still doesn't work",
    "nope",
    "No.",
    "that did not help",
    "Sorry, but this isn't the right answer",
    "I already tried that",
    "No, I need it for the phone app.",
    "It still doesn’t work after I did all of this",  # noqa: RUF001 - what phones type
    "same error again",
    "I asked how to export to PDF, not CSV",
    "Das hilft mir leider nicht.",
    "funktioniert immer noch nicht",
    "Nein, das meinte ich nicht",
    "Eso no es lo que pregunté.",
    "sigue sin funcionar",
    "Ce n'est pas ce que j'ai demandé.",
    "ça ne marche toujours pas",
    "that's wrong",
    "Your answer is incorrect.",
    "thats not it",
    "not it",
    "doesnt help",
    "That article is about the old app.",
    "That's about the web page, but I asked for the phone.",
    "No, I need it for the tablet. Any other ideas?",
    "Still the same error, what now?",
    "That is not what I asked. How do I export one card?",
    "Das beantwortet meine Frage nicht.",
    "Das stimmt so nicht",
    "C'est faux.",
    "Eso está mal",
    "Nee, dat is het niet",
    "Non è quello che cercavo",
    "Não é isso",
]
OTHERS = [
    "no, that's all, thanks",
    "no problem",
    "It did not work before but now it does",
    "No, all good",
    "never mind, works now",
    "How do I export a board?",
    "The import doesn't work when the file is large, what is the limit?",
    "What if it does not work on my phone?",
    "Does it not work offline?",
    "I have another question: how do I delete a board?",
    "nein danke",
    "jetzt geht es",
    "no gracias",
    "non merci",
    "That worked, thank you!",
    "No-fly zones: where do I see them?",
    "Non-members, may they read a board?",
    "No. How do I get in at night?",
    "No, the green one. Does it come with a bag?",
    "I have done step 2 already, which one comes next?",
    "I cannot see this button on the tablet. Where is it there?",
    "I already know that. What about the phone?",
    "Perfect! And the other device still doesn't sync, what do I do with that?",
    "Thanks, that helped. One more thing: my label still shows the wrong name",
]


@pytest.mark.parametrize("text", REJECTIONS)
def test_an_answer_is_rejected(text):
    assert rejects([text])


@pytest.mark.parametrize("text", OTHERS)
def test_it_is_not(text):
    assert not rejects([text])


def test_a_later_message_takes_it_back():
    assert not rejects(["still doesn't work", "ah, it works now"])


def test_what_is_new_is_kept():
    assert without_rejection("No, that is not it. I mean the app on my phone.") == "I mean the app on my phone."


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("No, I need it for the tablet.", "I need it for the tablet."),
        ("That's wrong, how do I print it?", "That's wrong, how do I print it?"),
        ("No-fly zones: where are they?", "No-fly zones: where are they?"),
        ("No. 5 is missing.", "No. 5 is missing."),
    ],
)
def test_what_is_new_is_kept_in_the_sentence_that_rejects(said, kept):
    assert without_rejection(said) == kept


def ports(*scripts) -> TurnPorts:
    return TurnPorts(
        company=Company("Acme"),
        customers=FixedHistory(),
        search=FixedSearch([FIRST, OTHER]),
        model=ScriptedMind([list(script) for script in scripts]),
        classifier=WordClassifier(),
        clock=FixedClock(),
    )


def after(*said: tuple[Author, str, tuple[str, ...]], now: str, channel: str | None = None) -> TurnContext:
    context = a_context(now)
    history = tuple(StoredMessage(n, who, text, START, citations=uris) for n, (who, text, uris) in enumerate(said, 1))
    return replace(context, history=history, channel=channel or context.channel)


ASKED = (Author.CUSTOMER, "How do I get my board on paper?", ())
ANSWERED = (Author.AI, "Choose Export.", (FIRST.section.uri,))
REJECTED = (Author.CUSTOMER, "No, that is not it.", ())
SECOND = (Author.AI, "Choose Print.", (OTHER.section.uri,))


async def test_a_rejected_answer_gets_another_without_its_sections():
    mind = ports([GOOD])
    decision = await run_turn(after(ASKED, ANSWERED, now="That did not help. I use the phone app."), mind)
    assert decision.outcome is Outcome.ANSWER
    assert [citation.uri for citation in decision.citations] == [OTHER.section.uri]
    assert mind.search.queries == ["How do I get my board on paper?\nI use the phone app."]
    assert [passage.section.uri for passage in mind.model.requests[0].passages] == [OTHER.section.uri]


@pytest.mark.parametrize(
    ("now", "searched"),
    [
        ("No. How do I print a single card?", "No. How do I print a single card?"),
        ("That is not what I asked. How do I print a single card?", "How do I print a single card?"),
        (
            "No-print boards, which of them are there in our workspace by default?",
            "No-print boards, which of them are there in our workspace by default?",
        ),
    ],
)
async def test_a_question_of_its_own_is_searched_alone_and_may_find_anything(now, searched):
    mind = ports([SAME])
    decision = await run_turn(after(ASKED, ANSWERED, now=now), mind)
    assert decision.outcome is Outcome.ANSWER
    assert mind.search.queries == [searched]
    assert FIRST.section.uri in [passage.section.uri for passage in mind.model.requests[0].passages]


async def test_an_answer_rejected_with_a_question_anew_counts_as_one_of_two():
    anew = (Author.CUSTOMER, "That is not what I asked. How do I print a single card?", ())
    decision = await run_turn(after(ASKED, ANSWERED, anew, SECOND, now="nope"), ports([GOOD]))
    assert decision.escalation is not None
    assert decision.escalation.reason is Reason.REJECTED


async def test_what_was_looked_for_is_the_question_asked_anew():
    anew = (Author.CUSTOMER, "No. How do I print a single card?", ())
    mind = ports([GOOD])
    await run_turn(after(ASKED, ANSWERED, anew, ANSWERED, now="nope"), mind)
    assert mind.search.queries == ["No. How do I print a single card?"]


async def test_what_was_rejected_cannot_be_cited_again():
    decision = await run_turn(after(ASKED, ANSWERED, now="nope"), ports([AGAIN, SAME], [SAME]))
    assert decision.outcome is Outcome.ESCALATE
    assert decision.citations == ()


@pytest.mark.parametrize("now", ["Still doesn't work.", "no", "Das hilft mir nicht"])
async def test_a_second_rejection_goes_to_a_person(now):
    mind = ports([GOOD])
    decision = await run_turn(after(ASKED, ANSWERED, REJECTED, SECOND, now=now), mind)
    assert decision.escalation is not None
    assert (decision.escalation.reason, decision.escalation.trigger) == (Reason.REJECTED, Trigger.CUSTOMER)
    assert "not what you need" in (decision.text or "") or "Team" in (decision.text or "")
    assert mind.model.requests == []


async def test_a_rejection_of_an_answer_to_another_question_is_the_first():
    more = (Author.CUSTOMER, "How do I add a user?", ())
    decision = await run_turn(after(ASKED, ANSWERED, REJECTED, SECOND, more, ANSWERED, now="nope"), ports([GOOD]))
    assert decision.outcome is Outcome.ANSWER


@pytest.mark.parametrize("script", [[AGAIN, MISS], [MISS]])
@pytest.mark.parametrize("channel", [None, WHATSAPP])
async def test_a_miss_after_a_rejection_is_not_asked_back(script, channel):
    decision = await run_turn(after(ASKED, ANSWERED, now="nope", channel=channel), ports(script))
    assert decision.escalation is not None
    assert decision.escalation.reason is Reason.REJECTED


@pytest.mark.parametrize("author", [Author.SYSTEM, Author.HUMAN])
async def test_what_is_no_answer_of_ours_cannot_be_rejected(author):
    decision = await run_turn(after(ASKED, (author, "What do you mean?", ()), now="nope"), ports([SAME]))
    assert decision.outcome is Outcome.ANSWER


async def test_an_answer_that_stands_excludes_nothing():
    mind = ports([SAME])
    decision = await run_turn(after(ASKED, ANSWERED, now="And how do I export a list?"), mind)
    assert decision.outcome is Outcome.ANSWER
