"""The ranker: what counts, and that a store's order and surplus do not."""

import random

import pytest

from fte_agent.domain.knowledge import Candidate, EmbeddedSection, Section
from fte_agent.knowledge.memory import InMemoryKnowledge
from fte_agent.knowledge.ranking import LEXICAL_WEIGHT, RankedSearch, query_terms, rank


def a_candidate(uri: str, content: str, cosine: float) -> Candidate:
    return Candidate(Section(uri, "Handbook", "Help", content), cosine)


class CountingEmbedder:
    """Embeds a text as how often it holds each of two letters."""

    identity = "counting"
    dimensions = 2

    async def embed(self, texts):
        return [[float(text.count("a")), float(text.count("b"))] for text in texts]


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("How do I export my boards?", ("export", "boards")),
        ("Export EXPORT ｅｘｐｏｒｔ", ("export",)),  # noqa: RUF001
        ("error E-4711 & (drop | table)", ("error", "4711", "drop", "table")),
        ("", ()),
        ("how is it?", ()),
        (" ".join(f"w{n}" for n in range(100)), tuple(f"w{n}" for n in range(32))),
    ],
)
def test_query_terms(query, terms):
    assert query_terms(query) == terms


def test_words_found_count_little_against_meaning():
    near = a_candidate("near", "nothing", 0.5)
    named = a_candidate("named", "Exporting boards", 0.45)
    far = a_candidate("far", "export board", 0.3)
    ranked = rank("export a board", [far, near, named], 3)
    assert [(p.section.uri, round(p.score, 3)) for p in ranked] == [
        ("named", 0.45 + LEXICAL_WEIGHT),
        ("near", 0.5),
        ("far", 0.3 + LEXICAL_WEIGHT),
    ]


def test_order_and_doubles_of_the_store_do_not_matter():
    candidates = [a_candidate(f"u{n}", "same", 0.5) for n in range(6)]
    expected = rank("same", candidates, 4)
    assert [p.section.uri for p in expected] == ["u0", "u1", "u2", "u3"]
    shuffled = candidates * 2
    random.Random(7).shuffle(shuffled)
    assert rank("same", shuffled, 4) == expected


def test_a_query_without_terms_is_ranked_by_meaning_alone():
    assert [p.score for p in rank("how is it?", [a_candidate("u", "it", 0.4)], 5)] == [0.4]


async def test_search_embeds_asks_and_ranks():
    knowledge = InMemoryKnowledge()
    sections = [Section(f"k/a.md#{n}", "T", "H", text) for n, text in enumerate(["all about a", "bbb", "b export"])]
    await knowledge.write_snapshot(
        "s1", "counting", 2, [EmbeddedSection(s, [float(n == 0), float(n > 0)]) for n, s in enumerate(sections)]
    )
    search = RankedSearch(knowledge, CountingEmbedder(), "s1")
    assert [p.section.content for p in await search.search("b export", 2)] == ["b export", "bbb"]
    assert await RankedSearch(knowledge, CountingEmbedder(), "other").search("b", 2) == []


async def test_without_a_snapshot_nothing_is_found_and_nobody_asked():
    assert await RankedSearch(InMemoryKnowledge(), CountingEmbedder(), None).search("b", 2) == []
