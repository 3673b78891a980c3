"""The ports: what the employee needs of the world, each as small as its user.

The PostgreSQL adapters live in ``fte_database``, senders in ``fte_runtime.channels``. A method is one
transaction and one outcome; what can fail raises the adapter's own error, with ``retryable`` on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from fte_agent.domain.delivery import Delivery, DeliveryStatus, Failure, NonDelivery, OutsideReply, Sent
from fte_agent.domain.identity import Past
from fte_agent.domain.knowledge import Candidate, EmbeddedSection, Passage
from fte_agent.domain.messages import InboundMessage, Ingested
from fte_agent.domain.turns import Decision, Statement, TurnContext, Usage, Verification


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease on one conversation's unanswered burst.

    ``epoch`` fences it: a commit under an older epoch changes nothing. The burst covers the messages
    after ``answered_through_seq`` up to and including ``to_seq``, and has waited in the store since
    ``unanswered_since`` (how long it lay in a topic before is not the turn's fault).
    """

    conversation_id: UUID
    epoch: int
    answered_through_seq: int
    to_seq: int
    unanswered_since: datetime
    context: TurnContext


class TicketStore(Protocol):
    """Conversations and tickets: ingest, claim and commit (docs/architecture.md), each one transaction."""

    async def ingest(self, message: InboundMessage) -> Ingested:
        """Store a message once: event, identifier, customer, conversation, seq, message, ticket."""

    async def claim(self, worker: str, preferred: Sequence[UUID] = ()) -> Claim | None:
        """Lease the next due conversation, one of ``preferred`` first; None when nothing is due."""

    async def renew(self, claim: Claim) -> bool:
        """Extend the lease; False when the claim was lost."""

    async def commit(self, claim: Claim, decision: Decision, *, revision: str) -> bool:
        """Make a decision true by compare-and-set; False when superseded, and then nothing changed."""

    async def release(self, claim: Claim, error: str | None = None, *, counts: bool = True) -> None:
        """Give a claim back: at once without ``error`` (shutdown), with back-off otherwise.

        ``counts`` False says that the error is not the turn's own: it is no attempt, and the wait is long.
        """

    async def unanswered(self, conversations: Sequence[UUID]) -> set[UUID]:
        """Those of ``conversations`` that still wait for the employee."""


NOTHING_KNOWN = "No earlier conversations are available."
"""The account of a customer of whom nothing may be told, whether there is something or not."""


class CustomerStore(Protocol):
    """What may be told of a customer's past."""

    async def past(self, context: TurnContext) -> Past:
        """What may be told in this conversation of the customer's others: by verified identifiers only."""


class KnowledgeBase(Protocol):
    """Sections of one immutable snapshot."""

    async def candidates(
        self, snapshot: str, embedder: str, embedding: Sequence[float], terms: Sequence[str], limit: int
    ) -> list[Candidate]:
        """The nearest sections by vector and those matching any of ``terms``, joined, unranked."""


class KnowledgeWriter(Protocol):
    """Where the knowledge job puts a snapshot."""

    async def sections_of(self, snapshot: str, embedder: str) -> int | None:
        """How many sections the snapshot has for this embedder; None where it is not there, whole."""

    async def write_snapshot(
        self, snapshot: str, embedder: str, dimensions: int, sections: Sequence[EmbeddedSection]
    ) -> None:
        """Store a snapshot whole or not at all; writing it again changes nothing."""

    async def prepare(self, snapshot: str, embedder: str) -> None:
        """Make the search of a snapshot that is there fast, as far as an earlier release did not."""


class EmbeddingCache(Protocol):
    """What embedders made of texts, by a digest of the text, so that none is embedded twice."""

    async def recall(self, embedder: str, digests: Sequence[bytes]) -> Mapping[bytes, Sequence[float]]:
        """Those of ``digests`` that are known."""

    async def keep(self, embedder: str, vectors: Mapping[bytes, Sequence[float]]) -> None:
        """Keep what is not known yet."""


class OverdueStore(Protocol):
    """Bursts that nobody answered in time."""

    async def claim_overdue(self, worker: str, age: timedelta) -> Claim | None:
        """Take over a burst older than ``age`` from whoever has it; it goes to a person by an ordinary commit.

        One whose commit does not come is not given again before its lease ends.
        """

    async def tell_person(self) -> UUID | None:
        """Tell a person of what a customer wrote in a conversation of theirs; None when all are told."""


class TakeoverStore(Protocol):
    """Where it is noted that a person answered by other means than ours."""

    async def take_over(self, reply: OutsideReply) -> bool:
        """Store the reply, give its conversation to a person, cancel what the employee has not sent yet.

        False when there is no such conversation, or the reply is known. Without a conversation it is kept, and applied
        when the message it answers comes in.
        """

    async def note_sent_as(self, delivery: UUID, message_id: str) -> None:
        """A message of ours, which carries a delivery, has another id than we gave it: who answers it names that."""


