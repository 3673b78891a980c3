"""Which sections of the knowledge answer a ticket: the labels against the uris of the snapshot."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from fte_agent.domain.knowledge import Candidate, Section
from fte_agent.evaluation.suite import InvalidSuite, SuiteTicket
from fte_agent.ports import KnowledgeBase

SHOWN_MISSING = 5
_PIECE = re.compile(r"--\d+\Z")


def accepted_uris(
    tickets: Iterable[SuiteTicket], sections: Sequence[Section], *, allow_missing: bool = False
) -> dict[str, frozenset[str]]:
    """Per ticket id the uris that its accepted sections mean.

    ``file.md#anchor`` and ``source/file.md#anchor`` mean the section and all pieces it was cut into.

    Raises:
        InvalidSuite: one is not in the knowledge, unless ``allow_missing``; it then means nothing.
    """
    known = _by_name(sections)
    meant: dict[str, frozenset[str]] = {}
    missing: list[str] = []
    for ticket in tickets:
        missing += [f"{ticket.id}: {name}" for name in ticket.accepted_sections if name not in known]
        meant[ticket.id] = frozenset(uri for name in ticket.accepted_sections for uri in known.get(name, ()))
    if missing and not allow_missing:
        more = f", and {len(missing) - SHOWN_MISSING} more" if len(missing) > SHOWN_MISSING else ""
        listed = ", ".join(missing[:SHOWN_MISSING])
        raise InvalidSuite(
            f"accepted sections are not in the knowledge ({listed}{more}); "
            "correct them, name the right documents, or allow missing sections"
        )
    return meant


class HiddenSections:
    """A `KnowledgeBase` without some sections; it asks for as many candidates more as it may have to drop."""

    def __init__(self, knowledge: KnowledgeBase, hidden: frozenset[str]) -> None:
        self._knowledge = knowledge
        self._hidden = hidden

    async def candidates(
        self, snapshot: str, embedder: str, embedding: Sequence[float], terms: Sequence[str], limit: int
    ) -> list[Candidate]:
        """What the knowledge proposes, but for the hidden sections."""
        found = await self._knowledge.candidates(snapshot, embedder, embedding, terms, limit + len(self._hidden))
        return [candidate for candidate in found if candidate.section.uri not in self._hidden]


def _by_name(sections: Sequence[Section]) -> Mapping[str, set[str]]:
    """The uris under every name a label may use. A piece of a section has its heading, a namesake has not."""
    headings = {section.uri: section.heading for section in sections}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for section in sections:
        whole = _PIECE.sub("", section.uri)
        if headings.get(whole) != section.heading:
            whole = section.uri
        for uri in (whole, section.uri):
            found[uri].add(section.uri)
            found[uri.partition("/")[2]].add(section.uri)
    return dict(found)
