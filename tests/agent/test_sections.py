import pytest
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.domain.knowledge import Section
from fte_agent.knowledge.sections import MAX_CHARS, InvalidSource, decode, sections_of, texts_to_embed
from fte_agent.text.markdown import blocks, sentences


def cut(text: str) -> list[Section]:
    return sections_of("docs", "guide.md", text)


def test_a_heading_with_its_text_is_a_section() -> None:
    assert cut("# Guide\n\nWelcome.\n\n## Billing\n\n### Invoices & more\n\nThey are\nmailed.\n\n## Empty\n") == [
        Section("docs/guide.md#guide", "Guide", "Guide", "Welcome."),
        Section("docs/guide.md#invoices--more", "Guide", "Billing > Invoices & more", "They are mailed."),
    ]


def test_text_without_headings_takes_the_file_as_title() -> None:
    assert cut("Only text.") == [Section("docs/guide.md#top", "guide", "guide", "Only text.")]


def test_front_matter_and_comments_are_dropped_but_the_title_is_kept() -> None:
    found = cut('---\nauthor: me\ntitle: "The guide"\n---\n## Open\n<!-- not\nthis -->Yes.\n')
    assert found == [Section("docs/guide.md#open", "The guide", "Open", "Yes.")]


def test_anchors_are_unique_in_a_document() -> None:
    found = cut("# T\n## A\none\n## A\ntwo\n## A-1\nthree\n## 你好\nfour\n## !!!\nfive\n")
    anchors = [section.uri.split("#")[1] for section in found]
    assert anchors == ["a", "a-1", "a-1-1", "你好", "section"]


def test_hash_marks_inside_code_are_no_headings() -> None:
    (section,) = cut("# T\n\n```\n# a comment\n\nx\n```\n")
    assert section.content == "```\n# a comment\n\nx\n```"


def test_steps_stay_together_with_their_introduction_however_long() -> None:
    steps = "\n".join(f"{n}. Step number {n} " + "is long " * 30 for n in range(1, 8))
    filler = "Filler sentence here. " * 40
    found = cut(f"# T\n\n## Do it\n\n{filler}\n\nDo this:\n\n{steps}\n\nAfterwards rest.\n")
    (whole,) = [section.content for section in found if "1. Step" in section.content]
    assert whole.startswith("Do this:")
    assert all(f"{n}. Step number {n}" in whole for n in range(1, 8))
    assert [section.uri.split("#")[1] for section in found] == ["do-it", "do-it--2", "do-it--3"]


def test_long_prose_is_cut_between_paragraphs_then_between_sentences() -> None:
    sentence = "This sentence has forty-four characters now."
    found = cut("# T\n\n" + "\n\n".join([" ".join([sentence] * 9), " ".join([sentence] * 60)]))
    assert len(found) > 2
    assert all(len(section.content) <= MAX_CHARS for section in found)
    assert " ".join(section.content for section in found).replace("\n\n", " ").split(". ") == [
        *[sentence[:-1]] * 68,
        sentence,
    ]


def test_windows_line_ends_read_the_same() -> None:
    text = "# T\n\nOne\ntwo.\n\n- a\n- b\n"
    assert cut(text.replace("\n", "\r\n")) == cut(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "docs/guide.md:1: is empty"),
        (" \n\n", "docs/guide.md:1: is empty"),
        ("# Only\n## headings\n", "docs/guide.md:1: holds no text"),
        ("# T\n\nNul \x00 byte", "docs/guide.md:3: holds the control character"),
        ("---\na: b\n---\n# T\n\ntext <!-- open", "docs/guide.md:6: opens a comment"),
    ],
)
def test_unusable_documents_are_refused_with_file_and_line(text: str, message: str) -> None:
    with pytest.raises(InvalidSource) as refused:
        cut(text)
    assert str(refused.value).startswith(message)


def test_bytes_that_are_not_text_are_refused_with_their_line() -> None:
    with pytest.raises(InvalidSource, match=r"^docs/guide\.md:2: is not UTF-8"):
        decode("docs", "guide.md", b"# T\n\xff\xfe")
    assert decode("docs", "guide.md", b"\xef\xbb\xbfT") == "T"


def test_embedded_text_has_place_and_words_but_no_markup() -> None:
    section = Section("u", "Guide", "Billing > Invoices", "Open **Settings > [Billing](settings.md)** and `save`.")
    (text,) = texts_to_embed(section)
    assert " ".join(text.split()) == "Guide > Billing > Invoices Open Settings > Billing and save ."


LINES = ["Plain words.", "More: ", "", "- item", "  - nested", "2. step", "   indented", "| a | b |", "> quoted", "---"]


@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_cutting_what_was_cut_changes_nothing(lines: list[str]) -> None:
    once = blocks("\n".join(lines))
    assert blocks("\n\n".join(block.text for block in once)) == once


@given(st.text(max_size=200))
def test_sentences_are_copied_character_for_character(paragraph: str) -> None:
    position = 0
    for sentence in sentences(paragraph):
        position = paragraph.index(sentence, position) + len(sentence)


@pytest.mark.parametrize(
    ("paragraph", "count"),
    [
        ("One. Two! Three?", 3),
        ("Use e.g. a card, i.e. Visa. Done.", 2),
        ("Version 2.0 of file.md is out.", 1),
        ('He said "stop." Then left.', 2),
        ("No mark at the end", 1),
    ],
)
def test_sentences(paragraph: str, count: int) -> None:
    assert len(sentences(paragraph)) == count


def test_a_comment_that_says_what_is_asked_helps_to_find_and_is_not_shown() -> None:
    asked = "<!-- asked:\nhow do i get my stuff out\n- Can I leave?\n-->"
    text = f"# Guide\n\n## Export\n\n{asked}\n\nPick CSV.\n\n## Other\n\nText."
    export, other = sections_of("s", "g.md", text)
    assert (export.content, export.example_questions) == ("Pick CSV.", ("how do i get my stuff out", "Can I leave?"))
    assert (other.content, other.example_questions) == ("Text.", ())
    assert texts_to_embed(export)[1] == "how do i get my stuff out\nCan I leave?"


def test_an_ordinary_comment_is_dropped() -> None:
    (section,) = sections_of("s", "g.md", "# Guide\n\nOne.<!-- unasked: two -->\n\n<!--\nthree\n-->\nFour.")
    assert (section.content, section.example_questions) == ("One.\n\nFour.", ())


def test_what_looks_like_a_comment_in_fenced_code_is_content() -> None:
    code = "```\n<!-- asked:\nwhat?\n-->\n<!-- open\n```"
    (section,) = sections_of("s", "g.md", f"# Guide\n\n{code}\n\n<!-- asked: how? -->")
    assert (section.content, section.example_questions) == (code, ("how?",))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "---\na: b\n---\n# T\n<!--\nx -->\n## Empty\n\n<!-- asked: a\nb -->\n### Sub\nText.",
            "9: asks under the heading 'Empty'",
        ),
        ("<!-- asked: a -->\n# T\nText.", "1: asks before the first heading"),
    ],
)
def test_questions_without_a_text_that_answers_are_refused(text: str, place: str) -> None:
    with pytest.raises(InvalidSource) as refused:
        cut(text)
    assert str(refused.value).startswith(f"docs/guide.md:{place}")
    assert str(refused.value).endswith("write some text under the heading or move the comment")


def test_an_unclosed_comment_is_named_by_its_own_line() -> None:
    with pytest.raises(InvalidSource, match=r"^docs/guide\.md:4: opens a comment"):
        cut("# T\n<!-- a\n-->\n<!-- b\nText\n<!-- c\n")
