"""The documents a sandbox answers from: a file or a folder, cut as the knowledge job cuts them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from fte_agent.domain.knowledge import Section
from fte_agent.escalation.rules import EscalationRules, InvalidRules, parse_rules
from fte_agent.knowledge.embedding import embedded
from fte_agent.knowledge.memory import InMemoryKnowledge
from fte_agent.knowledge.sections import InvalidSource, decode, sections_of
from fte_agent.ports import Embedder
from fte_prototype.errors import CannotOpen

SOURCE = "knowledge"
"""The source's name in every uri: ``knowledge/<file>#<anchor>``."""

CONTEXT = Path(__file__).resolve().parents[2] / "context"
"""The dossier of the repository: the prototype is run from a checkout."""

DOCUMENTS = CONTEXT / "product-docs.md"
RULES = CONTEXT / "escalation-rules.md"


def read_sections(path: Path) -> list[Section]:
    """The sections of a Markdown file, or of every file of a folder.

    Raises:
        CannotOpen: nothing is there, or a document cannot be used as it stands.
    """
    try:
        files = [(file.name, file.read_bytes()) for file in _files(path)]
        sections = [part for name, raw in files for part in sections_of(SOURCE, name, decode(SOURCE, name, raw))]
    except OSError as error:
        raise _unreadable(path, error) from error
    except InvalidSource as error:
        raise CannotOpen(f"knowledge: {error}") from error
    if not sections:
        raise CannotOpen(f"{path}: holds no documents; put Markdown files there")
    return sections


def read_rules(path: Path) -> EscalationRules:
    """The escalation rules; raises `CannotOpen` when they cannot be read or used."""
    try:
        return parse_rules(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _unreadable(path, error) from error
    except (UnicodeDecodeError, InvalidRules) as error:
        raise CannotOpen(f"{path}: {error}") from error


async def learn(sections: list[Section], embedder: Embedder) -> tuple[InMemoryKnowledge, str]:
    """The sections embedded, and their snapshot's name; 90 sections take some seconds."""
    knowledge = InMemoryKnowledge()
    text = "\n".join(f"{section.uri}\n{section.content}" for section in sections)
    snapshot = hashlib.sha256(text.encode()).hexdigest()
    items = await embedded(sections, embedder)
    await knowledge.write_snapshot(snapshot, embedder.identity, embedder.dimensions, items)
    return knowledge, snapshot


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.iterdir()):
        if file.is_file() and not file.name.startswith("."):
            yield file


def _unreadable(path: Path, error: OSError) -> CannotOpen:
    remedy = "name another" if path.parent != CONTEXT else "run from a checkout of the repository or name another"
    return CannotOpen(f"{path}: {error.strerror or error}; {remedy}")
