"""Replies by ids of sentences: what a hosted model is shown, and what whatever it names comes to."""

import json
from dataclasses import replace
from typing import Any

import pytest
from endpoint_world import ports_of
from sdk_doubles import PREAMBLE

from fte_agent.domain.turns import Decision, Outcome, Reason
from fte_agent.gate.checks import ReplyMode
from fte_agent.testing import FixedSearch, ScriptedMind, a_context, a_passage
from fte_agent.turn.choice import passages_json
from fte_agent.turn.decide import run_turn
from fte_agent.turn.tools import MAX_SENTENCES, Wording

STEPS = "1. Open the report.\n2. Choose Export."
EXPORT = a_passage(
    f"Reports can be exported. However, guests cannot export. Do this:\n\n{STEPS}\n\nFiles are kept for 7 days.",
    uri="docs/export.md#csv",
    heading="Export",
)
TEAM = a_passage("Owners invite people. An invitation can be withdrawn.", uri="docs/team.md#invite", heading="Invite")
HIDDEN = "docs/internal.md#handbook"


async def chosen(
    *ids: object, found: Any = (EXPORT, TEAM), question: str = "How do I export?"
) -> tuple[Decision, list[str]]:
    """The decision after one reply by ``ids``, and what the model heard."""
    mind = ScriptedMind([[("send_response", {"sentences": list(ids)})]])
    ports = replace(ports_of(mind, FixedSearch(found)), wording=Wording.CHOSEN)
    return await run_turn(a_context(question), ports), mind.heard


async def reply(*ids: object, **changes: Any) -> str:
    decision, heard = await chosen(*ids, **changes)
    assert decision.outcome is Outcome.ANSWER, heard
    return (decision.text or "").removesuffix("\n\nAcme Support")


def test_a_model_is_shown_each_sentence_once_with_a_short_id() -> None:
    shown = json.loads(passages_json([TEAM], {EXPORT.section.uri: EXPORT, TEAM.section.uri: TEAM}))
    (passage,) = shown["passages"]
    assert passage == {
        "title": "Handbook",
        "heading": "Invite",
        "sentences": {"b.1": "Owners invite people. An invitation can be withdrawn."},
    }


def test_the_twenty_seventh_section_is_aa() -> None:
    found = {str(n): a_passage(f"Fact {n}.", uri=str(n)) for n in range(30)}
    named = [
        name for each in json.loads(passages_json(found.values(), found))["passages"] for name in each["sentences"]
    ]
    assert named[25:28] == ["z.1", "aa.1", "ab.1"] and len(set(named)) == 30


async def test_a_short_section_comes_whole() -> None:
    assert await reply("b.1", "a.1") == f"{TEAM.section.content}\n\n{EXPORT.section.content}"


def paragraph(name: str) -> str:
    """Too long for two to be one section that is not cut, short enough not to be cut itself."""
    return " ".join(f"{name} sentence {word} tells of files." for word in ("one", "two", "three", "four", "five"))


LONG = a_passage("\n\n".join(map(paragraph, ("Alpha", "Beta", "Gamma"))), uri="docs/long.md#x", heading="Long")


async def test_all_of_a_section_stands_where_it_is_first_named_and_as_it_stands_there() -> None:
    assert await reply("first", "a.3", "b.1", "second", "a.1", "a.1", found=(LONG, TEAM)) == (
        f"To your first question:\n\n{paragraph('Alpha')}\n\n{paragraph('Gamma')}\n\n{TEAM.section.content}"
    )


async def test_phrases_open_parts_and_nothing_comes_twice() -> None:
    assert await reply("first", "a.2", "second", "b.1", "also", "a.2", found=(LONG, TEAM)) == (
        f"To your first question:\n\n{paragraph('Beta')}\n\nTo your second question:\n\n{TEAM.section.content}"
    )


async def test_a_yes_comes_with_the_heading_that_it_answers() -> None:
    found = [a_passage("Yes. Invoices are due within 14 days.", heading="Can I pay by invoice?")]
    assert await reply("a.1", found=found) == f"Can I pay by invoice?\n\n{found[0].section.content}"


@pytest.mark.parametrize("wording", [Wording.CHOSEN, Wording.SUPPORTED])
async def test_who_was_offered_ids_may_write_no_message(wording: Wording) -> None:
    copied = {"message": "Owners invite people.", "citations": [TEAM.section.uri]}
    mind = ScriptedMind([[("send_response", copied)]])
    decision = await run_turn(a_context("How?"), replace(ports_of(mind, FixedSearch([TEAM])), wording=wording))
    assert [call.status for call in decision.tool_calls if call.name == "send_response"] == ["invalid", "ok"]


async def test_a_phrase_is_in_the_language_of_its_sentences() -> None:
    german = a_passage("Die Datei ist für alle da. Sie können sie mit einem Klick laden.", uri="d")
    said = await reply("first", "a.1", found=[german], question="Wo ist die Datei und wie kann ich sie laden?")
    assert said.startswith("Zu Ihrer ersten Frage:\n\n")


