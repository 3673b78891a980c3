"""The name of a snapshot: what it depends on, and what a mounted ConfigMap hides."""

import hashlib
import json

import pytest

from fte_runtime.config import KnowledgeSource
from fte_runtime.knowledge import SourceChanged, read_files, sections, snapshot_of, verified


@pytest.fixture
def sources(tmp_path):
    for name in ("b", "a"):
        folder = tmp_path / name / "..2026_01_02"
        folder.mkdir(parents=True)
        (folder / "faq.md").write_text(f"# Ä {name}\n\nText.\n")
        (tmp_path / name / "..data").symlink_to("..2026_01_02")
        (tmp_path / name / "faq.md").symlink_to("..data/faq.md")
    return [KnowledgeSource(name=name, path=tmp_path / name) for name in ("b", "a")]


def test_the_name_is_a_hash_of_the_sorted_hashes_of_the_sources_as_the_operator_makes_it(sources):
    files = {n: hashlib.sha256(f"# Ä {n}\n\nText.\n".encode()).hexdigest() for n in ("a", "b")}
    entries = [[n, hashlib.sha256(f'[["faq.md","{digest}"]]'.encode()).hexdigest()] for n, digest in files.items()]
    text = json.dumps(entries, separators=(",", ":"))
    assert snapshot_of(read_files(sources)) == hashlib.sha256(text.encode()).hexdigest()


def test_each_file_is_read_once_though_mounted_by_links(sources):
    assert [(f.source, f.name) for f in read_files(sources)] == [("b", "faq.md"), ("a", "faq.md")]
    assert [s.uri.partition("#")[0] for s in sections(read_files(sources))] == ["b/faq.md", "a/faq.md"]


def test_what_changed_meanwhile_is_refused(sources):
    snapshot = snapshot_of(read_files(sources))
    assert verified(read_files(sources), snapshot)
    (sources[0].path / "new.md").write_text("# New\n")
    with pytest.raises(SourceChanged):
        verified(read_files(sources), snapshot)


def test_a_missing_source_is_one_that_changed(tmp_path):
    with pytest.raises(SourceChanged):
        read_files([KnowledgeSource(name="gone", path=tmp_path / "gone")])
