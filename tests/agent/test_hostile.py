"""A hostile model: whatever calls it makes, what leaves a turn keeps its structure.

The many cases are drawn from seeds, which is fast; the few from Hypothesis, which shrinks what it finds.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hostile import FIRST_SEED, RUNS, Hostile, case_of
from hostile_oracle import faults
from hostile_world import CANARY, PRIVATE, PUBLIC, Broken, Case, HostileMind, Shelves
from hypothesis import given, settings
from hypothesis import strategies as st

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import Author, Channel
from fte_agent.domain.turns import Citation, Decision, Outcome, ToolCall
from fte_agent.errors import ToolFailed
from fte_agent.gate.checks import ReplyMode
from fte_agent.testing import a_context
from fte_agent.turn.decide import MAX_ATTEMPTS, run_turn
from fte_agent.turn.tools import Wording

CHUNKS = 10


async def play(case: Case) -> Decision | None:
    """The case's decision; None when the turn failed as it should and so decided nothing."""
    breaks = case.reader is not None and case.reader.answer == "breaks"
    expected = case.context.attempt < MAX_ATTEMPTS and (case.mind.fails or breaks or case.shelves.breaks_at is not None)
    try:
        return await run_turn(case.context, case.ports())
    except (ToolFailed, Broken):
        assert expected, f"seed {case.seed} failed"
        return None


@pytest.mark.parametrize("chunk", range(CHUNKS))
async def test_no_call_sequence_breaks_the_structure(chunk: int) -> None:
    seeds = range(FIRST_SEED + chunk, FIRST_SEED + RUNS, CHUNKS)
    broken, seen = {}, Counter[tuple[ReplyMode | Wording, Outcome]]()
    for seed in seeds:
        case = case_of(seed)
        decision = await play(case)
        if decision is None:
            continue
        seen[case.mode, decision.outcome] += 1
        seen[_accepted_wording(decision), decision.outcome] += 1
        if found := faults(case, decision):
            broken[seed] = found
    assert not broken, f"replay by FTE_HOSTILE_RUNS=1 FTE_HOSTILE_SEED=<seed>: {broken}"
    for mode in ReplyMode:
        for outcome in (Outcome.ANSWER, Outcome.ESCALATE):
            assert seen[mode, outcome] >= len(seeds) // 100, "the model is too clumsy to test anything"
    for wording in Wording:
        assert seen[wording, Outcome.ANSWER] >= len(seeds) // 150, f"no reply is {wording}"


def _accepted_wording(decision: Decision) -> Wording:
    """How the reply that was sent had been worded."""
    sentences = decision.tool_calls[-1].arguments.get("sentences") if decision.tool_calls else None
    if not isinstance(sentences, list):
        return Wording.MESSAGE
    return Wording.CHOSEN if isinstance(sentences[0], str) else Wording.SUPPORTED


names = st.sampled_from(["create_ticket", "get_customer_history", "search_knowledge_base", "escalate_to_human", "rm"])
uris = st.sampled_from([*PUBLIC, *PRIVATE])
pieces = st.sampled_from(
    [
        "Ask an owner.",
        "Pick CSV or Excel in the next window.",
        "Choose Export in the report.",
        "See evil.example.",
        "\u200b",
        "\x00",
        "\n\n",
        CANARY,
    ]
)
replies = st.fixed_dictionaries(
    {"message": st.lists(pieces, max_size=4).map(" ".join) | st.text(max_size=50), "citations": st.lists(uris)},
    optional={"to": st.text(max_size=5), "ticket_id": st.uuids().map(str)},
)
escalations = st.fixed_dictionaries(
    {"reason": st.sampled_from(["legal", "not_found", "budget", ""]), "summary": st.text(max_size=20)}
)
searches = st.fixed_dictionaries({"query": st.text(max_size=20)}, optional={"max_results": st.integers(-1, 20)})
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
calls = st.one_of(
    st.tuples(st.just("send_response"), replies.map(json.dumps)),
    st.tuples(st.just("escalate_to_human"), escalations.map(json.dumps)),
    st.tuples(st.just("search_knowledge_base"), searches.map(json.dumps)),
    st.tuples(names | st.text(max_size=20), json_values.map(json.dumps) | st.text(max_size=30)),
)


@settings(max_examples=150)
@given(
    scripts=st.lists(st.lists(calls, max_size=25), max_size=3),
    mode=st.sampled_from(ReplyMode),
    channel=st.sampled_from(sorted(TRAITS)),
    at_once=st.booleans(),
)
async def test_a_counterexample_is_shrunk(
    scripts: list[list[tuple[str, str]]], mode: ReplyMode, channel: Channel, at_once: bool
) -> None:
    context = replace(a_context("How do I export?"), channel=channel)
    case = Case(0, context, mode, HostileMind(scripts, at_once=at_once), Shelves(), [])
    decision = await play(case)
    assert decision is not None
    assert faults(case, decision) == []


def test_a_case_is_the_same_wherever_it_is_made() -> None:
    assert repr(case_of(17)) == repr(Hostile(random.Random(17)).case(17)) != repr(case_of(18))


def with_message(decision: Decision, message: str) -> Decision:
    """``decision`` as if ``message`` had been accepted and sent."""
    last = replace(decision.tool_calls[-1], arguments={"message": message, "citations": []})
    return replace(decision, tool_calls=(*decision.tool_calls[:-1], last), parts=(f"{message}\n\nAcme Support",))


TAMPERED: dict[str, Callable[[Decision], Decision]] = {
    "grammar": lambda d: replace(d, tool_calls=(*d.tool_calls, d.tool_calls[-1])),
    "endless ledger": lambda d: replace(d, tool_calls=d.tool_calls * 5),
    "recipient or id": lambda d: replace(d, tool_calls=(ToolCall("rm", {"to": "eve"}, "refused", 0.0), *d.tool_calls)),
    "author": lambda d: replace(d, author=Author.SYSTEM),
    "uncited": lambda d: replace(d, citations=()),
    "foreign citation": lambda d: replace(d, citations=(*d.citations, Citation("internal/x", "", ""))),
    "too long": lambda d: with_message(d, "Ask an owner.\n\n" * 300),
    "no frame": lambda d: replace(d, parts=("Ask an owner.",)),
    "several parts": lambda d: replace(d, parts=(*d.parts, "x")),
    "something else was sent": lambda d: replace(d, parts=("Ask nobody.\n\nAcme Support",)),
    "planted": lambda d: with_message(d, "See \u202eelpmaxe.live."),
    "foreign": lambda d: with_message(d, "See e\u200bvil.example."),
    "number from nowhere": lambda d: with_message(d, "Wait 7 days."),
    "own words": lambda d: with_message(d, "Ask a owner."),
    "no template": lambda d: replace(d, outcome=Outcome.CLARIFY),
}


@pytest.mark.parametrize("fault", TAMPERED)
async def test_the_oracle_is_not_blind(fault: str) -> None:
    good = ("send_response", json.dumps({"message": "Ask an owner.", "citations": ["docs/export.md#limits"]}))
    planted = ["\u202eelpmaxe.live"]
    case = Case(0, a_context("How do I export?"), ReplyMode.VERBATIM, HostileMind([[good]]), Shelves(), planted)
    decision = await play(case)
    assert decision is not None
    assert faults(case, decision) == []
    assert fault in faults(case, TAMPERED[fault](decision))