@pytest.mark.parametrize(
    "ids",
    [
        ["c.1"],
        ["a.1", "a.99"],
        ["a.0"],
        ["a.01"],
        ["A.1"],
        ["a.1 "],
        ["a"],
        ["a.\u0661"],
        [HIDDEN],
        [EXPORT.section.uri],
        ["fourth", "a.1"],
        ["first"],
        ["first", "second"],
        [],
        [1.1],
        [None],
        [["a.1"]],
        ["a.1"] * (MAX_SENTENCES + 1),
        ["a" * 21],
        ["a.\x00"],
        ["Reports can be exported."],
    ],
    ids=lambda ids: repr(ids)[:30],
)
async def test_whatever_names_no_sentence_of_this_turn_is_an_invalid_call(ids: list[object]) -> None:
    decision, heard = await chosen(*ids)
    assert decision.outcome is Outcome.ESCALATE
    (said,) = heard
    assert said.startswith("Invalid arguments: sentences") and "handbook" not in said
    assert [call.status for call in decision.tool_calls if call.name == "send_response"] == ["invalid", "ok"]


async def test_ids_stay_when_more_is_found() -> None:
    first = json.loads(passages_json([EXPORT], {EXPORT.section.uri: EXPORT}))["passages"][0]["sentences"]
    both = {EXPORT.section.uri: EXPORT, TEAM.section.uri: TEAM}
    assert json.loads(passages_json([TEAM, EXPORT], both))["passages"][1]["sentences"] == first


async def test_a_search_of_the_model_s_own_shows_ids_too() -> None:
    mind = ScriptedMind([[("search_knowledge_base", {"query": "x"}), ("send_response", {"sentences": ["b.1"]})]])
    decision = await run_turn(
        a_context("How?"), replace(ports_of(mind, FixedSearch([EXPORT, TEAM])), wording=Wording.CHOSEN)
    )
    assert json.loads(mind.heard[0])["passages"][1]["sentences"]["b.1"] == TEAM.section.content
    assert [citation.uri for citation in decision.citations] == [TEAM.section.uri]


async def test_the_ledger_holds_the_ids_and_what_they_came_to() -> None:
    decision, _ = await chosen("a.1")
    assert decision.tool_calls[-1].arguments == {
        "sentences": ["a.1"],
        "message": EXPORT.section.content,
        "citations": [EXPORT.section.uri],
    }
    assert [call.name for call in decision.tool_calls] == [*PREAMBLE, "send_response"]


async def test_who_was_not_offered_ids_may_not_name_any() -> None:
    mind = ScriptedMind([[("send_response", {"sentences": ["a.1"]})]])
    decision = await run_turn(a_context("How?"), replace(ports_of(mind), wording=Wording.MESSAGE))
    assert (decision.outcome, decision.tool_calls[3].status) == (Outcome.ESCALATE, "invalid")


GERMAN = "Wie kann ich einen Bericht mit dem Programm exportieren?"


async def test_a_question_in_a_language_of_no_document_goes_to_a_person_before_a_model_is_asked() -> None:
    found = [a_passage("You can export a report with the menu. It is in the window.")]
    decision, heard = await chosen("a.1", found=found, question=GERMAN)
    assert decision.escalation is not None
    assert (decision.escalation.reason, heard, decision.model) == (Reason.LANGUAGE, [], "")


async def test_an_answer_in_another_language_is_none_and_is_not_repaired() -> None:
    found = [
        a_passage("You can export a report with the menu. It is in the window.", uri="en"),
        a_passage("Der Bericht ist in der Liste und kann nicht gelöscht werden.", uri="de"),
    ]
    decision, heard = await chosen("a.1", found=found, question=GERMAN)
    assert decision.escalation is not None and len(heard) == 1
    assert decision.escalation.reason is Reason.LANGUAGE
    assert "Vielen Dank" in (decision.text or "")
    assert (await reply("b.1", found=found, question=GERMAN)).startswith("Der Bericht")


async def test_a_grounded_reply_in_another_language_is_repaired_once() -> None:
    found = FixedSearch([a_passage("Der Bericht ist in der Liste und kann nicht gelöscht werden.")])
    own = {"text": "The report is in the list and cannot be deleted.", "supports": ["a.1"]}
    mind = ScriptedMind([[("send_response", {"sentences": [own]})]] * 2)
    ports = replace(ports_of(mind, found), wording=Wording.SUPPORTED, mode=ReplyMode.GROUNDED)
    decision = await run_turn(a_context(GERMAN), ports)
    assert decision.escalation is not None
    assert (decision.escalation.reason, len(mind.requests)) == (Reason.LANGUAGE, 2)
    assert mind.requests[1].repair is not None and "language" in mind.requests[1].repair