class DeliveryStore(Protocol):
    """Replies to send, claimed in conversation order by whoever can send them.

    Every ``mark`` returns False when the claim was lost meanwhile, and then changed nothing.
    """

    async def claim_delivery(self, worker: str, channels: Sequence[str]) -> Delivery | None:
        """Lease the next sendable delivery of the SupportChannels ``channels``, or None."""

    async def mark_sent(self, delivery: Delivery, sent: Sent) -> bool:
        """Record the provider's acceptance, and what it has reported of that id already."""

    async def mark_failed(self, delivery: Delivery, failure: Failure) -> bool:
        """Record a failed attempt: back-off and try again; or failed for good, and then a person has it."""

    async def mark_unknown(self, delivery: Delivery, failure: Failure) -> bool:
        """Nobody knows whether the provider has it: it is to be looked up, and not sent meanwhile."""

    async def close_window(self, delivery: Delivery) -> bool:
        """The provider says that the time for free text is over: what is sent next is a template, or a person's."""

    async def claim_unconfirmed(self, worker: str, channels: Sequence[str]) -> Delivery | None:
        """Lease a delivery that is due to be looked up at its provider, or None."""

    async def claim_stranded(self, worker: str, channels: Sequence[str], age: timedelta) -> Delivery | None:
        """Lease a delivery older than ``age`` of a SupportChannel that is none of ``channels``, or None."""

    async def escalate_late(self, age: timedelta) -> UUID | None:
        """Put a conversation with a part due for ``age`` before a person, and go on trying; None when all are."""

    async def withdraw_late(self) -> None:
        """Resolve those escalations that nobody claimed once nothing is late any more."""

    async def mark_absent(self, delivery: Delivery) -> bool:
        """The provider does not know it. After the second time it is sent again or goes to a person, by its traits."""

    async def apply_status(self, status: DeliveryStatus) -> bool:
        """Store a provider's report, then move the delivery forward; False while no delivery has that id."""

    async def apply_non_delivery(self, report: NonDelivery) -> bool:
        """Fail a part that did not arrive, which gives its conversation to a person; once, however often it is told.

        False when it is not to be believed: no part of the channel was sent under that name to that recipient. Where it
        is permanent, nothing more is sent to the recipient until they write again.
        """

    async def unknown_ids(self, channel_name: str, provider_ids: Sequence[str]) -> set[str]:
        """Those of ``provider_ids`` that no delivery of the channel has."""

    async def has_unconfirmed(self, channel_name: str, address: str) -> bool:
        """Whether a part to ``address`` is being sent or unknown, so that a foreign id may be its own."""


class ReplySender(Protocol):
    """One SupportChannel's way out."""

    async def send(self, delivery: Delivery) -> Sent:
        """Hand one part to the provider.

        Raises:
            SendFailed: the provider does not have it. Any other error leaves that open.
        """

    async def look_up(self, delivery: Delivery) -> Sent | None:
        """What the provider knows of a part that may have been sent; None when it knows none such."""


class Embedder(Protocol):
    """Sentence embeddings. ``identity`` changes whenever the same text may embed differently."""

    identity: str
    dimensions: int

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Unit vectors, one per text."""


class Search(Protocol):
    """Ranked search over the turn's snapshot."""

    async def search(self, query: str, max_results: int) -> list[Passage]:
        """The best passages, best first; may be empty."""


class ToolPort(Protocol):
    """The only way a model acts: one tool call in, one text out. Implemented by the turn.

    ``retrieved`` is what the turn's searches have found so far, by uri.
    """

    @property
    def retrieved(self) -> Mapping[str, Passage]:
        """Every passage found in this turn."""

    async def invoke(self, name: str, raw_json: str) -> str:
        """Run a tool by name with JSON arguments; never raises for what a model can get wrong."""

    @property
    def open(self) -> bool:
        """Whether further calls can have an effect."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a model is asked: the turn's context, what the account of the past says, and what was found."""

    context: TurnContext
    history: str
    query: str
    passages: tuple[Passage, ...]
    repair: str | None = None


class Model(Protocol):
    """Not trusted: it acts on a turn through `ToolPort` alone."""

    name: str
    prompt_version: str

    async def run(self, request: ModelRequest, tools: ToolPort) -> Usage:
        """Work on the turn until it is closed or the model gives up; raises on provider failure."""


class Verifier(Protocol):
    """Reads a Grounded reply a second time, by itself: it knows neither the customer's words nor a model's reasons."""

    async def verify(self, statements: Sequence[Statement]) -> Verification:
        """Whether each sentence says only what its supports say. What is no clear yes is no.

        Raises:
            ModelFailed: it could not be asked; the reply counts as refused.
        """


class Clock(Protocol):
    """Time, so that tests own it."""

    def now(self) -> datetime:
        """The current time, timezone-aware."""

    def monotonic(self) -> float:
        """Seconds that never jump."""
