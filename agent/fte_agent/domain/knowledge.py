"""Knowledge as the employee sees it: sections of approved documents."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a document: ``uri`` is ``<source>/<file>#<anchor>`` and unique in a snapshot.

    ``title`` is the document's, ``heading`` the section's own path of headings (``Billing > Invoices``).
    ``example_questions`` are questions, in customers' words, that the section answers: they help to find it and are
    never shown. A section whose ``visibility`` is ``internal`` is stored and never found for a customer.
    """

    uri: str
    title: str
    heading: str
    content: str
    example_questions: tuple[str, ...] = ()
    visibility: str = "public"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A section a store proposes for a query, with its raw cosine similarity to it (-1..1)."""

    section: Section
    cosine: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A ranked section: ``score`` is what the ranker made of its candidates, higher is better."""

    section: Section
    score: float


@dataclass(frozen=True, slots=True)
class EmbeddingUsage:
    """What one request for embeddings used: ``tokens`` as its endpoint says, None where it does not.

    ``ceiling`` is what it cannot have been more than: no token is shorter than a byte.
    """

    tokens: int | None
    ceiling: int


@dataclass(frozen=True, slots=True)
class EmbeddedSection:
    """A section with its embedding, ready to be stored."""

    section: Section
    embedding: Sequence[float]
