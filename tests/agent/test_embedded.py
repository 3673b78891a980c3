"""Sections embedded: each text once, none that is known, and what was done is kept before the next is begun."""

from collections.abc import Mapping, Sequence

import pytest

from fte_agent.domain.knowledge import Section
from fte_agent.knowledge import embedding
from fte_agent.knowledge.embedding import TEXTS_AT_ONCE, embedded


class Counting:
    """Embeds a text by its length, and fails after ``most`` texts."""

    identity, dimensions = "lengths@2", 2

    def __init__(self, most: int = 10_000) -> None:
        self.seen: list[str] = []
        self._most = most

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if len(self.seen) + len(texts) > self._most:
            raise ConnectionError
        self.seen += texts
        return [[len(text) / 1000, 1.0] for text in texts]


class Memory:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, bytes], Sequence[float]] = {}

    async def recall(self, embedder: str, digests: Sequence[bytes]) -> dict[bytes, Sequence[float]]:
        return {digest: self.kept[embedder, digest] for digest in digests if (embedder, digest) in self.kept}

    async def keep(self, embedder: str, vectors: Mapping[bytes, Sequence[float]]) -> None:
        self.kept |= {(embedder, digest): vector for digest, vector in vectors.items()}


def sections(count: int, *asked: str) -> list[Section]:
    return [Section(f"s/f.md#{at}", "T", f"H {at}", f"Content {at}", asked) for at in range(count)]


async def test_a_text_that_stands_twice_is_embedded_once_and_a_section_lies_between_its_two_texts() -> None:
    embedder = Counting()
    made = await embedded(sections(3, "why?", "how?"), embedder)
    assert len(embedder.seen) == 4
    ((first, second),) = {tuple(round(value, 4) for value in item.embedding) for item in made}
    assert 0 < first < second < 1 and first**2 + second**2 == pytest.approx(1, abs=1e-3)


async def test_a_job_that_was_killed_goes_on_where_it_was() -> None:
    cache, some = Memory(), sections(TEXTS_AT_ONCE * 2 + 3)
    killed = Counting(most=TEXTS_AT_ONCE + 1)
    with pytest.raises(ConnectionError):
        await embedded(some, killed, cache)
    again = Counting()
    made = await embedded(some, again, cache)
    assert len(again.seen) == TEXTS_AT_ONCE + 3 and not set(again.seen) & set(killed.seen)
    assert [item.section for item in made] == some
    assert [list(item.embedding) for item in made] == [
        list(item.embedding) for item in await embedded(some, Counting())
    ]


async def test_of_many_texts_only_one_vector_for_each_section_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "TEXTS_AT_ONCE", 8)
    embedder, most = Counting(), 0
    inner = embedding._vectors

    async def counted(texts: Sequence[str], *rest: object) -> Mapping[str, Sequence[float]]:
        nonlocal most
        made = await inner(texts, *rest)  # type: ignore[arg-type]
        most = max(most, len(made))
        return made

    monkeypatch.setattr(embedding, "_vectors", counted)
    made = await embedded(
        [Section(f"s#{at}", "T", f"H {at}", "Content", (f"why {at}?", f"how {at}?")) for at in range(20)], embedder
    )
    assert len(made) == 20 and len(embedder.seen) == 40 and most <= 8


class Opposite(Counting):
    """What is asked points away from what is written."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[-1.0, 0.0] if text.endswith("?") else [1.0, 0.0] for text in texts]


async def test_a_section_between_two_opposites_is_where_its_text_is() -> None:
    (made,) = await embedded(sections(1, "why?"), Opposite())
    assert list(made.embedding) == [1.0, 0.0]


async def test_what_changed_alone_is_embedded_and_another_embedder_knows_nothing() -> None:
    cache = Memory()
    await embedded(sections(5), Counting(), cache)
    changed = [*sections(4), Section("s/f.md#4", "T", "H 4", "Other content")]
    embedder = Counting()
    await embedded(changed, embedder, cache)
    assert embedder.seen == ["T > H 4\nOther content"]
    other = Counting()
    other.identity = "lengths@3"
    await embedded(changed, other, cache)
    assert len(other.seen) == 5


async def test_a_kept_vector_of_other_dimensions_is_not_taken() -> None:
    cache, (section,) = Memory(), sections(1)
    (text,) = embedding.texts_to_embed(section)
    cache.kept["lengths@2", embedding.digest(text)] = [1.0, 0.0, 0.0]
    embedder = Counting()
    ((made),) = await embedded([section], embedder, cache)
    assert len(made.embedding) == 2 and len(embedder.seen) == 1
