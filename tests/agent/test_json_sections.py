"""JSON documents: what their entries become, and what is said of one that cannot be used."""

import json
from typing import Any

import pytest

from fte_agent.domain.knowledge import Section
from fte_agent.knowledge.json_sections import json_sections
from fte_agent.knowledge.sections import MAX_CHARS, InvalidSource

ENTRY = {"title": "Billing", "heading": "Invoices > Copies", "content": "Choose *Export*."}


def read(given: Any) -> list[Section]:
    return json_sections("docs", "faq.json", given if isinstance(given, str) else json.dumps(given, indent=2))


def fault(given: Any) -> str:
    with pytest.raises(InvalidSource) as refused:
        read(given)
    return str(refused.value)


def test_an_entry_is_a_section_and_one_object_is_a_list_of_one() -> None:
    full = ENTRY | {"asked": ["where is my invoice?"], "visibility": "internal", "uri": "copy.1"}
    section = Section(
        "docs/faq.json#copy.1",
        "Billing",
        "Invoices > Copies",
        "Choose *Export*.",
        ("where is my invoice?",),
        "internal",
    )
    assert read(full) == read([full]) == [section]
    (plain,) = read({"title": "Hours", "content": "We open at nine."})
    assert (plain.heading, plain.uri, plain.visibility) == ("Hours", "docs/faq.json#hours", "public")


def test_anchors_come_of_headings_each_once_and_long_content_is_cut_as_a_document_s() -> None:
    long = "\n\n".join("A sentence of some length. " * 10 for _ in range(8))
    sections = read([ENTRY, ENTRY, ENTRY | {"content": long}])
    assert [section.uri for section in sections[:3]] == [
        "docs/faq.json#copies",
        "docs/faq.json#copies-1",
        "docs/faq.json#copies-2",
    ]
    assert [section.uri for section in sections[3:]] == [
        f"docs/faq.json#copies-2--{at}" for at in range(2, len(sections) - 1)
    ]
    assert len(sections) > 3 and all(len(section.content) <= MAX_CHARS for section in sections)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"title": "T"}, "content: Field required"),
        ({"content": "C"}, "title: Field required"),
        (ENTRY | {"heading": 5}, "heading: "),
        (ENTRY | {"content": ""}, "content: "),
        (ENTRY | {"content": " \n"}, "content holds no text"),
        (ENTRY | {"answer": "x"}, "answer: Extra inputs"),
        (ENTRY | {"visibility": "secret"}, "visibility: "),
        (ENTRY | {"uri": "https://x/y"}, "uri: "),
        (ENTRY | {"asked": "one"}, "asked: "),
        (ENTRY | {"content": "a\u0000b"}, "control character"),
        (ENTRY | {"content": "half \ud800 pair"}, "content: "),
        ("text", "is no object with title and content"),
        (None, "is no object with title and content"),
    ],
)
def test_a_faulty_entry_is_named_by_file_line_number_and_field(entry: Any, says: str) -> None:
    text = json.dumps([ENTRY, entry], indent=1)
    line = text.count("\n", 0, text.index("},") + 3) + 1
    told = fault(text)
    assert told.startswith(f"docs/faq.json:{line}: section 2: ") and says in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "docs/faq.json:1: is no JSON"),
        ('[\n{"title": "T",\n}]', "docs/faq.json:3: is no JSON"),
        ("[]", "docs/faq.json:1: holds no section"),
        ("[" * 100_000, "docs/faq.json:1: is JSON nested too deep"),
        (f'{{"title": {"9" * 5000}}}', "docs/faq.json:1: is JSON nested too deep, or with a number too long"),
    ],
    ids=["empty", "broken", "no section", "deep", "a long number"],
)
def test_what_is_no_document_is_named_by_its_line(text: str, says: str) -> None:
    assert fault(text).startswith(says)


def test_one_name_for_two_sections_is_refused() -> None:
    assert "section 2: uri: another section has it" in fault([ENTRY | {"uri": "a"}, ENTRY | {"uri": "a"}])
    assert "section 2: uri: another section has it" in fault([ENTRY, ENTRY | {"uri": "copies"}])
