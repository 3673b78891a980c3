"""The files of a knowledge snapshot: read, compared with the snapshot's name, cut into sections."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fte_agent.domain.knowledge import Section
from fte_agent.knowledge.sections import decode, sections_of
from fte_runtime.config import KnowledgeSource
from fte_runtime.errors import DataPlaneError


class SourceChanged(DataPlaneError):
    """The mounted files are not those the snapshot was named after."""

    retryable = True


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source, as mounted."""

    source: str
    name: str
    content: bytes


def read_files(sources: Sequence[KnowledgeSource]) -> list[SourceFile]:
    """Every file of every source.

    Raises:
        SourceChanged: a source or file is gone.
    """
    try:
        return [file for source in sources for file in _files(source)]
    except OSError as error:
        raise SourceChanged(f"cannot read {error.filename}: {error.strerror}") from error


def _files(source: KnowledgeSource) -> Iterator[SourceFile]:
    # ``..data`` and its kin are how Kubernetes swaps a mounted ConfigMap, not files of it.
    for path in sorted(source.path.iterdir()):
        if path.is_file() and not path.name.startswith(".."):
            yield SourceFile(source.name, path.name, path.read_bytes())


def snapshot_of(files: Sequence[SourceFile]) -> str:
    """The name of a snapshot: a hash over the name of each source and a hash over name and content of its files."""
    sources: dict[str, list[list[str]]] = {}
    for file in files:
        sources.setdefault(file.source, []).append([file.name, hashlib.sha256(file.content).hexdigest()])
    return _digest(sorted([source, _digest(sorted(entries))] for source, entries in sources.items()))


def _digest(rows: Sequence[Sequence[str]]) -> str:
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def verified(files: Sequence[SourceFile], snapshot: str) -> Sequence[SourceFile]:
    """``files``, if they are the snapshot's; raises `SourceChanged` otherwise."""
    found = snapshot_of(files)
    if found != snapshot:
        raise SourceChanged(f"the mounted sources are snapshot {found[:10]}, not {snapshot[:10]}")
    return files


def sections(files: Sequence[SourceFile]) -> list[Section]:
    """The sections of all files; raises `fte_agent.knowledge.sections.InvalidSource`."""
    return [s for f in files for s in sections_of(f.source, f.name, decode(f.source, f.name, f.content))]
