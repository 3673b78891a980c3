"""``fte-knowledge`` with a hosted embedder on real PostgreSQL: the job, its failures, and what is told afterwards."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from doubles.openai.double import KEY, OpenAIDouble
from doubles.openai.misbehaviour import Rule

from fte_agent.errors import ModelFault
from fte_database.migrate import migrate
from fte_runtime.commands import knowledge as command
from fte_runtime.commands.knowledge_reading import read_reading, search, stats
from fte_runtime.config import ConfigError, KnowledgeConfig, load
from fte_runtime.ingestion import EMBEDDING_REASONS
from fte_runtime.knowledge import read_files, snapshot_of

pytestmark = pytest.mark.postgres

OWNER = "shop/helper"
BOOK = "# Book\n\n## Export\n\nChoose Export to get your data.\n\n## Hours\n\nWe open at nine.\n"


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


class Folder:
    """The job's document, its sources and its secrets in one folder."""

    def __init__(self, path: Path, url: str, double: OpenAIDouble) -> None:
        self.path, self.double = path, double
        (path / "url").write_text(url)
        (path / "api-key").write_text(f"{KEY}\n")
        (path / "docs").mkdir()
        self.write(BOOK)

    def write(self, text: str) -> None:
        (self.path / "docs/book.md").write_text(text)

    def document(self, **changes: Any) -> Path:
        """The job's, of the sources as they are now; ``changes`` are of its embedder."""
        config = KnowledgeConfig.model_validate(
            {"database": {"url_file": "x", "owner": OWNER}, "snapshot": "", "sources": self._sources()}
        )
        access = {"api_key_file": str(self.path / "api-key"), "base_url": self.double.base_url}
        document = {
            "database": {"url_file": str(self.path / "url"), "owner": OWNER},
            "snapshot": snapshot_of(read_files(config.sources)),
            "sources": self._sources(),
            "embedding": access | {"model": "text-embedding-3-small", "dimensions": 64} | changes,
            "termination_log": str(self.path / "log"),
        }
        (self.path / "config.yaml").write_text(yaml.safe_dump(document))
        return self.path / "config.yaml"

    def _sources(self) -> list[dict[str, str]]:
        return [{"name": "docs", "path": str(self.path / "docs")}]

    async def run(self, **changes: Any) -> dict[str, str]:
        """What the job ended with."""
        status = await command.run(load(KnowledgeConfig, self.document(**changes)))
        told: dict[str, str] = json.loads((self.path / "log").read_text())
        assert status == (told["reason"] not in ("Ingested", "NoSections"))
        return told

    def embedded(self) -> int:
        return sum(len(body["input"]) for body in self.double.journal.bodies())


@pytest.fixture
async def folder(tmp_path: Path, database_url: str, double: OpenAIDouble) -> Folder:
    await migrate(database_url, OWNER)
    return Folder(tmp_path, database_url, double)


async def test_what_was_embedded_is_searched_and_paid_for_once(folder: Folder) -> None:
    assert await folder.run() == {"reason": "Ingested", "message": "2 sections"}
    assert folder.embedded() == 2
    assert (await folder.run())["reason"] == "Ingested"
    folder.write(BOOK.replace("nine", "ten"))
    assert (await folder.run())["reason"] == "Ingested"
    assert folder.embedded() == 3, "the changed section alone"
    found = await search(read_reading(folder.document()), "when do you open", 1)
    assert [each["content"] for each in found] == ["We open at ten."]


async def test_another_embedder_is_another_row_beside_the_one_before(folder: Folder) -> None:
    await folder.run()
    await folder.run(dimensions=32)
    told = await stats(read_reading(folder.document()))
    assert [(each["embedder"], each["dimensions"], each["current"]) for each in told] == [
        ("text-embedding-3-small@32", 32, True),
        ("text-embedding-3-small@64", 64, True),
    ]
    assert await search(read_reading(folder.document(dimensions=64)), "export", 1)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (Rule(on="embeddings", status=401, code="invalid_api_key", times=None), ModelFault.CREDENTIALS),
        (Rule(on="embeddings", status=429, code="insufficient_quota", times=None), ModelFault.QUOTA),
        (Rule(on="embeddings", body="<html>", times=None), ModelFault.UNUSABLE),
        (Rule(on="embeddings", status=400, times=None), ModelFault.REJECTED),
    ],
    ids=lambda value: value if isinstance(value, ModelFault) else "",
)
async def test_a_job_that_gets_no_embeddings_says_why_and_stores_no_snapshot(
    folder: Folder, rule: Rule, fault: ModelFault
) -> None:
    folder.double.script.add(rule)
    told = await folder.run()
    assert told["reason"] == EMBEDDING_REASONS[fault] and KEY not in told["message"]
    assert await stats(read_reading(folder.document())) == []


async def test_dimensions_that_the_model_does_not_give_are_named_with_the_field(folder: Folder) -> None:
    told = await folder.run(model="text-embedding-ada-002", dimensions=64)
    assert told["reason"] == "EmbeddingMisconfigured"
    assert "1536 dimensions, not 64" in told["message"] and "spec.embedding" in told["message"]


async def test_without_sections_nothing_is_asked(folder: Folder) -> None:
    (folder.path / "docs/book.md").unlink()
    assert (await folder.run())["reason"] == "NoSections"
    assert folder.embedded() == 0


def test_a_worker_s_document_tells_what_its_behaviour_answers_from(tmp_path: Path) -> None:
    behaviour = {"image": "i", "company": {"name": "N"}, "model": {"provider": "Offline", "name": "offline"}}
    embedding = {"base_url": "https://models.example/v1", "model": "small", "dimensions": 8}
    behaviour |= {"knowledge_snapshot": "ab", "embedding": embedding}
    (tmp_path / "behaviour.yaml").write_text(yaml.safe_dump(behaviour))
    access = {"api_key_file": str(tmp_path / "key"), "base_url": "https://models.example/v1"}
    worker = {
        "kafka": {"bootstrap_servers": "k:1", "topic_prefix": "t"},
        "database": {"url_file": "/x", "owner": OWNER},
        "channels": [],
        "behaviour_file": str(tmp_path / "behaviour.yaml"),
        "embedding": access,
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(worker))
    reading = read_reading(tmp_path / "config.yaml")
    assert reading.snapshot == "ab" and reading.embedding is not None
    assert (reading.embedding.model, reading.embedding.dimensions) == ("small", 8)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(worker | {"embedding": None}))
    with pytest.raises(ConfigError, match="no key"):
        read_reading(tmp_path / "config.yaml")


@pytest.mark.parametrize("line", [[], ["sync"]], ids=["the job's line", "sync"])
def test_without_a_command_it_is_the_job(line: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A wrong document ends both alike, before anything is dialled."""
    (tmp_path / "config.yaml").write_text("{}")
    monkeypatch.setattr(sys, "argv", ["fte-knowledge", "--config", str(tmp_path / "config.yaml"), *line])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
