"""Tickets through the real turn: what it is given, what is kept of it, and the turn without the sections."""

import json

import pytest

from fte_agent.domain.behaviour import Company
from fte_agent.domain.identity import Past
from fte_agent.domain.knowledge import EmbeddedSection, Section
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Outcome, Reason, Trigger
from fte_agent.errors import ModelFailed
from fte_agent.evaluation.accepted import HiddenSections, accepted_uris
from fte_agent.evaluation.play import NoCustomers, context_of, play
from fte_agent.evaluation.suite import InvalidSuite, SuiteTicket
from fte_agent.knowledge.memory import InMemoryKnowledge
from fte_agent.knowledge.ranking import RankedSearch
from fte_agent.testing import START, FixedClock, FixedSearch, ScriptedMind, WordClassifier, a_context, a_passage
from fte_agent.turn.decide import TurnPorts
from fte_agent.turn.policy import Verdict

PASSAGE = a_passage("Choose Export.", uri="docs/help.md#export")
REPLY = ("send_response", {"message": "Choose Export.", "citations": [PASSAGE.section.uri]})
MISS = [
    ("search_knowledge_base", {"query": "other words"}),
    ("escalate_to_human", {"reason": "not_found", "summary": "nothing"}),
]


def a_ticket(**fields: object) -> SuiteTicket:
    given = {"id": "t-1", "channel": "email", "messages": ["How do I export?"], "outcome": "social"}
    return SuiteTicket.model_validate_json(json.dumps(given | fields))


def answerable(**fields: object) -> SuiteTicket:
    return a_ticket(outcome="answer", accepted_sections=["help.md#export"], **fields)


def ports(mind: ScriptedMind, *, step: float = 0.0) -> TurnPorts:
    return TurnPorts(
        company=Company("Acme"),
        customers=NoCustomers(),
        search=FixedSearch([PASSAGE]),
        model=mind,
        classifier=WordClassifier({"lawyer": Verdict(Reason.LEGAL, Trigger.RULE, 1.0)}),
        clock=FixedClock(step=step),
    )


def a_section(uri: str, heading: str = "Export") -> Section:
    return Section(uri, "Help", heading, "text")


def test_the_context_is_what_the_store_would_give():
    ticket = a_ticket(
        channel="whatsapp",
        subject="Export",
        customer_name="Ada",
        history=[{"author": "customer", "text": "Hi"}, {"author": "ai", "text": "Hello"}],
        messages=["How?", "And when?"],
    )
    context = context_of(ticket, START)
    assert [(m.seq, m.author, m.body) for m in context.history] == [(1, Author.CUSTOMER, "Hi"), (2, Author.AI, "Hello")]
    assert [(m.seq, m.author, m.body) for m in context.burst] == [
        (3, Author.CUSTOMER, "How?"),
        (4, Author.CUSTOMER, "And when?"),
    ]
    assert (context.subject, context.customer_name, context.channel, context.max_chars) == (
        "Export",
        "Ada",
        "whatsapp",
        4800,
    )
    assert not context.automated
    assert context_of(a_ticket(automated=True), START).automated


def test_identifiers_follow_from_the_tickets_id():
    one, same, other = (context_of(a_ticket(id=name), START) for name in ("a", "a", "b"))
    assert one == same
    assert len({c.conversation_id for c in (one, other)} | {c.ticket_id for c in (one, other)}) == 4


@pytest.mark.parametrize(("channel", "limit"), [("email", 20_000), ("whatsapp", 4_800), ("web_form", 4_000)])
def test_a_reply_may_be_as_long_as_its_channel_allows(channel, limit):
    assert context_of(a_ticket(channel=channel), START).max_chars == limit


async def test_what_the_turn_decided_is_kept():
    (record,) = await play([answerable()], {"t-1": frozenset({PASSAGE.section.uri})}, ports(ScriptedMind([[REPLY]])))
    assert (record.ending.outcome, record.ending.reason, record.ending.citations) == (
        Outcome.ANSWER,
        None,
        (PASSAGE.section.uri,),
    )
    assert record.ending.tools == (
        "create_ticket",
        "get_customer_history",
        "search_knowledge_base",
        "send_response",
    )
    assert record.ending.text == "Hello,\n\nChoose Export.\n\nKind regards,\nAcme Support"
    assert (record.ending.tokens, record.correct, record.removed) == (15, True, None)


async def test_an_escalation_and_a_silence_are_kept():
    tickets = [a_ticket(id="legal", messages=["My lawyer!"]), a_ticket(id="robot", automated=True)]
    legal, robot = await play(tickets, dict.fromkeys(("legal", "robot"), frozenset()), ports(ScriptedMind()))
    assert (legal.ending.outcome, legal.ending.reason, legal.ending.tokens) == (Outcome.ESCALATE, Reason.LEGAL, 0)
    assert (robot.ending.outcome, robot.ending.text, robot.ending.tools) == (Outcome.SILENCE, "", ())


