"""Knowledge: whole snapshots, both arms of the search, and never a section of another snapshot."""

import asyncio
import math

import pytest
from crm import Sql

from fte_agent.domain.knowledge import EmbeddedSection, Section
from fte_database.errors import Rejected
from fte_database.pool import Database
from fte_database.repositories.knowledge import PostgresKnowledgeBase

pytestmark = pytest.mark.postgres


@pytest.fixture
def knowledge(database: Database) -> PostgresKnowledgeBase:
    return PostgresKnowledgeBase(database)


def _section(name: str, content: str, angle: float, heading: str = "") -> EmbeddedSection:
    """A section whose cosine to (1, 0) is that of ``angle`` in degrees."""
    radians = math.radians(angle)
    return EmbeddedSection(Section(f"book/{name}.md", name, heading, content), [math.cos(radians), math.sin(radians)])


BOOK = [
    _section("near", "Opening hours of the shop.", 10),
    _section("nearer", "Parcels leave at noon.", 5),
    _section("far", "Refunding an invoice takes five days.", 90),
    _section("farther", "Nothing to see.", 170),
]


async def _uris(
    knowledge: PostgresKnowledgeBase, terms: list[str], limit: int = 2, snapshot: str = "s", embedder: str = "e"
) -> list[str]:
    found = await knowledge.candidates(snapshot, embedder, [1.0, 0.0], terms, limit)
    return [candidate.section.title for candidate in found]


async def test_nearest_and_matching_are_joined_by_falling_cosine(knowledge: PostgresKnowledgeBase) -> None:
    await knowledge.write_snapshot("s", "e", 2, BOOK)
    assert await _uris(knowledge, []) == ["nearer", "near"]
    assert await _uris(knowledge, ["invoices", "dragons"]) == ["nearer", "near", "far"]
    assert await _uris(knowledge, ["parcel"]) == ["nearer", "near"]


async def test_both_arms_give_the_raw_cosine_and_the_whole_section(knowledge: PostgresKnowledgeBase) -> None:
    await knowledge.write_snapshot("s", "e", 2, BOOK)
    found = await knowledge.candidates("s", "e", [1.0, 0.0], ["invoice"], 1)
    assert [candidate.section for candidate in found] == [BOOK[1].section, BOOK[2].section]
    assert [candidate.cosine for candidate in found] == pytest.approx([math.cos(math.radians(5)), 0.0], abs=1e-3)


async def test_title_and_heading_are_searched_too(knowledge: PostgresKnowledgeBase) -> None:
    await knowledge.write_snapshot("s", "e", 2, [*BOOK, _section("other", "text", 120, heading="Warranty > Batteries")])
    assert await _uris(knowledge, ["battery"], limit=1) == ["nearer", "other"]
    assert await _uris(knowledge, ["farther"], limit=1) == ["nearer", "farther"]


@pytest.mark.parametrize(
    "term", ["'", "\\", "a'b\\c:*", "foo & !bar | (", "<->", "\x00", "the", "example.com/it's\\here"]
)
async def test_a_customer_s_words_are_no_query_syntax(knowledge: PostgresKnowledgeBase, term: str) -> None:
    await knowledge.write_snapshot("s", "e", 2, BOOK)
    assert await _uris(knowledge, [term, "invoice"]) == ["nearer", "near", "far"]


async def test_only_this_snapshot_and_this_embedder(knowledge: PostgresKnowledgeBase) -> None:
    await knowledge.write_snapshot("s", "e", 2, BOOK[:1])
    await knowledge.write_snapshot("old", "e", 2, [_section("canary", "Opening hours", 0)])
    await knowledge.write_snapshot("s", "other", 3, [EmbeddedSection(Section("c", "canary", "", "Opening"), [1, 0, 0])])
    assert await _uris(knowledge, ["opening"], limit=10) == ["near"]
    assert await _uris(knowledge, ["opening"], limit=10, snapshot="none") == []


async def test_internal_sections_are_not_found(knowledge: PostgresKnowledgeBase, sql: Sql) -> None:
    await knowledge.write_snapshot("s", "e", 2, BOOK)
    await sql("UPDATE knowledge_base SET visibility = 'internal' WHERE title IN ('nearer', 'far')")
    assert await _uris(knowledge, ["invoice"]) == ["near", "farther"]


async def test_written_again_and_at_once_changes_nothing(knowledge: PostgresKnowledgeBase, sql: Sql) -> None:
    assert not await knowledge.has_snapshot("s", "e")
    await asyncio.gather(*(knowledge.write_snapshot("s", "e", 2, BOOK) for _ in range(4)))
    await knowledge.write_snapshot("s", "e", 2, BOOK[:1])
    assert await knowledge.has_snapshot("s", "e")
    assert not await knowledge.has_snapshot("s", "another embedder")
    assert await sql("SELECT count(*) AS n FROM knowledge_base") == [{"n": len(BOOK)}]


@pytest.mark.parametrize(
    "faulty",
    [
        [BOOK[0], EmbeddedSection(Section("x", "x", "", "x"), [1.0])],
        [*BOOK, BOOK[0]],
    ],
    ids=["dimensions", "uri twice"],
)
async def test_a_faulty_snapshot_leaves_nothing(
    knowledge: PostgresKnowledgeBase, sql: Sql, faulty: list[EmbeddedSection]
) -> None:
    with pytest.raises(Rejected):
        await knowledge.write_snapshot("s", "e", 2, faulty)
    assert not await knowledge.has_snapshot("s", "e")
    assert await sql("SELECT count(*) AS n FROM knowledge_base") == [{"n": 0}]


async def test_an_embedding_of_another_size_is_rejected(knowledge: PostgresKnowledgeBase) -> None:
    await knowledge.write_snapshot("s", "e", 2, BOOK)
    with pytest.raises(Rejected):
        await knowledge.candidates("s", "e", [1.0, 0.0, 0.0], [], 5)
