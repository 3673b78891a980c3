"""What an employee's answers depend on, apart from code: one document with one hash."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class OpenHours:
    """From ``start`` until before ``until`` on each of ``days`` (0 is Monday); None is the end of the day."""

    days: frozenset[int]
    start: time
    until: time | None


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When people answer, in the zone of that name in IANA's list; what lies in any of ``hours`` is open."""

    time_zone: str
    hours: tuple[OpenHours, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """The company the employee speaks for; these strings may stand in a reply uncited.

    ``signature`` closes its mails; without one the company's name and website do. Without ``business_hours`` nothing
    is told of when people answer.
    """

    name: str
    support_email: str | None = None
    website: str | None = None
    signature: str | None = None
    business_hours: BusinessHours | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens, in micro-dollars. ``cached`` is of input that was in the provider's cache."""

    input: int
    cached: int
    output: int


@dataclass(frozen=True, slots=True)
class HostedModel:
    """Where a hosted model is and how it is asked, as far as answers depend on it: `fte_agent.sdk.endpoint` says more.

    ``api`` and ``preload`` are values of its `Api` and of `fte_agent.sdk.messages.Preload`. What it costs is not known
    without ``prices``.
    """

    base_url: str
    api: str
    max_output_tokens: int
    store: bool
    parallel_tool_calls: bool
    tool_choice: bool
    preload: str
    prices: Prices | None = None


@dataclass(frozen=True, slots=True)
class HostedEmbedding:
    """A model that embeds, by its name at ``base_url``, in ``dimensions``.

    ``price`` is of a million tokens in micro-dollars, None if not known.
    """

    base_url: str
    model: str
    dimensions: int
    price: int | None = None


@dataclass(frozen=True, slots=True)
class Verifier:
    """Another model at the endpoint of the employee's own, which reads Grounded replies. None of ``prices`` is that
    one's."""

    name: str
    prices: Prices | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules of the house.

    ``reply_mode`` is a value of `fte_agent.gate.checks.ReplyMode`. Questions about prices and refunds that the
    knowledge answers go to a person nevertheless unless ``answer_pricing`` or ``answer_refunds``. ``competitors`` are
    names that no reply holds, ``forbidden_topics`` matters for a person, ``escalation_keywords`` words that extend
    the lexicon of approved reasons.
    """

    reply_mode: str = "Verbatim"
    verifier: Verifier | None = None
    answer_pricing: bool = False
    answer_refunds: bool = False
    escalation_keywords: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    forbidden_topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The behaviour document, parsed. ``revision`` is its hash, recorded with every run.

    ``knowledge_snapshot`` names the immutable set of sections this employee may answer from, or is
    None when it has none. Without an ``endpoint`` the model is Offline's, and so is what embeds without ``embedding``.
    """

    revision: str
    company: Company
    model_provider: str
    model_name: str
    knowledge_snapshot: str | None
    policy: Policy = Policy()
    endpoint: HostedModel | None = None
    embedding: HostedEmbedding | None = None
