"""Who is evaluated: an employee by its behaviour, what it knows and what decides before its model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from statistics import fmean

from fte_agent.composition import ModelAccess
from fte_agent.domain.behaviour import Behaviour
from fte_agent.escalation.rules import EscalationRules
from fte_agent.evaluation.journal import Conditions
from fte_agent.evaluation.outlook import Sizes
from fte_agent.evaluation.spending import Cost, cost_by
from fte_agent.evaluation.suite import SuiteTicket
from fte_agent.gate.checks import ReplyMode
from fte_agent.prompts.loader import Prompt, load_prompt
from fte_agent.sdk.schemas import strict_schema
from fte_agent.turn.tools import SPEC
from fte_runtime.evaluation import Documents


@dataclass(frozen=True, slots=True)
class Examinee:
    """An employee with the documents it answers from. ``access`` reaches its model, if that is hosted."""

    behaviour: Behaviour
    documents: Documents
    rules: EscalationRules
    access: ModelAccess | None = None

    @property
    def hosted(self) -> bool:
        """Whether its model is behind an endpoint."""
        return self.behaviour.endpoint is not None

    @property
    def on_documents(self) -> Behaviour:
        """Its behaviour with the documents for its knowledge, whatever snapshot it names."""
        return replace(self.behaviour, knowledge_snapshot=self.documents.snapshot)

    @property
    def cost(self) -> Cost:
        """What usages of its model cost."""
        return cost_by(None if self.behaviour.endpoint is None else self.behaviour.endpoint.prices)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no file may hold."""
        return () if self.access is None else (self.access.api_key,)

    def sizes(self) -> Sizes:
        """How much its model is told."""
        tools = sum(len(json.dumps(strict_schema(tool))) for tool in SPEC.values())
        fixed = len(self._instructions().text) + tools
        return Sizes(fixed, fmean(len(section.content) for section in self.documents.sections))

    def conditions(self, tickets: Sequence[SuiteTicket], embedder: str, *, removal: bool) -> Conditions:
        """What plays must have in common to stand beside each other in one report."""
        told = {
            "suite": [ticket.model_dump(mode="json") for ticket in tickets],
            "document": self.behaviour.revision,
            "company": self.behaviour.company.name,
            "knowledge": [self.documents.snapshot, embedder],
            "escalation rules": repr(self.rules),
            "instructions": self._instructions().version,
            "--no-removal": removal,
        }
        return {name: sha256(json.dumps(value).encode()).hexdigest()[:12] for name, value in told.items()}

    def _instructions(self) -> Prompt:
        return load_prompt(ReplyMode(self.behaviour.policy.reply_mode))
