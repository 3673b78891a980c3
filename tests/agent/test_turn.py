"""Turn.invoke: order, limits and outcomes of tool calls."""

import asyncio
import json

import pytest

from fte_agent.domain.turns import Escalation, Reason, Trigger
from fte_agent.gate.checks import Evidence
from fte_agent.testing import FixedClock, FixedHistory, FixedSearch, a_context, a_passage
from fte_agent.turn.turn import MAX_CALLS, MAX_SEARCHES, Turn

PASSAGE = a_passage("Open **Settings**. Choose Export.")
URI = PASSAGE.section.uri
ANSWER = ("send_response", {"message": "Choose Export.", "citations": [URI]})
PREAMBLE = (("create_ticket", {}), ("get_customer_history", {}), ("search_knowledge_base", {"query": "export"}))


def a_turn(*, search: FixedSearch | None = None, history: FixedHistory | None = None) -> Turn:
    return Turn(
        a_context("How do I export?"),
        customers=history or FixedHistory(),
        search=search or FixedSearch([PASSAGE]),
        clock=FixedClock(step=0.001),
        evidence=lambda retrieved: Evidence(retrieved, (), 200),
    )


async def play(turn: Turn, *calls: tuple[str, object]) -> list[str]:
    for name, arguments in calls:
        await turn.invoke(name, arguments if isinstance(arguments, str) else json.dumps(arguments))
    return [call.status for call in turn.ledger]


async def test_the_usual_turn():
    turn = a_turn()
    assert await play(turn, *PREAMBLE, ANSWER) == ["ok"] * 4
    assert turn.reply is not None
    assert (turn.reply.message, [c.uri for c in turn.reply.citations]) == ("Choose Export.", [URI])
    assert not turn.open
    assert [call.ms for call in turn.ledger] == [1.0] * 4


async def test_a_search_gives_the_model_the_passages_as_data():
    turn = a_turn()
    await play(turn, *PREAMBLE[:2])
    listed = json.loads(await turn.invoke("search_knowledge_base", '{"query": "export", "max_results": 1}'))
    assert listed["passages"][0]["uri"] == URI
    assert listed["passages"][0]["content"] == PASSAGE.section.content


@pytest.mark.parametrize(
    ("before", "call"),
    [
        ((), "get_customer_history"),
        ((), "search_knowledge_base"),
        ((), "send_response"),
        ((), "escalate_to_human"),
        (PREAMBLE[:1], "search_knowledge_base"),
        (PREAMBLE[:1], "send_response"),
        (PREAMBLE[:1], "create_ticket"),
        (PREAMBLE[:2], "get_customer_history"),
        ((*PREAMBLE, ANSWER), "send_response"),
        ((*PREAMBLE, ANSWER), "escalate_to_human"),
        ((*PREAMBLE, ANSWER), "search_knowledge_base"),
        ((*PREAMBLE, ("escalate_to_human", {"reason": "legal", "summary": "s"})), "send_response"),
    ],
)
async def test_a_call_out_of_order_is_refused(before, call):
    turn = a_turn()
    await play(turn, *before)
    assert (await turn.invoke(call, "{}")).startswith("Refused")
    assert turn.ledger[-1].status == "refused"


@pytest.mark.parametrize(
    ("name", "raw", "fault"),
    [
        ("rm_rf", "{}", "no such tool"),
        ("send_response", "{oops", "json_invalid"),
        ("send_response", "", "message: missing"),
        ("send_response", '{"message": "", "citations": []}', "message: too_short"),
        ("send_response", '{"message": "x", "to": "eve@example.org"}', "to: extra_forbidden"),
        ("send_response", '{"message": "a\\u0000b"}', "message: value_error"),
        ("send_response", '{"message": "\\ud800"}', "Invalid arguments"),
        ("send_response", json.dumps({"message": "x", "citations": ["u"] * 11}), "citations: too_long"),
        ("search_knowledge_base", '{"query": "x", "max_results": 11}', "max_results: less_than_equal"),
        ("search_knowledge_base", '{"query": "x", "max_results": "5"}', "max_results: int_type"),
        ("search_knowledge_base", '{"query": "' + "x" * 1001 + '"}', "query: too_long"),
        ("search_knowledge_base", '{"query": "' + "x" * 30_000 + '"}', "too long"),
        ("search_knowledge_base", "[" * 15_000, "Invalid arguments"),
        ("escalate_to_human", '{"reason": "budget", "summary": "x"}', "reason: literal_error"),
    ],
)
async def test_invalid_arguments_are_told_and_the_turn_goes_on(name, raw, fault):
    turn = a_turn()
    await play(turn, *PREAMBLE)
    said = await turn.invoke(name, raw)
    assert fault in said
    assert "oops" not in said
    assert "eve@example.org" not in said
    assert turn.open
    assert (turn.ledger[-1].status, turn.ledger[-1].arguments) == ("invalid", {})


