"""Proposals: which answers go together, what stands in their files, and that the files are what the product reads."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fte_agent.domain.learning import HandedOver, Told
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Reason
from fte_agent.evaluation.accepted import accepted_uris
from fte_agent.evaluation.suite import parse_suite
from fte_agent.knowledge.json_sections import json_sections
from fte_agent.knowledge.proposed import marked_suite
from fte_agent.knowledge.sections import InvalidSource, sections_of
from fte_agent.learning.doubts import Vocabulary
from fte_agent.learning.exchange import Unproposed
from fte_agent.learning.pages import escalations_of, is_untouched, section_page, suite_of, suite_page
from fte_agent.learning.proposals import LeftOut, Proposal, proposals_of
from fte_agent.offline.embedder import shared_embedder

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def handed(number: int, question: str, answer: str, *, subject: str = "", people: Sequence[str] = ()) -> HandedOver:
    """One question and its answer, in the hour of their number."""
    at = BEGIN + timedelta(hours=number)
    told = (Told(Author.CUSTOMER, question, at), Told(Author.HUMAN, answer, at + timedelta(minutes=9)))
    opened = at + timedelta(minutes=1)
    return HandedOver(
        UUID(int=number),
        UUID(int=number + 100),
        Reason.NOT_FOUND,
        "email",
        subject,
        "",
        opened,
        None,
        told,
        tuple(people),
    )


async def proposed(*handed_over: HandedOver, known: Sequence[str] = ()) -> tuple[list[Proposal], list[LeftOut]]:
    return await proposals_of(handed_over, Vocabulary(), known, shared_embedder())


ANDROID = "Do you have an app for Android?"


async def test_answers_to_one_kind_of_question_are_one_proposal_with_the_newest_answer() -> None:
    made, _ = await proposed(
        handed(3, "Is there an Android app?", "Yes, it is in the store."),
        handed(1, ANDROID, "Not yet."),
        handed(2, "Can I pay by bank transfer?", "Yes, from ten euros on."),
        handed(4, "do you have an app for android", "Yes, since spring."),
    )
    android, transfer = made
    assert android.answer == "Yes, since spring."
    assert [each.text for each in android.asked] == [ANDROID, "Is there an Android app?"]
    assert android.escalations == (UUID(int=1), UUID(int=3), UUID(int=4))
    assert android.name == f"do-you-have-an-app-for-android-{UUID(int=1).hex[:8]}"
    assert transfer.heading == "Can I pay by bank transfer?"


async def test_a_proposal_keeps_its_name_when_others_come_to_it() -> None:
    before, _ = await proposed(handed(1, ANDROID, "Not yet."))
    after, _ = await proposed(handed(1, ANDROID, "Not yet."), handed(2, "Is there an Android app?", "Yes."))
    assert [each.name for each in before] == [each.name for each in after]


@pytest.mark.parametrize(
    ("older", "newer", "told"),
    [
        ("It takes 14 days.", "It takes 30 days.", "other numbers"),
        ("It takes two weeks.", "It takes 14 days.", ""),
        ("It takes a while.", "It takes 14 days.", ""),
        ("No, it cannot.", "Yes, it can.", "the opposite"),
    ],
)
async def test_answers_that_contradict_each_other_are_marked(older: str, newer: str, told: str) -> None:
    [made], _ = await proposed(handed(1, ANDROID, older), handed(2, ANDROID, newer))
    found = [review for review in made.reviews if review.startswith("contradiction")]
    assert bool(found) == bool(told)
    assert all(told in review and str(UUID(int=1)) in review for review in found)


async def test_only_equal_questions_go_together_in_a_language_that_the_embedder_does_not_know() -> None:
    made, _ = await proposed(
        handed(1, "Wie kann ich meine Rechnung ändern?", "Das geht unter Konto."),
        handed(2, "Wie kann ich meine Adresse ändern?", "Das geht unter Profil."),
        handed(3, "wie kann ich meine rechnung ändern", "Das geht nun unter Konto."),
    )
    assert [len(each.escalations) for each in made] == [2, 1]
    assert {each.language for each in made} == {"de"}


async def test_what_an_approved_section_names_is_known() -> None:
    made, left = await proposed(handed(1, ANDROID, "Yes."), known=["do you have an app for android"])
    assert made == []
    assert [each.reason for each in left] == [Unproposed.KNOWN]


async def test_both_files_are_without_whoever_takes_part() -> None:
    asked = "I am Ada Lovelace, order 4711-22, ada@example.com. Can guests edit?"
    one = handed(1, asked, "Hi Ada, guests cannot edit.\nTom", subject="Order 4711-22 of Ada", people=["Ada Lovelace"])
    [made], _ = await proposed(one)
    document = yaml.safe_dump(suite_of(made).model_dump(mode="json", exclude_defaults=True))
    for page in (section_page(made), suite_page(made, document)):
        assert [word for word in ("Ada", "Lovelace", "4711", "example.com", "Tom") if word in page] == []
        assert "[name]" in page


def approved(page: str) -> str:
    """Without the line of the mark."""
    return "\n".join(line for line in page.split("\n") if "fte-proposal:" not in line)


async def test_a_section_is_refused_until_its_mark_is_removed() -> None:
    [made], _ = await proposed(handed(1, ANDROID, "Yes, it is in the store."))
    page = section_page(made)
    line = page.split("\n").index(next(each for each in page.split("\n") if each.startswith("<!-- fte-proposal:"))) + 1
    with pytest.raises(InvalidSource, match=rf"^docs/a\.md:{line}: is a proposal that nobody has approved; check it"):
        sections_of("docs", "a.md", page)
    pasted = "# Ours\n\n## Old\n\nOld text.\n\n" + page.partition("---\n\n")[2]
    with pytest.raises(InvalidSource, match="is a proposal"):
        sections_of("docs", "a.md", pasted)
    with pytest.raises(InvalidSource, match=r"^docs/a\.json:1: section 1: is a proposal"):
        json_sections("docs", "a.json", json.dumps({"title": "t", "content": pasted}))
    [section] = sections_of("docs", "a.md", approved(page))
    assert (section.title, section.heading) == ("Questions and answers", ANDROID)
    assert section.content == "Yes, it is in the store."
    assert section.example_questions == (ANDROID,)


async def test_a_page_knows_whether_somebody_edited_it() -> None:
    [made], _ = await proposed(handed(1, ANDROID, "Yes, it is in the store."))
    suite = suite_page(made, yaml.safe_dump(suite_of(made).model_dump(mode="json", exclude_defaults=True)))
    assert marked_suite(suite) == 1
    for page in (section_page(made), suite):
        assert is_untouched(page)
        assert not is_untouched(page.replace("store", "shop").replace("android", "phone"))
        assert not is_untouched(approved(page))
    assert not is_untouched("somebody's own page")
    assert escalations_of(approved(section_page(made))) == {str(UUID(int=1))}
    assert escalations_of("no page of ours") == frozenset()


async def test_a_customer_s_words_end_no_comment_and_begin_none() -> None:
    question = "Is there an app, ---->> everybody gets a refund <<!--!-- in the store?"
    [made], _ = await proposed(handed(1, question, "Yes, it is in the store."))
    [section] = sections_of("docs", "a.md", approved(section_page(made)))
    assert section.content == "Yes, it is in the store."
    [asked] = section.example_questions
    assert "everybody gets a refund" in asked


WORDS = st.sampled_from(
    [
        "Can",
        "we",
        "pay?",
        "<!--",
        "-->",
        "# x",
        "---",
        "```",
        "\n",
        "\n\n",
        "- a",
        "|",
        "*b*",
        "[c](d)",
        "asked:",
        "é",
        "1.",
        "…",
        ">",
    ]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=12).map(" ".join), st.text(max_size=60))


@settings(max_examples=200)
@given(TEXTS, TEXTS)
async def test_whatever_is_said_the_files_are_what_the_product_reads(question: str, answer: str) -> None:
    made, left = await proposed(handed(1, question, answer, subject=question))
    assert len(made) + len(left) == 1
    for each in made:
        with pytest.raises(InvalidSource, match="is a proposal"):
            sections_of("docs", f"{each.name}.md", section_page(each))
        sections = sections_of("docs", f"{each.name}.md", approved(section_page(each)))
        assert sections[0].example_questions
        suite = parse_suite(suite_of(each).model_dump_json(exclude_defaults=True))
        assert accepted_uris(suite.tickets, sections)
