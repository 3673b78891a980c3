"""The suite's format against the published schema, and what an author is told of a mistake."""

import json
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fte_agent.channels import TRAITS, WHATSAPP
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Outcome, Reason
from fte_agent.evaluation.suite import InvalidSuite, merged, parse_suite

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "context/ticket-suite.schema.json").read_text("utf-8"))
SECTIONS = ["docs.md#export"]
ANSWER = {"id": "t-1", "channel": "email", "messages": ["How?"], "outcome": "answer", "accepted_sections": SECTIONS}
ESCALATE = {"id": "t-1", "channel": "whatsapp", "messages": ["Sue!"], "outcome": "escalate", "reason": "legal"}
SOCIAL = {"id": "t-1", "channel": "web_form", "messages": ["Hi"], "outcome": "social"}
FULL = ESCALATE | {
    "language": "deu",
    "subject": "s" * 500,
    "customer_name": "Ada",
    "messages": ["", "m" * 20_000],
    "history": [{"author": author, "text": ""} for author in ("customer", "ai", "human", "system")],
    "automated": True,
    "trigger": "implicit",
    "accepted_sections": [],
    "tags": ["", "mixed"],
    "author": "a",
}
WRONG_KINDS = [None, 0, 1, True, "", "x", [], [None], [""], {}, ["a#b"], [{"author": "ai"}]]
RIGHT = [
    "answer",
    "escalate",
    "social",
    "acknowledge_cap",
    "silence",
    "legal",
    "budget",
    "explicit",
    "email",
    "en",
    "EN",
    "a#b#c",
]
FIELDS = [*SCHEMA["$defs"]["ticket"]["properties"], "unknown"]
LONG = [
    {"messages": []},
    {"messages": ["x"] * 21},
    {"messages": ["x" * 20_001]},
    {"subject": "😀" * 500},
    {"subject": "x" * 501},
    {"customer_name": "x" * 201},
    {"history": [{"author": "ai", "text": "x"}] * 51},
    {"history": [{"author": "ai", "text": "x", "at": "now"}]},
    {"id": "a" * 80},
    {"id": "a" * 81},
    {"id": ".a"},
    {"id": "ä"},
    {"accepted_sections": ["a#b", "#b"]},
    {"accepted_sections": ["a#"]},
]


def a_suite(*tickets: object, **fields: object) -> dict[str, object]:
    return {"name": "suite", "tickets": list(tickets), **fields}


def agree(suite: object) -> bool:
    """Whether both accept ``suite``; fails where they disagree."""
    by_schema = Draft202012Validator(SCHEMA).is_valid(suite)
    try:
        parse_suite(json.dumps(suite))
    except InvalidSuite:
        by_model = False
    else:
        by_model = True
    assert by_model is by_schema, suite
    return by_model


@pytest.mark.parametrize("ticket", [ANSWER, ESCALATE, SOCIAL, FULL])
def test_good_tickets_are_accepted(ticket: dict[str, object]) -> None:
    assert agree(a_suite(ticket, **{"$schema": "x", "description": ""}))


@pytest.mark.parametrize("ticket", [ANSWER, ESCALATE])
@pytest.mark.parametrize("change", LONG, ids=lambda change: f"{next(iter(change))}-{len(str(change))}")
def test_limits_agree(ticket: dict[str, object], change: dict[str, object]) -> None:
    agree(a_suite(ticket | change))


@pytest.mark.parametrize("ticket", [ANSWER, ESCALATE, SOCIAL, FULL])
@pytest.mark.parametrize("field", FIELDS)
def test_any_value_in_any_field_is_judged_alike(ticket: dict[str, object], field: str) -> None:
    agree(a_suite({name: value for name, value in ticket.items() if name != field}))
    verdicts = [agree(a_suite(ticket | {field: value})) for value in (*WRONG_KINDS, *RIGHT)]
    assert not all(verdicts)


@given(
    st.sampled_from([ANSWER, SOCIAL, FULL]),
    st.dictionaries(st.sampled_from(FIELDS), st.sampled_from([*RIGHT, ["a#b"]])),
)
def test_changes_together_are_judged_alike(ticket: dict[str, object], changes: dict[str, object]) -> None:
    agree(a_suite(ticket | changes))


