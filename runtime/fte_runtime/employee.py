"""The employee, ready to decide: its behaviour, knowledge and model behind two calls."""

from pathlib import Path
from typing import Protocol

from fte_agent.domain.turns import Decision, Reason, TurnContext
from fte_agent.escalation.rules import EscalationRules, InvalidRules, parse_rules
from fte_agent.turn.decide import MAX_ATTEMPTS, TurnPorts, escalate_exhausted, run_turn
from fte_runtime.config import ConfigError


class Employee(Protocol):
    """Decides turns."""

    @property
    def revision(self) -> str:
        """Which behaviour decides; recorded with every run."""

    async def decide(self, context: TurnContext) -> Decision:
        """Run one turn; raises when it failed and may be tried again. A burst out of attempts goes to a person."""

    def escalate(self, context: TurnContext, reason: Reason) -> Decision:
        """Hand the burst over to a person without another try."""


class TurnRunner:
    """An `Employee` made of a behaviour document and the ports its turns need."""

    def __init__(self, revision: str, ports: TurnPorts) -> None:
        self.revision = revision
        self._ports = ports

    async def decide(self, context: TurnContext) -> Decision:
        """Run one turn; after attempts that never got as far as saying why they failed, none is tried."""
        if context.attempt > MAX_ATTEMPTS:
            return self.escalate(context, Reason.FAILURE)
        return await run_turn(context, self._ports)

    def escalate(self, context: TurnContext, reason: Reason) -> Decision:
        """Hand over without the model."""
        return escalate_exhausted(context, self._ports.company, reason, now=self._ports.clock.now())


def read_rules(path: Path) -> EscalationRules:
    """The escalation rules; raises `ConfigError` when they cannot be read or used."""
    try:
        return parse_rules(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, InvalidRules) as error:
        raise ConfigError(f"{path}: {error}") from error
