"""An employee made of its behaviour, its rules and the ports of whoever employs it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fte_agent.domain.behaviour import Behaviour
from fte_agent.domain.turns import Reason
from fte_agent.escalation.classifier import ExampleClassifier
from fte_agent.escalation.rules import EscalationRules
from fte_agent.knowledge.ranking import RankedSearch
from fte_agent.offline.embedder import shared_embedder
from fte_agent.offline.model import OfflineModel
from fte_agent.offline.relevance import Relevance
from fte_agent.ports import Clock, CustomerStore, KnowledgeBase, Model
from fte_agent.turn.decide import TurnPorts


@dataclass(frozen=True, slots=True)
class ModelAccess:
    """What a hosted model takes besides the behaviour: a key, and how many seconds one request may take."""

    api_key: str = field(repr=False)
    request_timeout_seconds: float


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The model of a behaviour. ``check`` asks its endpoint for nothing and raises `ModelFailed`; Offline has none.

    ``secrets`` must never stand in a reply.
    """

    model: Model
    check: Callable[[], Awaitable[None]] | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)


@asynccontextmanager
async def build_model(behaviour: Behaviour, access: ModelAccess | None = None) -> AsyncIterator[ChosenModel]:
    """The model that a behaviour names, until the block ends.

    Raises:
        ValueError: a hosted model without ``access``, or one whose address or key cannot be used.
    """
    if behaviour.endpoint is None:
        yield ChosenModel(offline_model())
        return
    if access is None:
        raise ValueError("a hosted model needs a key")
    from fte_agent.sdk.hosted import open_hosted  # noqa: PLC0415 - 1.5 s and 90 MB that Offline does without

    opened = open_hosted(
        behaviour,
        behaviour.endpoint,
        api_key=access.api_key,
        request_timeout_seconds=access.request_timeout_seconds,
    )
    async with opened as (model, check):
        yield ChosenModel(model, check, (access.api_key,))


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
) -> TurnPorts:
    """What the turns of this employee need; learns the escalation ``rules``, which takes a second or two."""
    embedder, policy = shared_embedder(), behaviour.policy
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
        search=RankedSearch(knowledge, embedder, behaviour.knowledge_snapshot),
        model=chosen.model,
        classifier=classifier,
        clock=clock,
        competitors=policy.competitors,
        secrets=chosen.secrets,
    )
