"""One turn: what it is given, what its tools did, and what it decided."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from fte_agent.domain.identity import Claimed, Standing
from fte_agent.domain.messages import Author, Channel, StoredMessage


class Outcome(StrEnum):
    """How a turn ends. Only ``ANSWER`` needs citations; the others use approved templates."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    SOCIAL = "social"
    ESCALATE = "escalate"
    ACKNOWLEDGE_CAP = "acknowledge_cap"
    SILENCE = "silence"


class Reason(StrEnum):
    """Why a conversation goes to a person; docs/safety.md says of each how it is raised."""

    SAFETY = "safety"
    LEGAL = "legal"
    THREAT = "threat"
    SECURITY = "security"
    REFUND = "refund"
    PRICING = "pricing"
    HUMAN = "human"
    KEYWORD = "keyword"
    COMPETITOR = "competitor"
    FORBIDDEN_TOPIC = "forbidden_topic"
    REJECTED = "rejected"
    SENTIMENT = "sentiment"
    LANGUAGE = "language"
    NOT_FOUND = "not_found"
    GATE = "gate"
    FAILURE = "failure"
    BUDGET = "budget"
    ATTACHMENT = "attachment"
    OPTED_OUT = "opted_out"
    DELIVERY = "delivery"
    OVERDUE = "overdue"
    OUTSIDE = "outside"
    UNREADABLE = "unreadable"
    SUPPRESSED = "suppressed"
    REPEATED = "repeated"
    CAPPED = "capped"
    IDENTITY = "identity"


class Trigger(StrEnum):
    """What raised an escalation; the values are those of ``escalations.trigger``."""

    RULE = "rule"
    MODEL = "model"
    CUSTOMER = "customer"
    FAILURE = "failure"
    GUARDRAIL = "guardrail"


@dataclass(frozen=True, slots=True)
class TurnContext:
    """Everything one turn may know. Identifiers come from here, never from the model.

    ``burst`` holds the customer messages not yet answered, oldest first, never empty; ``history``
    the earlier messages of the same conversation. ``max_chars`` bounds a reply, all its parts together.
    ``attempt`` counts claims of this burst from 1. ``automated`` says that no person wrote the burst
    (RFC 3834), ``budget_spent`` that no more money may be spent on answers, ``opted_out`` that the customer asked
    not to be written to. ``standing`` says how far it is known who writes.
    """

    conversation_id: UUID
    ticket_id: UUID
    customer_id: UUID
    channel: Channel
    channel_name: str
    subject: str
    customer_name: str
    burst: tuple[StoredMessage, ...]
    max_chars: int
    history: tuple[StoredMessage, ...] = ()
    attempt: int = 1
    automated: bool = False
    budget_spent: bool = False
    opted_out: bool = False
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True)
class Citation:
    """A section a reply rests on: ``uri`` as in `Section`, and the words to show for it."""

    uri: str
    title: str
    heading: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a reply in a model's own words, and the approved sentences that it says anew.

    ``heading`` is that of their section, or of each, under which they are to be read.
    """

    text: str
    supports: tuple[str, ...]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One line of a turn's ledger. ``status``: ok, invalid, refused or failed. ``ms`` is wall time."""

    name: str
    arguments: dict[str, object]
    status: str
    ms: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens the model reported; None means unknown, which is not zero.

    ``cached_tokens`` are those of the input that the provider had in its cache, as far as it says.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None

    @property
    def total(self) -> int | None:
        """Tokens in and out, or None when either is unknown."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens

    def plus(self, other: "Usage") -> "Usage":
        """Both together; unknown if one is. Of the cache what is said counts."""
        return Usage(
            _plus(self.input_tokens, other.input_tokens),
            _plus(self.output_tokens, other.output_tokens),
            other.cached_tokens if self.cached_tokens is None else self.cached_tokens + (other.cached_tokens or 0),
        )


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True, slots=True)
class Charge:
    """What a turn is charged, in micro-dollars; a request of unknown usage at its ceiling, and then not ``known``.

    ``reserved`` says that the ledger holds a reservation of the turn, ``usage`` what its requests to a model used.
    """

    model: int = 0
    embedding: int = 0
    known: bool = True
    reserved: bool = False
    usage: Usage = Usage(0, 0)

    @property
    def cost(self) -> int | None:
        """What the turn has cost, or None where that is not known."""
        return self.model + self.embedding if self.known else None


@dataclass(frozen=True, slots=True)
class Verification:
    """What a second reading of a reply came to. ``holds`` only if every sentence is surely supported."""

    holds: bool
    usage: Usage


@dataclass(frozen=True, slots=True)
class Brief:
    """What a person needs to go on: the customer's request, the evidence seen, what was tried, a draft.

    ``tried`` are the searches made. ``draft`` is a text nobody has approved, or empty. ``attachments`` are the
    kinds of what came with the request and nobody has looked at, see `Attachment`.
    """

    request: str
    evidence: tuple[Citation, ...] = ()
    tried: tuple[str, ...] = ()
    draft: str = ""
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """The hand-over to a person: a reason code, what raised it, why in a sentence, and the brief."""

    reason: Reason
    trigger: Trigger
    summary: str
    brief: Brief | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a turn decided: the only thing that leaves it.

    ``parts`` is the reply by ``author`` ``ai`` or ``system`` in the pieces it is sent in, in order and not yet
    numbered (`fte_agent.reply.formatting.numbered`); empty for silence.
    ``escalation`` is set exactly when ``outcome`` is ESCALATE or ACKNOWLEDGE_CAP. ``category`` and
    ``priority`` are what ``create_ticket`` buffered for the ticket that ingest made, None to leave it. ``charge`` is
    None where nobody keeps accounts. ``sentiments`` say of each message of the burst how it sounds, from -2 to 2;
    empty where the rules did not read it. ``claim`` is an address to which a code is to be sent with the reply.
    """

    outcome: Outcome
    author: Author
    parts: tuple[str, ...]
    citations: tuple[Citation, ...] = ()
    escalation: Escalation | None = None
    category: str | None = None
    priority: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage(0, 0)
    model: str = ""
    prompt_version: str = ""
    top_score: float | None = None
    model_ms: int = 0
    total_ms: int = 0
    charge: Charge | None = None
    sentiments: tuple[int, ...] = ()
    claim: Claimed | None = None

    @property
    def text(self) -> str | None:
        """The whole reply, or None for silence."""
        return "\n\n".join(self.parts) or None