@pytest.mark.parametrize("field", ["$schema", "schema_id", "name", "description", "tickets", "unknown"])
def test_the_suites_own_fields_are_judged_alike(field: str) -> None:
    for value in [*WRONG_KINDS, "n" * 100, "n" * 101]:
        agree(a_suite(ANSWER) | {field: value})
    agree({name: value for name, value in a_suite(ANSWER).items() if name != field})


@pytest.mark.parametrize("value", [[], None, 1, "x", {}])
def test_what_is_no_suite_is_judged_alike(value: object) -> None:
    assert not agree(value)


def test_a_ticket_is_read_as_it_stands() -> None:
    (ticket,) = parse_suite(json.dumps(a_suite(FULL))).tickets
    assert (ticket.channel, ticket.outcome, ticket.reason) == (WHATSAPP, Outcome.ESCALATE, Reason.LEGAL)
    assert [said.author for said in ticket.history] == [Author.CUSTOMER, Author.AI, Author.HUMAN, Author.SYSTEM]
    assert ticket.messages[0] == ""
    assert ticket.tags == ("", "mixed")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"channel": "fax"}, "ticket t-1 channel: must be one of email, whatsapp, web_form"),
        ({"reason": None}, "ticket t-1 reason: must not be null; leave the field out"),
        ({"reason": "legal"}, "ticket t-1: reason and trigger go only with outcome escalate; remove them"),
        ({"trigger": "explicit"}, "ticket t-1: reason and trigger go only with outcome escalate; remove them"),
        ({"outcome": "escalate"}, "ticket t-1: reason is missing; outcome escalate needs one"),
        ({"outcome": "social"}, "ticket t-1: accepted_sections go always and only with outcome answer"),
        ({"history": [{"author": "ai"}]}, "ticket t-1 history.0.text: Field required"),
        ({"id": 7}, "ticket number 1 id: Input should be a valid string"),
    ],
)
def test_a_mistake_is_named_with_its_ticket_and_field(change: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidSuite) as caught:
        parse_suite(json.dumps(a_suite(ANSWER | change)))
    assert told in str(caught.value)


def test_a_mistake_is_told_without_the_customers_words() -> None:
    text = json.dumps(a_suite(ANSWER | {"messages": "my secret words"}))
    with pytest.raises(InvalidSuite, match="ticket t-1 messages") as caught:
        parse_suite(text)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_many_mistakes_are_counted() -> None:
    with pytest.raises(InvalidSuite) as caught:
        parse_suite(json.dumps(a_suite(*[ANSWER | {"id": f"t-{n}", "channel": "fax"} for n in range(8)])))
    assert "t-4" in str(caught.value)
    assert "t-5" not in str(caught.value)
    assert str(caught.value).endswith("; and 3 more")


@pytest.mark.parametrize("text", ["", "{", "[" * 5000, '{"name": "x", "tickets": [\x00]}'])
def test_what_is_no_json_is_said_to_be_none(text: str) -> None:
    with pytest.raises(InvalidSuite, match="Invalid JSON"):
        parse_suite(text)


def test_two_tickets_with_one_id_are_refused_in_one_suite_and_across() -> None:
    with pytest.raises(InvalidSuite, match="ticket t-1 stands twice in suite; give each ticket"):
        parse_suite(json.dumps(a_suite(ANSWER, ESCALATE)))
    one, other = (parse_suite(json.dumps(a_suite(ANSWER) | {"name": name})) for name in ("one", "other"))
    with pytest.raises(InvalidSuite, match="ticket t-1 stands twice in one and other"):
        merged([one, other])


def test_suites_are_played_in_their_order() -> None:
    suites = [parse_suite(json.dumps(a_suite(ANSWER | {"id": name}))) for name in "ba"]
    assert [ticket.id for ticket in merged(suites)] == ["b", "a"]


def test_the_published_schema_knows_every_channel_and_reason() -> None:
    fields = SCHEMA["$defs"]["ticket"]["properties"]
    assert fields["channel"]["enum"] == list(TRAITS)
    assert set(fields["reason"]["enum"]) == set(Reason)