async def test_stages_are_timed_and_those_that_did_not_run_are_not():
    tickets = [answerable(id="a"), a_ticket(id="b", messages=["My lawyer!"]), a_ticket(id="c", automated=True)]
    accepted = {"a": frozenset({PASSAGE.section.uri}), "b": frozenset(), "c": frozenset()}
    a, b, c = (r.ending.latency for r in await play(tickets, accepted, ports(ScriptedMind([[REPLY]]), step=0.001)))
    assert (a.classify, a.search) == (pytest.approx(2.0), pytest.approx(1.0))  # the rules, and how it sounds
    assert a.model is not None
    assert 1.0 < a.model < a.total
    assert b.classify == pytest.approx(2.0)
    assert (b.search, b.model) == (None, None)
    assert (c.total, c.classify, c.search, c.model) == (pytest.approx(1.0), None, None, None)


async def test_a_turn_that_fails_goes_to_a_person_and_the_rest_is_played():
    class Breaking(ScriptedMind):
        async def run(self, request, tools):
            self.error = ModelFailed("broken") if not self.requests else None
            return await super().run(request, tools)

    tickets = [answerable(id="a"), answerable(id="b")]
    accepted = dict.fromkeys("ab", frozenset({PASSAGE.section.uri}))
    a, b = await play(tickets, accepted, ports(Breaking([[], [REPLY]])))
    assert (a.ending.outcome, a.ending.reason) == (Outcome.ESCALATE, Reason.FAILURE)
    assert b.ending.outcome is Outcome.ANSWER


async def test_a_ticket_with_sections_is_played_again_without_them():
    hidden = []

    def without(uris):
        hidden.append(uris)
        return FixedSearch()

    tickets = [answerable(id="a"), a_ticket(id="b"), answerable(id="none")]
    accepted = {"a": frozenset({PASSAGE.section.uri}), "b": frozenset(), "none": frozenset()}
    mind = ScriptedMind([[REPLY], MISS, [REPLY], [REPLY]])
    a, b, none = await play(tickets, accepted, ports(mind), without)
    assert hidden == [accepted["a"]]
    assert a.correct
    assert a.removed is not None
    assert (a.removed.outcome, a.removed.reason) == (Outcome.ESCALATE, Reason.NOT_FOUND)
    assert (b.removed, none.removed) == (None, None)
    assert not none.correct


def test_a_label_means_the_section_and_its_pieces_with_or_without_the_source():
    sections = [
        *(a_section(f"docs/help.md#export{piece}") for piece in ("", "--2", "--3")),
        a_section("docs/help.md#export-1"),
        a_section("docs/help.md#export--4", "Export & 4"),
        a_section("docs/other.md#export"),
        a_section("more/help.md#export"),
    ]
    tickets = [
        a_ticket(id=str(number), outcome="answer", accepted_sections=names)
        for number, names in enumerate(
            [
                ["help.md#export"],
                ["docs/help.md#export"],
                ["help.md#export--2"],
                ["help.md#export--4"],
                ["other.md#export", "help.md#export-1"],
            ]
        )
    ]
    meant = accepted_uris([*tickets, a_ticket(id="none")], sections)
    assert meant == {
        "0": {*(f"docs/help.md#export{piece}" for piece in ("", "--2", "--3")), "more/help.md#export"},
        "1": {f"docs/help.md#export{piece}" for piece in ("", "--2", "--3")},
        "2": {"docs/help.md#export--2"},
        "3": {"docs/help.md#export--4"},
        "4": {"docs/other.md#export", "docs/help.md#export-1"},
        "none": frozenset(),
    }


def test_a_section_that_is_not_there_is_named_with_its_ticket():
    tickets = [answerable(), a_ticket(id="t-2", outcome="answer", accepted_sections=["help.md#export", "help.md#x"])]
    sections = [a_section("docs/help.md#export")]
    with pytest.raises(InvalidSuite, match=r"not in the knowledge \(t-2: help\.md#x\); correct them"):
        accepted_uris(tickets, sections)
    assert accepted_uris(tickets, sections, allow_missing=True)["t-2"] == {"docs/help.md#export"}
    with pytest.raises(InvalidSuite, match=r"t-1: .*and 1 more\)"):
        accepted_uris([a_ticket(outcome="answer", accepted_sections=["n.md#n"] * 6)], sections)


class Flat:
    """Embeds every text alike, so that the order of the store decides."""

    identity = "flat"
    dimensions = 1

    async def embed(self, texts):
        return [[1.0] for _ in texts]


async def knowledge_of(sections):
    knowledge = InMemoryKnowledge()
    await knowledge.write_snapshot("s", "flat", 1, [EmbeddedSection(section, [1.0]) for section in sections])
    return knowledge


async def test_hiding_sections_is_like_never_having_had_them():
    sections = [a_section(f"docs/help.md#{number:02}") for number in range(60)]
    hidden = frozenset(section.uri for section in sections[:30])
    hiding = HiddenSections(await knowledge_of(sections), hidden)
    found = await RankedSearch(hiding, Flat(), "s").search("text", 10)
    assert found == await RankedSearch(await knowledge_of(sections[30:]), Flat(), "s").search("text", 10)
    assert len(found) == 10


async def test_every_customer_is_new():
    assert await NoCustomers().past(a_context("Hi")) == Past()
