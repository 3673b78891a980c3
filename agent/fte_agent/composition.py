"""An employee made of its behaviour, its rules and the ports of whoever employs it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fte_agent.domain.behaviour import Behaviour, HostedEmbedding
from fte_agent.domain.knowledge import EmbeddingUsage
from fte_agent.domain.turns import Reason
from fte_agent.escalation.classifier import ExampleClassifier
from fte_agent.escalation.rules import EscalationRules
from fte_agent.gate.checks import ReplyMode
from fte_agent.knowledge.ranking import RankedSearch
from fte_agent.offline.embedder import shared_embedder
from fte_agent.offline.model import OfflineModel
from fte_agent.offline.relevance import Relevance
from fte_agent.ports import Clock, CustomerStore, Embedder, KnowledgeBase, Model, Verifier
from fte_agent.sdk.traffic import Traffic
from fte_agent.turn.decide import TurnPorts
from fte_agent.turn.tools import Wording, wording_in


@dataclass(frozen=True, slots=True)
class ModelAccess:
    """What a hosted model takes besides the behaviour: a key, and how many seconds one request may take."""

    api_key: str = field(repr=False)
    request_timeout_seconds: float


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The model of a behaviour. ``check`` asks its endpoint for nothing and raises `ModelFailed`; Offline has none.

    ``secrets`` must never stand in a reply. ``wording`` is how it words its replies, ``verifier`` reads them a second
    time where they are its own words.
    """

    model: Model
    check: Callable[[], Awaitable[None]] | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    wording: Wording = Wording.MESSAGE
    verifier: Verifier | None = None


@asynccontextmanager
async def build_model(
    behaviour: Behaviour, access: ModelAccess | None = None, traffic: Traffic | None = None
) -> AsyncIterator[ChosenModel]:
    """The model that a behaviour names, until the block ends. ``traffic`` stands before the endpoint of its runs.

    Raises:
        ValueError: a hosted model without ``access``, or one whose address or key cannot be used.
    """
    if behaviour.endpoint is None:
        yield ChosenModel(offline_model())
        return
    if access is None:
        raise ValueError("a hosted model needs a key")
    from fte_agent.sdk.hosted import open_hosted, open_reader  # noqa: PLC0415 - 1.5 s and 90 MB, not for Offline

    mode = ReplyMode(behaviour.policy.reply_mode)
    timeout = access.request_timeout_seconds
    async with AsyncExitStack() as resources:
        asked: dict[str, Any] = {"api_key": access.api_key, "request_timeout_seconds": timeout, "traffic": traffic}
        opened = open_hosted(behaviour, behaviour.endpoint, **asked)
        model, check = await resources.enter_async_context(opened)
        verifier = None
        if mode is ReplyMode.GROUNDED:
            reader = open_reader(behaviour, behaviour.endpoint, **asked)
            verifier = await resources.enter_async_context(reader)
        yield ChosenModel(model, check, (access.api_key,), wording_in(mode), verifier)


@dataclass(frozen=True, slots=True)
class Patience:
    """With a hosted embedder: seconds for one request and for all requests of one batch, and how many further ones."""

    request_seconds: float
    batch_seconds: float
    retries: int


FOR_A_QUERY = Patience(request_seconds=10, batch_seconds=15, retries=2)
FOR_SECTIONS = Patience(request_seconds=60, batch_seconds=300, retries=8)


@dataclass(frozen=True, slots=True)
class ChosenEmbedder:
    """What embeds queries and sections, as `ChosenModel` is what answers."""

    embedder: Embedder
    check: Callable[[], Awaitable[None]] | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)


@asynccontextmanager
async def build_embedder(
    embedding: HostedEmbedding | None,
    api_key: str | None = None,
    patience: Patience = FOR_A_QUERY,
    spent: Callable[[EmbeddingUsage], Awaitable[None]] | None = None,
) -> AsyncIterator[ChosenEmbedder]:
    """The embedder that a behaviour names, until the block ends; ``spent`` hears what a hosted one has cost.

    Raises:
        ValueError: a hosted one without key, or one whose address or key cannot be used.
    """
    if embedding is None:
        yield ChosenEmbedder(shared_embedder())
        return
    if api_key is None:
        raise ValueError("a hosted embedder needs a key")
    from fte_agent.sdk.hosted import open_hosted_embedder  # noqa: PLC0415 - as the model's

    seconds = {"request_timeout_seconds": patience.request_seconds, "timeout_seconds": patience.batch_seconds}
    async with open_hosted_embedder(embedding, api_key, spent, retries=patience.retries, **seconds) as (hosted, check):
        yield ChosenEmbedder(hosted, check, (api_key,))


def offline_model() -> Model:
    """The model that needs neither key nor network."""
    return OfflineModel(Relevance(shared_embedder()))


async def build_turn_ports(
    behaviour: Behaviour,
    rules: EscalationRules,
    chosen: ChosenModel,
    *,
    knowledge: KnowledgeBase,
    customers: CustomerStore,
    clock: Clock,
    searching: ChosenEmbedder | None = None,
) -> TurnPorts:
    """What the turns of this employee need; learns the escalation ``rules``, which takes a second or two.

    ``searching`` embeds queries as its sections are embedded. Rules, and what Offline makes of the sections found, are
    calibrated for the shipped embedder and stay with it.
    """
    embedder, policy = shared_embedder(), behaviour.policy
    searching = searching or ChosenEmbedder(embedder)
    answered = {Reason.PRICING: policy.answer_pricing, Reason.REFUND: policy.answer_refunds}
    classifier = await ExampleClassifier.create(
        rules.answering([reason for reason, answers in answered.items() if answers]),
        embedder,
        policy.escalation_keywords,
        competitors=policy.competitors,
        forbidden_topics=policy.forbidden_topics,
    )
    return TurnPorts(
        company=behaviour.company,
        customers=customers,
        search=RankedSearch(knowledge, searching.embedder, behaviour.knowledge_snapshot),
        model=chosen.model,
        classifier=classifier,
        clock=clock,
        mode=ReplyMode(behaviour.policy.reply_mode),
        wording=chosen.wording,
        verifier=chosen.verifier,
        secrets=(*chosen.secrets, *searching.secrets),
        competitors=policy.competitors,
    )
