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
class HostedModel:
    """Where a hosted model is and how it is asked, as far as answers depend on it: `fte_agent.sdk.endpoint` says more.

    ``api`` and ``preload`` are values of its `Api` and of `fte_agent.sdk.messages.Preload`.
    """

    base_url: str
    api: str
    max_output_tokens: int
    store: bool
    parallel_tool_calls: bool
    tool_choice: bool
    preload: str


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The behaviour document, parsed. ``revision`` is its hash, recorded with every run.

    ``knowledge_snapshot`` names the immutable set of sections this employee may answer from, or is
    None when it has none. ``escalation_keywords`` extend the lexicon of approved reasons. Without an ``endpoint`` the
    model is Offline's.
    """

    revision: str
    company: Company
    model_provider: str
    model_name: str
    knowledge_snapshot: str | None
    escalation_keywords: tuple[str, ...] = ()
    endpoint: HostedModel | None = None
