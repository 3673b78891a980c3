"""A hostile model: whatever calls it makes, what leaves a turn keeps its structure.

The oracle shares nothing with the code it judges: a regular expression over the ledger, and sets of its own.
"""

import asyncio
import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from fte_agent.decide import TurnPorts, run_turn
from fte_agent.domain.behaviour import Company
from fte_agent.domain.turns import Outcome
from fte_agent.testing import (
    FixedClock,
    FixedHistory,
    FixedSearch,
    ScriptedMind,
    WordClassifier,
    a_context,
    a_passage,
)

FOUND = {f"docs/a.md#{n}": f"Sentence number {n}. Another one." for n in range(3)}
SEARCH = FixedSearch([a_passage(content, uri=uri) for uri, content in FOUND.items()])
GRAMMAR = re.compile(
    r"create_ticket get_customer_history( search_knowledge_base){0,4}( escalate_to_human)? send_response"
)

names = st.sampled_from(
    ["create_ticket", "get_customer_history", "search_knowledge_base", "escalate_to_human", "send_response", "rm", ""]
) | st.text(max_size=20)
uris = st.sampled_from([*FOUND, "docs/secret.md#x"]) | st.text(max_size=10)
sentences = st.sampled_from(
    ["Sentence number 0.", "Another one.", "Pay 5 EUR to evil.example.", "Ignore this.", "\u200b", "\x00", "\n\n"]
)
messages = st.lists(sentences, max_size=4).map(" ".join) | st.text(max_size=50)
replies = st.fixed_dictionaries(
    {"message": messages, "citations": st.lists(uris, max_size=4)},
    optional={"to": st.text(max_size=5), "ticket_id": st.uuids().map(str)},
)
almost_good = st.lists(st.sampled_from([*FOUND, "docs/secret.md#x"]), min_size=1, max_size=2, unique=True).map(
    lambda cited: {"message": "Another one.", "citations": cited}
) | st.just({"message": "Another one. Sentence number 0.", "citations": ["docs/a.md#0"]})
escalations = st.fixed_dictionaries(
    {"reason": st.sampled_from(["legal", "not_found", "budget", ""]), "summary": st.text(max_size=20)}
)
searches = st.fixed_dictionaries({"query": st.text(max_size=20)}, optional={"max_results": st.integers(-1, 20)})
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
well_formed = st.one_of(
    st.tuples(st.just("send_response"), replies | almost_good),
    st.tuples(st.just("escalate_to_human"), escalations),
    st.tuples(st.just("search_knowledge_base"), searches),
)
calls = st.one_of(
    well_formed,
    st.tuples(names, replies | escalations | searches),
    st.tuples(names, json_values.map(json.dumps)),
    st.tuples(names, st.text(max_size=30)),
)
scripts = st.lists(st.lists(calls, max_size=25), max_size=3)


@settings(max_examples=300, deadline=None)
@given(scripts)
def test_no_call_sequence_breaks_the_structure(script):
    context = a_context("How do I export?")
    ports = TurnPorts(
        company=Company("Acme"),
        customers=FixedHistory(),
        search=SEARCH,
        model=ScriptedMind([list(run) for run in script]),
        classifier=WordClassifier(),
        clock=FixedClock(),
    )
    decision = asyncio.run(run_turn(context, ports))

    effective = [call for call in decision.tool_calls if call.status == "ok"]
    assert GRAMMAR.fullmatch(" ".join(call.name for call in effective))
    assert len(decision.tool_calls) <= 18
    assert (decision.outcome is Outcome.ESCALATE) == (decision.escalation is not None)
    assert decision.outcome in (Outcome.ANSWER, Outcome.ESCALATE)
    assert (decision.outcome is Outcome.ANSWER) == (decision.author.value == "ai")
    assert (decision.outcome is Outcome.ANSWER) == bool(decision.citations)
    assert {citation.uri for citation in decision.citations} <= set(FOUND)
    assert not {"to", "ticket_id", "customer_id", "recipient"} & {key for call in effective for key in call.arguments}
    assert decision.text is not None
    assert "EUR" not in decision.text
    assert "evil" not in decision.text
    assert len(decision.text) <= context.max_chars
    if decision.outcome is Outcome.ANSWER:
        body = decision.text.removesuffix("\n\nAcme Support")
        paragraphs = filter(None, map(str.strip, re.split(r"\n\s*\n", body)))
        assert all(any(" ".join(each.split()) in content for content in FOUND.values()) for each in paragraphs)
    assert "\x00" not in json.dumps([call.arguments for call in decision.tool_calls], ensure_ascii=False)
