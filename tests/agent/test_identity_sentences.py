"""What customers say of earlier contacts and of their own addresses: labelled sentences in four languages.

The files say which sentences the rules were made with; the rest measures. What must never be taken for a claim is not.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from growth import BOUND, growth

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_agent.identity.claims import claim_in
from fte_agent.identity.code_alone import is_code
from fte_agent.identity.references import reference_in

FOLDER = Path(__file__).resolve().parents[1] / "data" / "identity"


def labelled(name: str) -> list[dict[str, Any]]:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def referred(row: dict[str, Any]) -> tuple[list[str] | None, bool]:
    found = reference_in([row["text"]], channel=WHATSAPP, anew=True)
    return (None, False) if found is None else (sorted(found.ways), found.bare)


def claimed(row: dict[str, Any]) -> tuple[list[str], bool]:
    found = claim_in([row["text"]], asked=row.get("asked", False))
    return ([], False) if found is None else ([each.value for each in found.addresses], found.bare)


@pytest.mark.parametrize("row", labelled("references-tuning"), ids=lambda row: row["text"][:40])
def test_a_reference_to_an_earlier_contact_is_told_from_what_only_names_a_way(row):
    assert referred(row) == (row["ways"], row["bare"])


@pytest.mark.parametrize("row", labelled("claims-tuning"), ids=lambda row: row["text"][:40])
def test_an_address_of_the_customer_s_is_told_from_one_that_is_mentioned(row):
    assert claimed(row) == (row["claims"], row.get("bare", False))


def test_how_many_references_are_understood_that_were_written_after_the_rules():
    rows = labelled("references-held-out")
    assert sum(referred(row) == (row["ways"], row["bare"]) for row in rows) >= 14
    assert sum((referred(row)[0] is None) == (row["ways"] is None) for row in rows) >= 17
    assert not [row["text"] for row in rows if row["ways"] is None and referred(row)[1]]


def test_how_many_claims_are_understood_that_were_written_after_the_rules():
    rows = labelled("claims-held-out")
    assert sum(claimed(row) == (row["claims"], row.get("bare", False)) for row in rows) >= 13
    assert sum(claimed(row)[0] == row["claims"] for row in rows) >= 16


@pytest.mark.parametrize("name", ["claims-held-out", "claims-tuning"])
def test_no_address_is_claimed_that_the_customer_did_not_call_theirs(name):
    assert not [row["text"] for row in labelled(name) if set(claimed(row)[0]) - set(row["claims"])]


def test_there_are_enough_sentences_and_a_third_of_them_came_after_the_rules():
    for kind in ("references", "claims"):
        files = [labelled(f"{kind}-{which}") for which in ("tuning", "held-out")]
        assert sum(map(len, files)) >= 60
        assert {row["language"] for rows in files for row in rows} == {"en", "de", "es", "fr"}


def test_the_channel_itself_is_no_other_way():
    said = ["I wrote to you by mail yesterday."]
    assert reference_in(said, channel=EMAIL, anew=True) is None
    assert reference_in(said, channel=WEB_FORM, anew=True).ways == {EMAIL}


def test_a_contact_without_a_way_counts_only_where_nothing_stands_above():
    said = ["I already wrote to you last week."]
    assert reference_in(said, channel=EMAIL, anew=True).bare
    assert reference_in(said, channel=EMAIL, anew=False) is None


def test_a_subject_of_its_own_makes_a_reference_more_than_that():
    body = "I wrote to you on WhatsApp yesterday."
    assert reference_in(["My request", body], channel=EMAIL, anew=True).bare
    assert not reference_in(["Export stops at row ten", body], channel=EMAIL, anew=True).bare


def test_a_long_message_is_about_something_of_its_own():
    found = reference_in(["I wrote to you by mail yesterday. " * 40], channel=WHATSAPP, anew=True)
    assert found is None or not found.bare


CODES = [
    "482913",
    "482 913",
    "my code is 482-913.",
    "Hello\n482913",
    "Mein Code ist 482913!",
    "*482913*",
    "Code: 482913",
]
CODES += ["El código es 482913, gracias", "\N{FULLWIDTH DIGIT FOUR}82913"]


@pytest.mark.parametrize("said", CODES)
def test_six_digits_and_nothing_else_are_a_code(said):
    assert is_code(said.splitlines())


NO_CODES = [
    "",
    "48291",
    "4829131",
    "482913 and how do I export?",
    "order 482913",
    "482913 482913",
    "+49 482913",
    "code",
]
NO_CODES += ["2026-11-30", "My code 482913 does not work"]


@pytest.mark.parametrize("said", NO_CODES)
def test_anything_besides_makes_it_none(said):
    assert not is_code([said])


@pytest.mark.parametrize("unit", ["i wrote to you by ", "my e-mail is ", "a@", "+4 ", "mail ", "me at a@b.c ", '"a b '])
def test_a_longer_message_takes_time_in_proportion(unit):
    def read(text: str) -> None:
        reference_in([text], channel=WHATSAPP, anew=True)
        claim_in([text], asked=True)

    assert growth(read, unit, 400) <= BOUND
