"""Documents on a volume: what is read of it, what is left alone, and what the snapshot is named after."""

import hashlib
import shutil

import pytest

from fte_agent.knowledge.memory import InMemoryKnowledge
from fte_agent.knowledge.sections import InvalidSource
from fte_operator.desired.knowledge import snapshot_of as told
from fte_operator.desired.knowledge import source_digest
from fte_runtime import knowledge
from fte_runtime.config import Database, KnowledgeConfig, KnowledgeSource
from fte_runtime.ingestion import ingest
from fte_runtime.knowledge import SourceChanged, read_files, sections, snapshot_of, verified

DIGEST = "0" * 64


class LetterEmbedder:
    """Embeds a text by one of its letters."""

    identity = "letters"
    dimensions = 2

    async def embed(self, texts):
        return [[1.0, 1.0 + text.count("e")] for text in texts]


@pytest.fixture
def volume(tmp_path):
    root = tmp_path / "volume"
    (root / "en/billing").mkdir(parents=True)
    (root / "en/help.md").write_text("# Help\n\nText.\n")
    (root / "en/billing/faq.json").write_text('{"title": "Billing", "content": "Text."}')
    (root / "en/photo.png").write_bytes(b"\x89PNG")
    (root / "lost+found").mkdir()
    (root / ".git").mkdir()
    (root / ".git/notes.md").write_text("# Not told\n\nText.\n")
    (tmp_path / "secret.md").write_text("# Secret\n\nText.\n")
    (root / "en/led-out.md").symlink_to(tmp_path / "secret.md")
    (root / "en/linked.md").symlink_to("help.md")
    return KnowledgeSource(name="manual", path=root, digest=DIGEST)


def test_documents_in_all_folders_are_read_and_nothing_hidden_foreign_or_led_out(volume):
    assert [file.name for file in read_files([volume])] == ["en/billing/faq.json", "en/help.md", "en/linked.md"]
    found = sections(read_files([volume]))
    assert [section.uri for section in found][:2] == ["manual/en/billing/faq.json#billing", "manual/en/help.md#help"]


def test_the_snapshot_is_named_after_the_digest_that_is_given_whatever_is_there(volume):
    before = snapshot_of(read_files([volume]), {"manual": DIGEST})
    (volume.path / "en/help.md").write_text("# Help\n\nOther.\n")
    assert verified(read_files([volume]), before, {"manual": DIGEST})
    with pytest.raises(SourceChanged):
        verified(read_files([volume]), before, {"manual": "1" * 64})


def test_what_is_too_large_is_refused_by_name(volume, monkeypatch):
    monkeypatch.setattr(knowledge, "MAX_FILE_BYTES", 12)
    with pytest.raises(InvalidSource, match=r"manual/en/billing/faq\.json:1: is larger"):
        read_files([volume])


def test_a_folder_that_is_not_there_is_a_source_that_changed(volume):
    with pytest.raises(SourceChanged, match="elsewhere"):
        read_files([volume.model_copy(update={"path": volume.path / "elsewhere"})])


def test_a_json_key_of_a_config_map_is_read_as_json(tmp_path):
    (tmp_path / "faq.json").write_text('[{"title": "A", "content": "B"}]')
    (section,) = sections(read_files([KnowledgeSource(name="docs", path=tmp_path)]))
    assert (section.uri, section.content) == ("docs/faq.json#a", "B")


@pytest.fixture
def config(volume):
    return KnowledgeConfig(
        database=Database(url_file=volume.path / "url", owner="ns/helper"),
        snapshot=snapshot_of([], {"manual": DIGEST}),
        sources=(volume,),
    )


@pytest.mark.parametrize("left", ["", "en/photo.png"], ids=["nothing", "a picture"])
async def test_a_volume_without_a_section_is_not_the_snapshot_and_is_read_again(config, left):
    (volume,) = config.sources
    shutil.rmtree(volume.path / "en")
    (volume.path / "en").mkdir()
    if left:
        (volume.path / left).write_text("")
    store = InMemoryKnowledge()
    with pytest.raises(SourceChanged, match="manual"):
        await ingest(config, store, LetterEmbedder())
    assert await store.sections_of(config.snapshot, "letters") is None
    (volume.path / "en/help.md").write_text("# Help\n\nText.\n")
    assert await ingest(config, store, LetterEmbedder()) == 1


async def test_a_stored_snapshot_is_told_as_it_is_whatever_became_of_its_volume(config):
    (volume,) = config.sources
    store = InMemoryKnowledge()
    stored = await ingest(config, store, LetterEmbedder())
    (volume.path / "en/more.md").write_text("# More\n\nText.\n")
    assert await ingest(config, store, LetterEmbedder()) == stored
    (volume.path / "en/broken.json").write_text("{")
    assert await ingest(config, store, LetterEmbedder()) == stored


async def test_a_fault_on_a_volume_tells_how_it_is_read_again(config):
    (volume,) = config.sources
    (volume.path / "en/broken.json").write_text("{")
    with pytest.raises(
        InvalidSource, match=r"manual/en/broken\.json:1: .*; the volume is read again by itself, or at "
    ):
        await ingest(config, InMemoryKnowledge(), LetterEmbedder())


def test_json_that_an_earlier_release_read_as_markdown_is_another_snapshot_to_job_and_operator(tmp_path):
    content = b'[{"title": "A", "content": "B"}]'
    (tmp_path / "faq.JSON").write_bytes(content)
    found = snapshot_of(read_files([KnowledgeSource(name="docs", path=tmp_path)]))
    assert found == told({"docs": source_digest({"faq.JSON": content})})
    before = hashlib.sha256(f'[["faq.JSON","{hashlib.sha256(content).hexdigest()}"]]'.encode()).hexdigest()
    assert found != told({"docs": before})
