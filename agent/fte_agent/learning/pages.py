"""A proposal as the text of a Markdown section and as a suite; `sealed` tells later whether a person edited it."""

import hashlib
import json
import re
from datetime import UTC

from fte_agent.domain.turns import Outcome
from fte_agent.evaluation.suite import Suite, SuiteTicket
from fte_agent.knowledge.proposed import MARK
from fte_agent.knowledge.sections import slug
from fte_agent.learning.proposals import Proposal

TITLE = "Questions and answers"

CHECKS = (
    "the answer holds for every customer, today",
    "no name, address, number, order or link of anybody is left in it",
    "no approved section says it already, or says something else",
    "it promises nothing that the company does not promise",
)
_SEAL = re.compile(r"^(?:# )?sha256: ([0-9a-f]{64})\n", re.MULTILINE)


def section_page(proposal: Proposal) -> str:
    """The Markdown document, which is refused by whoever reads documents until its mark is removed."""
    front = [
        f"title: {TITLE}",
        f"escalations: [{', '.join(map(str, proposal.escalations))}]",
        f"answered: {proposal.answered_at.astimezone(UTC).isoformat(timespec='seconds')}",
        *_listed("needs_review", proposal.reviews),
        *_listed("check", CHECKS),
    ]
    asked = "\n".join(f"- {each.line}" for each in proposal.asked)
    mark = f"<!-- {MARK} nobody has approved this section. Check it, then remove this comment. -->"
    body = f"## {proposal.heading}\n\n{mark}\n\n<!-- asked:\n{asked}\n-->\n\n{proposal.answer}\n"
    return _sealed("---\n" + "\n".join(front) + "\n", "", f"---\n\n{body}")


def suite_head(proposal: Proposal) -> list[str]:
    """The comments above a suite's document, without ``#``; the first is its mark."""
    return [
        f"{MARK} nobody has approved these tickets. Check them, then remove this line.",
        f"escalations: {', '.join(map(str, proposal.escalations))}",
        *(f"needs_review: {' '.join(each.split())}" for each in proposal.reviews),
        *(f"check: {each}" for each in CHECKS),
    ]


def suite_of(proposal: Proposal) -> Suite:
    """Each asking as a ticket that the section answers."""
    section = f"{proposal.name}.md#{slug(proposal.heading)}"
    tickets = tuple(
        SuiteTicket(
            id=proposal.name if number == 1 else f"{proposal.name}-{number}",
            channel=asked.channel,
            language=proposal.language,
            subject=asked.subject,
            messages=(asked.text,),
            outcome=Outcome.ANSWER,
            accepted_sections=(section,),
            tags=("proposed",),
        )
        for number, asked in enumerate(proposal.asked, start=1)
    )
    return Suite.model_validate({"name": proposal.name, "tickets": tickets})


def suite_page(proposal: Proposal, document: str) -> str:
    """``document``, the suite in YAML, below its comments."""
    head = "".join(f"# {line}\n" for line in suite_head(proposal))
    return _sealed(head, "# ", document)


def is_untouched(page: str) -> bool:
    """Whether a page is as it was written: its seal is that of all the rest."""
    found = _SEAL.search(page)
    return found is not None and found[1] == _digest(page[: found.start()] + page[found.end() :])


def escalations_of(page: str) -> frozenset[str]:
    """The escalations that a page names."""
    found = re.search(r"^escalations: \[([^\]\n]*)\]$", page, re.MULTILINE)
    return frozenset(filter(None, (each.strip() for each in found[1].split(",")))) if found else frozenset()


def _sealed(above: str, comment: str, below: str) -> str:
    return f"{above}{comment}sha256: {_digest(above + below)}\n{below}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _listed(name: str, lines: tuple[str, ...]) -> list[str]:
    """A list in YAML; each line in quotes, as JSON has them."""
    if not lines:
        return [f"{name}: []"]
    return [f"{name}:", *(f"  - {json.dumps(line, ensure_ascii=False)}" for line in lines)]
