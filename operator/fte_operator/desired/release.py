"""Which behaviour an employee shows: documents, their hashes, and the decision between hashes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from fte_operator.desired import Object

_REVISION_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Document:
    """A text and its name by content; the programs that read it compute the same `revision`."""

    text: str

    @property
    def revision(self) -> str:
        """The first ten hex digits of the text's SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:_REVISION_DIGITS]


def document(content: Object) -> Document:
    """`content` as YAML, the same text for the same content whatever the order of its keys."""
    return Document(yaml.safe_dump(content, sort_keys=True, allow_unicode=True, default_flow_style=False, width=120))


def decide_release(candidate: str, existing: Sequence[str], *, ingested: bool) -> str | None:
    """The revision to run, out of the one the spec asks for and those that could be shown, best first.

    The candidate once its knowledge is `ingested`; until then the first of the others, None without any.
    """
    if ingested or candidate in existing:
        return candidate
    return next(iter(existing), None)
