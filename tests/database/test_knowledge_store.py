"""Knowledge: whole snapshots, both arms of the search, and never a section of another snapshot."""

import asyncio
import math

import pytest
from crm import Sql

from fte_agent.domain.knowledge import EmbeddedSection, Section
from fte_database.errors import Rejected
from fte_database.pool import Database
from fte_database.repositories.embeddings import PostgresEmbeddingCache
from fte_database.repositories.knowledge import PostgresKnowledgeBase
from fte_database.repositories.knowledge_report import KnowledgeReportStore
from fte_database.sql import QUERIES

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
    assert await knowledge.sections_of("s", "e") is None
    await asyncio.gather(*(knowledge.write_snapshot("s", "e", 2, BOOK) for _ in range(4)))
    await knowledge.write_snapshot("s", "e", 2, BOOK[:1])
    assert await knowledge.sections_of("s", "e") == len(BOOK)
    assert await knowledge.sections_of("s", "another embedder") is None
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
    assert await knowledge.sections_of("s", "e") is None
    assert await sql("SELECT count(*) AS n FROM knowledge_base") == [{"n": 0}]


async def test_an_embedding_of_another_size_is_rejected(knowledge: PostgresKnowledgeBase) -> None:
    await knowledge.write_snapshot("s", "e", 2, BOOK)
    with pytest.raises(Rejected):
        await knowledge.candidates("s", "e", [1.0, 0.0, 0.0], [], 5)


async def test_an_internal_section_is_stored_and_never_found(knowledge: PostgresKnowledgeBase, sql: Sql) -> None:
    secret = Section("book/secret.md", "secret", "", "Refunding an invoice in secret.", (), "internal")
    await knowledge.write_snapshot("s", "e", 2, [*BOOK, EmbeddedSection(secret, [1.0, 0.0])])
    assert await _uris(knowledge, ["secret", "invoice"], limit=10) == ["nearer", "near", "far", "farther"]
    assert await sql("SELECT count(*) AS n FROM knowledge_base") == [{"n": 5}]
    assert await sql("SELECT lexeme FROM knowledge_postings WHERE lexeme = 'secret'") == []