async def test_a_name_nobody_knows_is_not_written_down():
    turn = a_turn()
    await turn.invoke("eve\x00" * 1000, "{}")
    assert turn.ledger[-1].name == "unknown"


async def test_searches_are_limited():
    turn = a_turn()
    statuses = await play(turn, *PREAMBLE, *[PREAMBLE[2]] * 5)
    assert statuses.count("ok") == 2 + MAX_SEARCHES


async def test_calls_are_limited_and_the_ledger_with_them():
    turn = a_turn()
    await play(turn, *PREAMBLE, *[("rm_rf", {})] * 100)
    assert len(turn.ledger) == MAX_CALLS
    assert not turn.open
    assert await turn.invoke(*("send_response", json.dumps(ANSWER[1]))) == "Refused: too many calls."
    assert turn.reply is None


@pytest.mark.parametrize("error", [RuntimeError("secret dsn"), TimeoutError()])
async def test_a_tool_that_fails_is_an_outcome_and_voids_the_turn(error):
    turn = a_turn(search=FixedSearch(error=error))
    await play(turn, *PREAMBLE, ANSWER)
    assert [call.status for call in turn.ledger] == ["ok", "ok", "failed", "refused"]
    assert (turn.failure, turn.reply, turn.open) == (error, None, False)


async def test_a_failing_history_is_an_outcome():
    turn = a_turn(history=FixedHistory(error=RuntimeError("secret dsn")))
    await turn.invoke("create_ticket", "{}")
    assert await turn.invoke("get_customer_history", "{}") == "The tool is unavailable."


async def test_cancellation_is_no_outcome():
    turn = a_turn(search=FixedSearch(error=asyncio.CancelledError()))
    with pytest.raises(asyncio.CancelledError):
        await play(turn, *PREAMBLE)


async def test_a_refused_reply_has_no_effect_until_the_turn_is_reopened():
    turn = a_turn()
    await play(turn, *PREAMBLE, ("send_response", {"message": "Send us 5 EUR.", "citations": [URI]}), ANSWER)
    assert [call.status for call in turn.ledger[3:]] == ["refused", "refused"]
    assert turn.reply is None
    assert {v.name for v in turn.refusal} == {"foreign_amount", "not_verbatim"}
    turn.reopen()
    assert (await play(turn, ANSWER))[-1] == "ok"


async def test_calls_at_once_have_one_closing_effect():
    turn = a_turn()
    await play(turn, *PREAMBLE)
    escalation = json.dumps({"reason": "legal", "summary": "s"})
    answer = json.dumps(ANSWER[1])
    await asyncio.gather(
        *[
            turn.invoke(name, raw)
            for name, raw in [("send_response", answer), ("escalate_to_human", escalation), ("send_response", answer)]
        ]
    )
    assert [call.status for call in turn.ledger[3:]] == ["ok", "refused", "refused"]


async def test_create_ticket_buffers_category_and_priority():
    turn = a_turn()
    await play(turn, ("create_ticket", {"category": "billing", "priority": "high"}))
    assert (turn.filed.category, turn.filed.priority) == ("billing", "high")


async def test_handing_over_after_an_accepted_reply_voids_it():
    turn = a_turn()
    await play(turn, *PREAMBLE, ANSWER)
    turn.hand_over(Escalation(Reason.FAILURE, Trigger.FAILURE, "s"), "A person will answer.")
    assert turn.reply is None
    assert [(call.name, call.status) for call in turn.ledger[3:]] == [
        ("send_response", "refused"),
        ("escalate_to_human", "ok"),
        ("send_response", "ok"),
    ]
