"""The second reading of Grounded replies: what it is told, what counts as a yes, and that all else refuses."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from agents import ModelSettings
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from endpoint_world import ports_of

from fte_agent.domain.turns import Decision, Outcome, Reason, Statement, Usage, Verification
from fte_agent.errors import ModelFailed
from fte_agent.gate.checks import ReplyMode
from fte_agent.gate.facts import unmarked
from fte_agent.ports import Verifier
from fte_agent.sdk.verifier import SdkVerifier
from fte_agent.testing import FixedSearch, ScriptedMind, a_context, a_passage
from fte_agent.turn.decide import run_turn
from fte_agent.turn.tools import Wording

STATEMENTS = (Statement("Choose Export.", ("Choose Export in the report.",), "Export"), Statement("Wait.", ("Wait.",)))
FOUND = a_passage("You can export a report as CSV. The file is kept for 7 days.", heading="Export")
OWN = {"sentences": [{"text": "Reports can be exported as CSV.", "supports": ["a.1"]}]}
BAD = {"sentences": [{"text": "The file is kept for 9 days.", "supports": ["a.2"]}]}


def report(*verdicts: object, name: str = "report_verdicts", call_id: str = "1") -> Any:
    told = [{"number": n, "verdict": v} for n, v in enumerate(verdicts, start=1)]
    return function_call(name, {"verdicts": told}, call_id=call_id)


async def read(*answer: Any, usage: Any = None) -> Verification:
    model = ScriptedModel([ModelStep(list(answer), raw_usage=usage)])
    return await SdkVerifier(model, settings=ModelSettings(preserve_raw_usage=True)).verify(STATEMENTS)


async def test_a_yes_to_every_sentence_holds_and_costs_what_it_cost() -> None:
    told = await read(report("supported", "supported"), usage={"input_tokens": 70, "output_tokens": 9})
    assert told == Verification(holds=True, usage=Usage(70, 9))


NO: dict[str, list[Any]] = {
    "one is not": [report("supported", "not_supported")],
    "unsure": [report("supported", "unsure")],
    "one is missing": [report("supported")],
    "one too many": [report("supported", "supported", "supported")],
    "twice the same number": [
        function_call("report_verdicts", {"verdicts": [{"number": 1, "verdict": "supported"}] * 2}, call_id="1")
    ],
    "two reports": [report("supported", "supported"), report("supported", "supported", call_id="2")],
    "another verdict": [report("supported", "yes")],
    "no JSON": [function_call("report_verdicts", "supported", call_id="1")],
    "more than was asked for": [function_call("report_verdicts", {"verdicts": [], "holds": True}, call_id="1")],
    "words": [assistant_message("All sentences are supported.")],
    "another tool": [report("supported", "supported", name="send_response")],
    "an echo": [assistant_message(json.dumps({"verdicts": [{"number": 1, "verdict": "supported"}]}))],
    "nothing": [],
}


@pytest.mark.parametrize("answer", NO)
async def test_whatever_is_no_clear_yes_is_a_no(answer: str) -> None:
    assert not (await read(*NO[answer])).holds


async def test_it_is_told_sentences_and_supports_and_nothing_of_the_customer() -> None:
    model = ScriptedModel([ModelStep([report("supported", "supported")])])
    await SdkVerifier(model, settings=ModelSettings()).verify(STATEMENTS)
    (call,) = model.calls
    content = call.input if isinstance(call.input, str) else next(iter(call.input))["content"]  # type: ignore[index]
    assert json.loads(str(content))["sentences"][0] == {
        "number": 1,
        "sentence": "Choose Export.",
        "heading": "Export",
        "approved": ["Choose Export in the report."],
    }
    assert [tool.name for tool in call.tools] == ["report_verdicts"]


async def test_its_failure_is_named_without_its_text() -> None:
    model = ScriptedModel([ModelStep.raise_error(RuntimeError("secret"))])
    with pytest.raises(ModelFailed) as caught:
        await SdkVerifier(model, settings=ModelSettings()).verify(STATEMENTS)
    assert "secret" not in str(caught.value) and caught.value.__cause__ is None


@dataclass
class Told:
    """A `Verifier` with planned answers; an error is raised."""

    answers: list[Verification | Exception]
    heard: list[tuple[Statement, ...]] = field(default_factory=list)

    async def verify(self, statements: Any) -> Verification:
        self.heard.append(tuple(statements))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


YES, REFUSED = Verification(True, Usage(7, 3)), Verification(False, Usage(7, 3))


async def decide(verifier: Verifier, *replies: Any) -> Decision:
    mind = ScriptedMind([[("send_response", each)] for each in replies])
    ports = replace(
        ports_of(mind, FixedSearch([FOUND])), mode=ReplyMode.GROUNDED, wording=Wording.SUPPORTED, verifier=verifier
    )
    return await run_turn(a_context("How do I export?"), ports)


async def test_a_verified_reply_is_sent_and_its_reading_is_paid_for() -> None:
    told = Told([YES])
    decision = await decide(told, OWN)
    assert (decision.outcome, decision.usage) == (Outcome.ANSWER, Usage(17, 8))
    assert told.heard == [
        (Statement("Reports can be exported as CSV.", ("You can export a report as CSV.",), "Export"),)
    ]


@pytest.mark.parametrize("answers", [[REFUSED, REFUSED], [ModelFailed("x", retryable=True)] * 2], ids=["no", "fails"])
async def test_a_reply_that_is_not_verified_twice_goes_to_a_person(answers: list[Verification | Exception]) -> None:
    decision = await decide(Told(answers), OWN, OWN)
    assert decision.escalation is not None
    assert (decision.outcome, decision.escalation.reason) == (Outcome.ESCALATE, Reason.GATE)
    assert "unverified" in decision.escalation.summary
    assert "exported" not in (decision.text or "")


async def test_what_its_failure_cost_is_unknown() -> None:
    assert (await decide(Told([ModelFailed("x"), YES]), OWN, OWN)).usage == Usage(None, None)


async def test_a_customer_is_answered_in_their_language_by_the_second_reading_alone() -> None:
    asked = "Wie kann ich den Bericht exportieren und was ist mit der Datei?"
    for days, outcome in ((7, Outcome.ANSWER), (9, Outcome.ESCALATE)):
        own = {
            "text": f"Die Datei ist {days} Tage da, und Sie können den Bericht als CSV exportieren.",
            "supports": ["a.1", "a.2"],
        }
        mind = ScriptedMind([[("send_response", {"sentences": [own]})]])
        ports = replace(ports_of(mind, FixedSearch([FOUND])), mode=ReplyMode.GROUNDED, wording=Wording.SUPPORTED)
        told = Told([YES])
        decision = await run_turn(a_context(asked), replace(ports, verifier=told))
        assert (decision.outcome, len(told.heard)) == (outcome, 1 if outcome is Outcome.ANSWER else 0)


async def test_a_sentence_in_a_language_that_nobody_wrote_is_not_let_through_for_it() -> None:
    own = [*OWN["sentences"], {"text": "Die Datei ist für immer da und kann nicht weg.", "supports": ["a.2"]}]
    told = Told([YES])
    decision = await decide(told, {"sentences": own})
    assert (decision.outcome, told.heard) == (Outcome.ESCALATE, [])


async def test_what_the_checks_refuse_is_not_read_a_second_time() -> None:
    told = Told([YES])
    decision = await decide(told, BAD, OWN)
    assert (decision.outcome, len(told.heard)) == (Outcome.ANSWER, 1)


async def test_copied_replies_are_not_read_a_second_time() -> None:
    told = Told([])
    mind = ScriptedMind([[("send_response", {"sentences": ["a.1"]})]])
    ports = replace(ports_of(mind, FixedSearch([FOUND])), wording=Wording.CHOSEN, verifier=told)
    assert (await run_turn(a_context("How do I export?"), ports)).outcome is Outcome.ANSWER
    assert told.heard == []


@pytest.mark.parametrize(
    "reply",
    [
        {"sentences": [{"text": "Reports can be exported as CSV.", "supports": []}]},
        {"sentences": [{"text": "Reports can be exported as CSV.", "supports": ["z.1"]}]},
        {"sentences": [{"text": "Reports can be exported as CSV.", "supports": ["first"]}]},
        {"sentences": [{"text": "Reports can be exported as CSV."}]},
        {"sentences": ["a.1"]},
        {"sentences": [{"text": "", "supports": ["a.1"]}]},
        {"sentences": [{"text": "x", "supports": ["a.1"] * 9}]},
        {"sentences": []},
    ],
    ids=lambda reply: repr(reply)[15:60],
)
async def test_a_sentence_that_rests_on_nothing_of_this_turn_is_an_invalid_call(reply: object) -> None:
    decision = await decide(Told([YES]), reply)
    assert [call.status for call in decision.tool_calls if call.name == "send_response"] == ["invalid", "ok"]


async def test_a_sentence_is_checked_against_its_own_supports_alone() -> None:
    foreign = {"sentences": [{"text": "The file is kept for 7 days.", "supports": ["a.1"]}]}
    decision = await decide(Told([YES]), foreign)
    assert decision.outcome is Outcome.ESCALATE


TEAM = a_passage("Administrators can delete a workspace. Members can leave it.", uri="t", heading="Team")


@pytest.mark.parametrize(
    "own",
    [
        [("Members", "b.2"), ("can delete a workspace.", "b.1")],
        [("It is not true that", "a.2"), ("the file is kept for 7 days.", "a.2")],
        [("The file is kept for 7 days", "a.2"), ("If you ask an owner.", "b.1")],
        [("No.", "a.1"), ("The file is kept for 7 days.", "a.2")],
        [("- Members", "b.2"), ("- can delete a workspace.", "b.1")],
        [("The file is kept for 7 days.", "a.2"), ("You can export a report as CSV.", "a.1")],
    ],
)
async def test_fragments_and_another_order_are_no_reply(own: list[tuple[str, str]]) -> None:
    told = Told([YES])
    mind = ScriptedMind([[("send_response", {"sentences": [{"text": t, "supports": [i]} for t, i in own]})]])
    ports = replace(ports_of(mind, FixedSearch([FOUND, TEAM])), mode=ReplyMode.GROUNDED, wording=Wording.SUPPORTED)
    decision = await run_turn(a_context("How do I export?"), replace(ports, verifier=told))
    assert [call.status for call in decision.tool_calls if call.name == "send_response"] == ["invalid", "ok"]
    assert told.heard == []


async def test_items_are_numbered_and_a_sentence_has_the_headings_of_all_its_supports() -> None:
    told = Told([YES])
    own = [{"text": "1. You can export a report as CSV.", "supports": ["a.1", "b.1"]}]
    mind = ScriptedMind([[("send_response", {"sentences": own})]])
    ports = replace(ports_of(mind, FixedSearch([FOUND, TEAM])), mode=ReplyMode.GROUNDED, wording=Wording.SUPPORTED)
    decision = await run_turn(a_context("How do I export?"), replace(ports, verifier=told))
    assert (decision.outcome, (decision.text or "")[:6]) == (Outcome.ANSWER, "1. You")
    assert [(each.text[:3], each.heading) for (each,) in told.heard] == [("You", "Export. Team")]


def test_the_day_of_a_date_is_no_mark() -> None:
    assert unmarked(["1. April we open.", "2. Wait.", "- Go.", "30. Days"]) == [
        "1. April we open.",
        "Wait.",
        "Go.",
        "30. Days",
    ]
