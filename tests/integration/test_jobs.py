"""fte-migrate and fte-knowledge as a Job runs them: exit status and termination message."""

import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import yaml
from ports import free_port

from fte_runtime.config import KnowledgeSource
from fte_runtime.knowledge import read_files, snapshot_of

pytestmark = pytest.mark.postgres

DOCUMENT = b"# Help\n\n## Returns\n\nWithin 47 days.\n"


class Job:
    """One employee's job folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.sources = folder / "knowledge"
        self.sources.mkdir()
        (self.sources / "help.md").write_bytes(DOCUMENT)

    def run(
        self, program: str, *, owner: str = "ns/helper", words: tuple[str, ...] = (), **fields: object
    ) -> tuple[int, dict[str, str]]:
        """Exit status and termination message."""
        (self.folder / "url").write_text(self.url)
        log = self.folder / "termination-log"
        log.unlink(missing_ok=True)
        database = {"url_file": str(self.folder / "url"), "owner": owner}
        document = self.folder / "config.yaml"
        document.write_text(yaml.safe_dump({"database": database, "termination_log": str(log), **fields}))
        command = [Path(sys.executable).parent / program, "--config", document, *words]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in result.stderr
        return result.returncode, json.loads(log.read_text()) if log.exists() else {}

    def knowledge(self, snapshot: str | None = None) -> tuple[int, dict[str, str]]:
        source = KnowledgeSource(name="docs", path=self.sources)
        named = {"name": source.name, "path": str(source.path)}
        return self.run("fte-knowledge", snapshot=snapshot or snapshot_of(read_files([source])), sources=[named])

    def retain(self, **days: int) -> tuple[int, dict[str, str]]:
        return self.run("fte-privacy", words=("retain",), retention=days)

    async def count(self, query: str) -> int:
        connection = await asyncpg.connect(self.url)
        try:
            number: int = await connection.fetchval(query)
            return number
        finally:
            await connection.close()


@pytest.fixture
def job(tmp_path: Path, database_url: str) -> Job:
    return Job(tmp_path, database_url)


def test_migrating_twice_is_migrating_once(job):
    assert job.run("fte-migrate") == (0, {})
    assert job.run("fte-migrate") == (0, {})


def test_another_owner_s_database_is_refused_by_name(job):
    job.run("fte-migrate")
    status, message = job.run("fte-migrate", owner="ns/other")
    assert (status, message["reason"]) == (1, "OwnedByAnother")
    assert "ns/helper" in message["message"]


@pytest.mark.parametrize("program", ["fte-migrate", "fte-knowledge"])
def test_no_server_is_unreachable(job, program):
    job.url = f"postgresql://fte:hidden@127.0.0.1:{free_port()}/fte"
    status, message = job.run("fte-migrate") if program == "fte-migrate" else job.knowledge()
    assert (status, message["reason"]) == (1, "Unreachable")
    assert "hidden" not in message["message"]


def test_an_empty_url_is_unreachable_until_it_is_there(job):
    job.url = ""
    assert job.run("fte-migrate")[1]["reason"] == "Unreachable"


async def test_a_snapshot_is_stored_once(job):
    job.run("fte-migrate")
    told = {"reason": "Ingested", "message": "1 section"}
    assert job.knowledge() == (0, told)
    sections = await job.count("SELECT count(*) FROM knowledge_base")
    assert sections > 0
    assert job.knowledge() == (0, told), "also when it is there already"
    assert await job.count("SELECT count(*) FROM knowledge_base") == sections


def test_documents_without_a_section_are_ingested_and_told(job):
    job.run("fte-migrate")
    (job.sources / "help.md").unlink()
    status, told = job.knowledge()
    assert (status, told["reason"]) == (0, "NoSections")
    assert "no section" in told["message"]


def test_sources_that_changed_are_refused(job):
    job.run("fte-migrate")
    status, message = job.knowledge(snapshot="0" * 64)
    assert (status, message["reason"]) == (1, "SourceChanged")


def test_a_document_that_is_no_text_is_named(job):
    job.run("fte-migrate")
    (job.sources / "broken.md").write_bytes(b"# A\n\n\xff\n")
    status, message = job.knowledge()
    assert (status, message["reason"]) == (1, "InvalidSource")
    assert "docs/broken.md:3" in message["message"]


def test_a_wrong_document_exits_with_its_field(tmp_path):
    document = tmp_path / "config.yaml"
    document.write_text("database: {owner: a/b}\n")
    command = [Path(sys.executable).parent / "fte-migrate", "--config", document]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert "database.url_file" in result.stderr


def test_retention_says_what_went_and_why_it_could_not(job: Job) -> None:
    assert job.run("fte-privacy", retention={"messages_days": 1})[0] == 2, "it needs a command"
    status, told = job.retain(messages_days=30)
    assert (status, told["reason"]) == (1, "PgvectorMissing")
    assert job.run("fte-migrate")[0] == 0
    assert job.retain(messages_days=30, audit_days=1) == (
        0,
        {"reason": "Retained", "message": "nothing was too old"},
    )
    job.url = f"postgresql://nobody@127.0.0.1:{free_port()}/db"
    status, told = job.retain(audit_days=1)
    assert (status, told["reason"]) == (1, "Unreachable")


@pytest.mark.parametrize("days", [{"messages_days": 0}, {"messageDays": 3}])
def test_days_that_make_no_sense_are_refused(job: Job, days: dict[str, int]) -> None:
    assert job.retain(**days) == (2, {})
