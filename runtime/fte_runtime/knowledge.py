"""The files of a knowledge snapshot: read, compared with the snapshot's name, cut into sections.

The operator knows what is in a ConfigMap and names the snapshot after it. What is on a volume it does not know: such a
source has a digest that the document gives, and what is found there is the snapshot's.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fte_agent.domain.knowledge import Section
from fte_agent.knowledge.json_sections import json_sections
from fte_agent.knowledge.sections import InvalidSource, decode, sections_of
from fte_runtime.config import KnowledgeSource
from fte_runtime.errors import DataPlaneError

JSON = ".json"
DOCUMENTS = (".md", ".markdown", ".txt", JSON)
"""Endings of what is read on a volume, where other things may lie."""

MAX_FILE_BYTES = 16 * 1024 * 1024
"""Of one document: a book has one or two million characters."""

_READ_AS_JSON = "sections"


class SourceChanged(DataPlaneError):
    """The mounted files are not those the snapshot was named after."""

    retryable = True


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source, as mounted; ``name`` is its path in there."""

    source: str
    name: str
    content: bytes


def read_files(sources: Sequence[KnowledgeSource]) -> list[SourceFile]:
    """Every file of every source.

    Raises:
        SourceChanged: a source or file is gone.
        InvalidSource: a file is too large.
    """
    try:
        return [file for source in sources for file in _files(source)]
    except OSError as error:
        raise SourceChanged(f"cannot read {error.filename}: {error.strerror}") from error


def _files(source: KnowledgeSource) -> Iterator[SourceFile]:
    if source.digest is not None:
        yield from _on_volume(source)
        return
    # ``..data`` and its kin are how Kubernetes swaps a mounted ConfigMap, not files of it.
    for path in sorted(source.path.iterdir()):
        if path.is_file() and not path.name.startswith(".."):
            yield _read(source, path)


def _on_volume(source: KnowledgeSource) -> Iterator[SourceFile]:
    """Documents in all its folders; what is hidden, of another kind, or led out of it by a link is left alone."""
    root = source.path.resolve(strict=True)
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if hidden or path.suffix.lower() not in DOCUMENTS or not path.is_file():
            continue
        if path.resolve().is_relative_to(root):
            yield _read(source, path, str(path.relative_to(root)))


def _read(source: KnowledgeSource, path: Path, name: str | None = None) -> SourceFile:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        told = f"is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB; cut it into several files"
        raise InvalidSource(source.name, name or path.name, 1, told)
    return SourceFile(source.name, name or path.name, content)


def snapshot_of(files: Sequence[SourceFile], digests: Mapping[str, str] | None = None) -> str:
    """The name of a snapshot: a hash over the name of each source and a hash over name and content of its files.

    ``digests`` has the hashes that are given, by source; the files of such a source do not count.
    """
    given = digests or {}
    sources: dict[str, list[list[str]]] = {}
    for file in files:
        if file.source in given:
            continue
        sources.setdefault(file.source, []).append(_row(file))
    found = {source: _digest(sorted(entries)) for source, entries in sources.items()}
    return _digest(sorted([source, digest] for source, digest in {**found, **given}.items()))


def _row(file: SourceFile) -> list[str]:
    """With how it is read: an earlier release read JSON as Markdown, so the same bytes were another snapshot."""
    told = [file.name, hashlib.sha256(file.content).hexdigest()]
    return [*told, _READ_AS_JSON] if _is_json(file.name) else told


def _is_json(name: str) -> bool:
    return name.lower().endswith(JSON)


def _digest(rows: Sequence[Sequence[str]]) -> str:
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def verified(
    files: Sequence[SourceFile], snapshot: str, digests: Mapping[str, str] | None = None
) -> Sequence[SourceFile]:
    """``files``, if they are the snapshot's; raises `SourceChanged` otherwise."""
    found = snapshot_of(files, digests)
    if found != snapshot:
        raise SourceChanged(f"the mounted sources are snapshot {found[:10]}, not {snapshot[:10]}")
    return files


def sections(files: Sequence[SourceFile]) -> list[Section]:
    """The sections of all files; raises `fte_agent.knowledge.sections.InvalidSource`."""
    return [section for file in files for section in _sections(file)]


def _sections(file: SourceFile) -> list[Section]:
    text = decode(file.source, file.name, file.content)
    return (json_sections if _is_json(file.name) else sections_of)(file.source, file.name, text)
