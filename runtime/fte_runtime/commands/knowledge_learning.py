"""What ``fte-knowledge`` learns from people: questions that nothing approved answers, and proposals of answers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from fte_agent.domain.learning import Unanswered
from fte_agent.knowledge.gaps import Gap, grouped, normal
from fte_agent.learning.doubts import Vocabulary
from fte_agent.learning.exchange import REASONS
from fte_agent.learning.personal import People, masked
from fte_agent.learning.proposals import LeftOut, Proposal, proposals_of
from fte_agent.offline.embedder import shared_embedder
from fte_runtime import proposals
from fte_runtime.wiring.knowledge import Reading, learning_store

MOST_GAPS = 2000
"""Requests that are looked at, the newest."""

MOST_ANSWERS = 5000
"""Escalations that people answered, the newest."""

_COLUMNS = ("count", "answered", "last", "weeks", "proposal", "question")


async def gaps(reading: Reading, days: int, folder: Path | None = None) -> list[dict[str, object]]:
    """Questions that nothing approved answered, those asked most first, masked.

    ``answered`` is how many of them a person has answered since, ``weeks`` how many were asked in each week (ISO 8601,
    UTC), ``proposal`` the name of one in ``folder``. Raises `proposals.NoFolder`.
    """
    known = None if folder is None else proposals.proposed(folder)
    async with learning_store(reading) as store:
        requests = await store.unanswered(timedelta(days=days), MOST_GAPS)
    shown = [masked(each.request, People(each.people, ())) for each in requests]
    found = await grouped(shown, shared_embedder())
    return [_told(gap, [requests[place] for place in gap.places], known) for gap in found]


def _told(gap: Gap, requests: Sequence[Unanswered], known: Mapping[str, str] | None) -> dict[str, object]:
    weeks = Counter(f"{week.year}-W{week.week:02}" for each in requests for week in [each.asked_at.isocalendar()])
    told: dict[str, object] = {
        "count": gap.count,
        "question": gap.question,
        "answered": sum(each.answered for each in requests),
        "last": max(each.asked_at for each in requests).date().isoformat(),
        "weeks": dict(sorted(weeks.items())),
    }
    if known is not None:
        told["proposal"] = next((name for each in requests if (name := known.get(str(each.escalation_id)))), None)
    return told


def gaps_table(lines: Sequence[Mapping[str, object]]) -> str:
    """The gaps for a person to read, one a line below a head."""
    columns = [name for name in _COLUMNS if name != "proposal" or any(name in line for line in lines)]
    rows = [columns, *([_cell(line[name]) for name in columns] for line in lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(columns))]
    aligned = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(aligned) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{week}:{count}" for week, count in value.items())
    return "-" if value is None else str(value)


async def propose(
    reading: Reading, folder: Path, since: datetime | None, conversation: UUID | None
) -> list[dict[str, object]]:
    """Write proposals of what people answered, and tell of each, and of what none was made of.

    ``since`` and ``conversation`` choose what is told and written, by the newest answer; what is grouped is always all,
    so a proposal is the same whatever is chosen. Raises `proposals.NoFolder`.
    """
    async with learning_store(reading) as store:
        handed = await store.answered(MOST_ANSWERS)
        texts, asked = await store.approved(reading.snapshot)
    made, left = await proposals_of(handed, Vocabulary.of(texts), frozenset(map(normal, asked)), shared_embedder())

    def chosen(answered_at: datetime, conversations: frozenset[UUID]) -> bool:
        return (since is None or answered_at >= since) and (conversation is None or conversation in conversations)

    kept = [each for each in made if chosen(each.answered_at, each.conversations)]
    written = proposals.write(folder, kept)
    told = [_proposal(each, *states) for each, states in zip(kept, written, strict=True)]
    return told + [_left(each) for each in left if chosen(each.answered_at, frozenset([each.conversation]))]


def _proposal(made: Proposal, section: proposals.Written, suite: proposals.Written) -> dict[str, object]:
    return {
        "proposal": made.name,
        "section": section,
        "suite": suite,
        "escalations": list(map(str, made.escalations)),
        "asked": len(made.asked),
        "needs_review": list(made.reviews),
    }


def _left(left: LeftOut) -> dict[str, object]:
    return {"escalation": str(left.escalation), "not_proposed": left.reason, "because": REASONS[left.reason]}
