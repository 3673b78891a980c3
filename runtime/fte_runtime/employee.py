"""The employee, ready to decide: its behaviour, knowledge and model behind two calls."""

from typing import Protocol

from fte_agent.domain.turns import Decision, TurnContext


class Employee(Protocol):
    """Decides one turn. ``revision`` is recorded with every run."""

    @property
    def revision(self) -> str:
        """Which behaviour decides."""

    async def decide(self, context: TurnContext) -> Decision:
        """Run one turn; raises when it failed and may be tried again."""

    def give_up(self, context: TurnContext) -> Decision:
        """Hand the burst over to a person, after every attempt failed."""
