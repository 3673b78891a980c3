"""A whole turn: what is escalated, what is answered by template, what the model may decide."""

import traceback
from dataclasses import replace

import pytest

from fte_agent.channels import EMAIL, WEB_FORM
from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Outcome, Reason, Trigger, Usage
from fte_agent.errors import BudgetRefused, ModelFailed, ToolFailed
from fte_agent.gate.checks import ReplyMode
from fte_agent.reply.formatting import count_words, format_for_channel
from fte_agent.testing import (
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

COMPANY = Company("Acme", support_email="help@acme.example", website="https://acme.example")
PASSAGE = a_passage("Open Settings. Choose Export. It takes 5 minutes.")
URI = PASSAGE.section.uri
RULES = WordClassifier(
    {
        "price": Verdict(Reason.PRICING, Trigger.RULE, 1.0),
        "lawyer": Verdict(Reason.LEGAL, Trigger.RULE, 1.0),
        "person": Verdict(Reason.HUMAN, Trigger.CUSTOMER, 0.7),
    }
)
ORDER = ["create_ticket", "get_customer_history", "search_knowledge_base"]


def a_reply(message, *citations):
    return ("send_response", {"message": message, "citations": list(citations or (URI,))})


GOOD = [a_reply("Choose Export.")]
BAD = [a_reply("Choose Export and pay 10 EUR.")]
GIVE_UP = ("escalate_to_human", {"reason": "not_found", "summary": "no section"})
NOT_FOUND = [("search_knowledge_base", {"query": "other words"}), GIVE_UP]


def ports(mind, *, search=None, customers=None) -> TurnPorts:
    return TurnPorts(
        company=COMPANY,
        customers=customers or FixedHistory(),
        search=search or FixedSearch([PASSAGE]),
        model=mind,
        classifier=RULES,
        clock=FixedClock(step=0.01),
    )


def names(decision, *statuses):
    return [call.name for call in decision.tool_calls if call.status in (statuses or ("ok",))]


async def test_tool_execution_order_of_an_answer():
    mind = ScriptedMind([GOOD])
    decision = await run_turn(a_context("How do I export?", subject="Export"), ports(mind))
    assert names(decision) == [*ORDER, "send_response"]
    assert (decision.outcome, decision.author) == (Outcome.ANSWER, Author.AI)
    assert decision.text == "Choose Export.\n\nAcme Support"
    assert [citation.uri for citation in decision.citations] == [URI]
    assert (decision.usage, decision.model, decision.prompt_version) == (Usage(10, 5), "scripted", "scripted-1")
    assert decision.top_score == 0.9
    assert 0 < decision.model_ms < decision.total_ms
    assert all(call.ms > 0 for call in decision.tool_calls)


async def test_the_first_search_asks_subject_and_whole_burst():
    search = FixedSearch([PASSAGE])
    mind = ScriptedMind([GOOD])
    await run_turn(a_context("It is slow.", "Any idea?", subject="Export"), ports(mind, search=search))
    assert search.queries == ["Export\nIt is slow.\nAny idea?"]
    assert mind.requests[0].query == search.queries[0]
    assert mind.requests[0].passages == (PASSAGE,)


async def test_an_enormous_message_is_searched_by_its_beginning():
    search = FixedSearch([PASSAGE])
    await run_turn(a_context("export " * 5000), ports(ScriptedMind([GOOD]), search=search))
    assert len(search.queries[0]) == 1000


@pytest.mark.parametrize(
    ("message", "reason", "trigger"),
    [
        ("How do I export? And what is the price for ten?", Reason.PRICING, Trigger.RULE),
        ("My lawyer will call.", Reason.LEGAL, Trigger.RULE),
        ("Thanks, now a person please", Reason.HUMAN, Trigger.CUSTOMER),
    ],
)
async def test_what_must_be_escalated_never_reaches_the_model(message, reason, trigger):
    mind = ScriptedMind([GOOD])
    decision = await run_turn(a_context(message), ports(mind))
    assert decision.escalation is not None
    assert (decision.outcome, decision.escalation.reason, decision.escalation.trigger) == (
        Outcome.ESCALATE,
        reason,
        trigger,
    )
    assert names(decision) == [*ORDER[:2], "escalate_to_human", "send_response"]
    assert decision.author is Author.SYSTEM
    assert decision.text
    assert (mind.requests, decision.model, decision.usage) == ([], "", Usage(0, 0))


async def test_a_subject_that_must_be_escalated_is():
    decision = await run_turn(a_context("hello", subject="Price list?"), ports(ScriptedMind()))
    assert decision.escalation is not None


@pytest.mark.parametrize("body", ["", "  \n\t ", "\u200b\u2060\ufeff", "\u00ad"])
async def test_an_empty_message_is_asked_back(body):
    mind = ScriptedMind([GOOD])
    decision = await run_turn(a_context(body), ports(mind))
    assert (decision.outcome, decision.author, decision.escalation) == (Outcome.CLARIFY, Author.SYSTEM, None)
    assert names(decision) == [*ORDER[:2], "send_response"]
    assert mind.requests == []


@pytest.mark.parametrize("body", ["Hello!", "Thanks a lot, that helped", "hi there"])
async def test_a_courtesy_gets_a_courtesy(body):
    decision = await run_turn(a_context(body), ports(ScriptedMind()))
    assert (decision.outcome, decision.author) == (Outcome.SOCIAL, Author.SYSTEM)
    assert names(decision)[-1] == "send_response"


async def test_a_courtesy_after_an_answer_is_not_searched_by_the_old_subject():
    context = a_context("Thank you!", subject="How do I export?", history=["How do I export?"])
    assert (await run_turn(context, ports(ScriptedMind()))).outcome is Outcome.SOCIAL


async def test_an_escalation_by_the_model_is_acknowledged_by_the_system():
    decision = await run_turn(a_context("How?"), ports(ScriptedMind([[*NOT_FOUND, *GOOD]])))
    assert names(decision) == [*ORDER, "search_knowledge_base", "escalate_to_human", "send_response"]
    assert decision.escalation is not None
    assert (decision.escalation.reason, decision.escalation.trigger) == (Reason.NOT_FOUND, Trigger.MODEL)
    assert (decision.author, decision.citations) == (Author.SYSTEM, ())
    assert "could not find" in (decision.text or "")


async def test_one_repair():
    mind = ScriptedMind([BAD, GOOD])
    decision = await run_turn(a_context("How?"), ports(mind))
    assert decision.outcome is Outcome.ANSWER
    assert mind.requests[1].repair == "foreign_amount, not_verbatim"
    assert decision.usage == Usage(20, 10)
    assert [call.status for call in decision.tool_calls] == ["ok", "ok", "ok", "refused", "ok"]


async def test_a_second_bad_reply_goes_to_a_person_and_nothing_of_it_out():
    mind = ScriptedMind([BAD, BAD, GOOD])
    decision = await run_turn(a_context("How?"), ports(mind))
    assert decision.escalation is not None
    assert (decision.escalation.reason, decision.escalation.trigger) == (Reason.GATE, Trigger.GUARDRAIL)
    assert len(mind.requests) == 2
    assert "10 EUR" not in (decision.text or "") + decision.escalation.summary
    assert names(decision) == [*ORDER, "escalate_to_human", "send_response"]


async def test_a_model_that_decides_nothing_is_a_failure():
    decision = await run_turn(a_context("How?"), ports(ScriptedMind([[]])))
    assert decision.escalation is not None
    assert (decision.escalation.reason, decision.escalation.trigger) == (Reason.FAILURE, Trigger.MODEL)


@pytest.mark.parametrize("error", [ModelFailed("refused"), RuntimeError("bug")])
async def test_a_failing_model_is_tried_again_until_the_last_attempt(error):
    with pytest.raises(type(error)):
        await run_turn(a_context("How?", attempt=MAX_ATTEMPTS - 1), ports(ScriptedMind(error=error)))
    decision = await run_turn(a_context("How?", attempt=MAX_ATTEMPTS), ports(ScriptedMind([GOOD], error=error)))
    assert decision.escalation is not None
    assert (decision.escalation.reason, decision.escalation.trigger) == (Reason.FAILURE, Trigger.FAILURE)
    assert (decision.citations, decision.author) == ((), Author.SYSTEM)
    assert names(decision) == [*ORDER, "escalate_to_human", "send_response"]


@pytest.mark.parametrize("attempt", [1, MAX_ATTEMPTS, 100])
async def test_what_may_pass_by_itself_is_tried_again_however_often(attempt):
    error = ModelFailed("away", retryable=True)
    with pytest.raises(ModelFailed) as caught:
        await run_turn(a_context("How?", attempt=attempt), ports(ScriptedMind(error=error)))
    assert caught.value is error


class Away(Exception):
    retryable = True


class Broken(Exception):
    retryable = False


@pytest.mark.parametrize("attempt", [1, MAX_ATTEMPTS])
@pytest.mark.parametrize(
    "broken", [{"search": FixedSearch(error=Away())}, {"customers": FixedHistory(error=Away())}], ids=["search", "past"]
)
async def test_a_tool_that_is_away_is_no_answer(broken, attempt):
    with pytest.raises(ToolFailed) as caught:
        await run_turn(a_context("How?", attempt=attempt), ports(ScriptedMind([GOOD]), **broken))
    assert caught.value.retryable


@pytest.mark.parametrize(
    "broken",
    [{"search": FixedSearch(error=Broken())}, {"customers": FixedHistory(error=KeyError())}],
    ids=["search", "past"],
)
async def test_a_broken_tool_goes_to_a_person_in_the_last_attempt(broken):
    with pytest.raises(ToolFailed) as caught:
        await run_turn(a_context("How?", attempt=MAX_ATTEMPTS - 1), ports(ScriptedMind([GOOD]), **broken))
    assert not caught.value.retryable
    decision = await run_turn(a_context("How?", attempt=MAX_ATTEMPTS), ports(ScriptedMind([GOOD]), **broken))
    assert decision.escalation is not None
    assert decision.escalation.reason is Reason.FAILURE


async def test_a_tools_error_is_not_shown_with_what_the_customer_wrote():
    search = FixedSearch(error=ValueError("my password is hunter2"))
    with pytest.raises(ToolFailed) as caught:
        await run_turn(a_context("How?"), ports(ScriptedMind([GOOD]), search=search))
    shown = "".join(traceback.format_exception(caught.value))
    assert "ValueError" in shown
    assert "hunter2" not in shown


async def test_a_search_that_breaks_under_the_model_voids_what_it_decided():
    search = FixedSearch([PASSAGE])

    def break_search(_):
        search.error = Away()

    script = [("search_knowledge_base", {"query": "more"}), *GOOD]
    with pytest.raises(ToolFailed):
        await run_turn(a_context("How?"), ports(ScriptedMind([script], before=break_search), search=search))


async def test_unknown_usage_stays_unknown():
    mind = ScriptedMind([BAD, GOOD], usage=Usage(None, None))
    decision = await run_turn(a_context("How?"), ports(mind))
    assert decision.usage.total is None


@pytest.mark.parametrize(("max_chars", "outcome"), [(99, Outcome.ESCALATE), (100, Outcome.ANSWER)])
async def test_the_reply_with_its_signature_fits_the_channel(max_chars, outcome):
    search = FixedSearch([a_passage("x" * 86)])
    mind = ScriptedMind([[a_reply("x" * 86)], [a_reply("x" * 86)]])
    decision = await run_turn(a_context("How?", max_chars=max_chars), ports(mind, search=search))
    assert decision.outcome is outcome
    if outcome is Outcome.ANSWER:
        assert len(decision.text or "") == max_chars


@pytest.mark.parametrize("mode", ReplyMode)
@pytest.mark.parametrize(("channel", "most"), [(EMAIL, 500), (WEB_FORM, 300)])
@pytest.mark.parametrize("over", [0, 1])
async def test_so_does_its_number_of_words_and_a_longer_one_is_repaired_once(mode, channel, most, over):
    """What is longer in the end goes to a person, as does any other reply that the gate refuses twice."""
    frame = count_words("\n".join(format_for_channel(channel, "x", COMPANY))) - 1
    words = "a " * (most - frame + over - 1) + "a."
    search = FixedSearch([a_passage(words)])
    mind = ScriptedMind([[a_reply(words)], [a_reply(words)]])
    context = replace(a_context("How?"), channel=channel, customer_name="")
    decision = await run_turn(context, replace(ports(mind, search=search), mode=mode))
    assert decision.outcome is (Outcome.ESCALATE if over else Outcome.ANSWER)
    assert len(mind.requests) == 1 + over
    if over:
        assert mind.requests[1].repair == "too_long"
    else:
        assert len((decision.text or "").split()) == most


def test_giving_up_hands_over():
    decision = escalate_exhausted(a_context("How?", attempt=6), COMPANY)
    assert decision.escalation is not None
    assert (decision.outcome, decision.author, decision.escalation.reason) == (
        Outcome.ESCALATE,
        Author.SYSTEM,
        Reason.FAILURE,
    )
    assert (decision.text or "").endswith("Acme Support")


@pytest.mark.parametrize("attempt", [1, MAX_ATTEMPTS])
async def test_money_that_ends_behind_a_tool_ends_the_turn_as_it_does_before_a_model(attempt):
    """What is found is paid for as what is answered is; a person has it, and it is not tried again."""
    search = FixedSearch(error=BudgetRefused("spent"))
    decision = await run_turn(a_context("How do I export?", attempt=attempt), ports(ScriptedMind(), search=search))
    assert (decision.outcome, decision.escalation.reason) == (Outcome.ACKNOWLEDGE_CAP, Reason.BUDGET)
    waits = FixedSearch(error=BudgetRefused("busy", retryable=True))
    with pytest.raises(BudgetRefused):
        await run_turn(a_context("How do I export?", attempt=attempt), ports(ScriptedMind(), search=waits))


async def test_what_a_failing_model_used_is_unknown_and_not_nothing():
    mind = ScriptedMind(error=ModelFailed("down"))
    decision = await run_turn(a_context("How do I export?", attempt=MAX_ATTEMPTS), ports(mind))
    assert decision.usage == Usage(None, None)
