"""An employee made of its behaviour, its rules and the ports of whoever employs it."""

from fte_agent.domain.behaviour import Behaviour
from fte_agent.escalation.classifier import ExampleClassifier
from fte_agent.escalation.rules import EscalationRules
from fte_agent.knowledge.ranking import RankedSearch
from fte_agent.offline.embedder import shared_embedder
from fte_agent.offline.model import OfflineModel
from fte_agent.offline.relevance import Relevance
from fte_agent.ports import Clock, CustomerStore, KnowledgeBase
from fte_agent.turn.decide import TurnPorts


async def build_turn_ports(
    behaviour: Behaviour, rules: EscalationRules, *, knowledge: KnowledgeBase, customers: CustomerStore, clock: Clock
) -> TurnPorts:
    """What the turns of this employee need; learns the escalation ``rules``, which takes a second or two."""
    embedder = shared_embedder()
    return TurnPorts(
        company=behaviour.company,
        customers=customers,
        search=RankedSearch(knowledge, embedder, behaviour.knowledge_snapshot),
        model=OfflineModel(Relevance(embedder)),
        classifier=await ExampleClassifier.create(rules, embedder, behaviour.escalation_keywords),
        clock=clock,
    )