async def test_of_many_words_the_rarest_propose_and_what_stands_everywhere_costs_no_more(
    knowledge: PostgresKnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fte_database.repositories.knowledge.MOST_POSTINGS", 4)
    common = [_section(f"c{at:02}", "Every common word of all.", 20 + at) for at in range(40)]
    await knowledge.write_snapshot("s", "e", 2, [*common, _section("rare", "A zebra, common as all.", 170)])
    assert await _uris(knowledge, ["common", "word", "zebra"], limit=1) == ["c00", "rare"]
    assert await _uris(knowledge, ["common"], limit=2) == ["c00", "c01"], "the first of those that all hold"


async def test_a_snapshot_of_the_release_before_is_searched_by_its_words_before_and_after_they_are_counted(
    knowledge: PostgresKnowledgeBase, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its job writes both tables in one transaction and knows nothing of what stands beside them."""
    monkeypatch.setattr("fte_database.repositories.knowledge.INDEXED_FROM", 2)
    await sql(
        """
        WITH made AS (INSERT INTO knowledge_snapshots (snapshot, embedder, dimensions, sections) VALUES ('s', 'e', 2, 3)
            RETURNING snapshot)
        INSERT INTO knowledge_base (snapshot, embedder, source_uri, title, content, embedding, visibility)
        VALUES ('s', 'e', 'a', 'near', 'Opening hours', '[1,0]', 'public'),
            ('s', 'e', 'b', 'far', 'Refunding invoices', '[0,1]', 'public'),
            ('s', 'e', 'c', 'hidden', 'Refunding in secret', '[0,1]', 'internal')
        """
    )
    assert await _uris(knowledge, ["the invoice", "it's \\ &"], limit=1) == ["near", "far"]
    assert await sql("SELECT lexeme FROM knowledge_postings") == []
    await asyncio.gather(*(knowledge.prepare("s", "e") for _ in range(3)))
    assert await sql("SELECT frequency FROM knowledge_postings WHERE lexeme = 'refund'") == [{"frequency": 1}]
    assert await sql("SELECT indexed FROM knowledge_snapshots") == [{"indexed": True}]
    assert await _uris(knowledge, ["the invoice"], limit=1) == ["near", "far"]


async def test_what_was_counted_is_not_searched_by_all_its_words_again(
    knowledge: PostgresKnowledgeBase, sql: Sql
) -> None:
    await knowledge.write_snapshot("s", "e", 2, BOOK)
    await sql("DELETE FROM knowledge_postings WHERE lexeme = 'invoic'")
    assert await _uris(knowledge, ["invoice"]) == ["nearer", "near"]


async def test_a_large_snapshot_has_an_index_of_its_own_and_the_nearest_are_found(
    knowledge: PostgresKnowledgeBase, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fte_database.repositories.knowledge.INDEXED_FROM", 300)
    many = [_section(f"n{at:03}", f"Text {at}", 10 + at / 2) for at in range(300)]
    await knowledge.write_snapshot("s", "e'mbed", 2, many)
    await knowledge.write_snapshot("small", "e'mbed", 2, BOOK)
    indexed = "SELECT snapshot FROM knowledge_snapshots WHERE indexed"
    assert await sql(indexed) == [{"snapshot": "s"}]
    indexes = "SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%hnsw%'"
    (made,) = await sql(indexes)
    assert "halfvec(2)" in made["indexdef"] and "'s'" in made["indexdef"]
    assert await _uris(knowledge, [], limit=3, embedder="e'mbed") == ["n000", "n001", "n002"]
    assert await _uris(knowledge, [], snapshot="small", embedder="e'mbed") == ["nearer", "near"]
    await sql("UPDATE knowledge_base SET visibility = 'internal' WHERE title < 'n250' AND title LIKE 'n%'")
    found = await _uris(knowledge, [], limit=3, embedder="e'mbed")
    assert found == ["n250", "n251", "n252"], "the scan goes on where what is nearest may not be shown"


async def test_a_snapshot_whose_index_cannot_be_made_is_there_and_searched_without(
    knowledge: PostgresKnowledgeBase, sql: Sql, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("fte_database.repositories.knowledge.INDEXED_FROM", 1)
    monkeypatch.setattr("fte_database.repositories.knowledge.LONGEST_LIST", 10_000)
    long = [EmbeddedSection(Section("u", "t", "", "c"), [1.0] * 4001)]
    await knowledge.write_snapshot("s", "e", 4001, long)
    assert "no index" in caplog.text
    assert await knowledge.sections_of("s", "e") == 1
    assert await sql("SELECT indexed FROM knowledge_snapshots") == [{"indexed": False}]
    assert len(await knowledge.candidates("s", "e", [1.0] * 4001, [], 1)) == 1


async def test_a_pgvector_that_does_not_read_on_in_an_index_compares_all(
    knowledge: PostgresKnowledgeBase, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fte_database.repositories.knowledge.INDEXED_FROM", 1)
    monkeypatch.setattr("fte_database.repositories.knowledge.INDEXING_PGVECTOR", (99, 0))
    await knowledge.write_snapshot("s", "e", 2, BOOK)
    assert await sql("SELECT indexed FROM knowledge_snapshots") == [{"indexed": False}]
    assert await _uris(knowledge, []) == ["nearer", "near"]


async def test_an_index_is_built_without_workers_that_share_memory(
    knowledge: PostgresKnowledgeBase, database: Database
) -> None:
    async with database.transaction() as connection:
        await connection.execute(QUERIES["more_memory"])
        assert await connection.fetchval("SHOW max_parallel_maintenance_workers") == "0"


async def test_embeddings_are_kept_by_embedder_and_text_and_the_first_stays(database: Database) -> None:
    cache = PostgresEmbeddingCache(database)
    await cache.keep("e", {b"one": [1.0, 0.0], b"two": [0.6, 0.8]})
    await asyncio.gather(*(cache.keep("e", {b"two": [0.0, 1.0], b"one": [0.0, 1.0]}) for _ in range(4)))
    found = await cache.recall("e", [b"one", b"two", b"three"])
    assert {key: [round(value, 2) for value in vector] for key, vector in found.items()} == {
        b"one": [1.0, 0.0],
        b"two": [0.6, 0.8],
    }
    assert await cache.recall("other", [b"one"]) == {}
    assert await PostgresEmbeddingCache(database, "elsewhere").recall("e", [b"one"]) == {}


async def test_what_is_there_is_told_newest_first(knowledge: PostgresKnowledgeBase, database: Database) -> None:
    await knowledge.write_snapshot("s", "e", 2, BOOK)
    await knowledge.write_snapshot("empty", "e", 2, [])
    empty, full = await KnowledgeReportStore(database).snapshots()
    assert (empty.snapshot, empty.sections, empty.documents, empty.internal) == ("empty", 0, 0, 0)
    assert (full.snapshot, full.sections, full.documents, full.indexed) == ("s", 4, 4, False)
