"""What an employee's answers depend on, apart from code: one document with one hash."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Company:
    """The company the employee speaks for; these strings may stand in a reply uncited.

    ``signature`` closes its mails; without one the company's name and website do.
    """

    name: str
    support_email: str | None = None
    website: str | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The behaviour document, parsed. ``revision`` is its hash, recorded with every run.

    ``knowledge_snapshot`` names the immutable set of sections this employee may answer from, or is
    None when it has none. ``escalation_keywords`` extend the lexicon of approved reasons.
    """

    revision: str
    company: Company
    model_provider: str
    model_name: str
    knowledge_snapshot: str | None
    escalation_keywords: tuple[str, ...] = ()
