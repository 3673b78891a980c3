"""Checks of one SupportChannel: observations in, conditions out."""

from collections.abc import Sequence
from dataclasses import dataclass

from fte_operator.status.checks import refused
from fte_operator.status.conditions import FALSE, TRUE, Condition, ConditionType, summary
from fte_operator.status.observed import WorkloadState

__all__ = ["Intake", "conditions", "endpoint", "refused"]


@dataclass(frozen=True, slots=True)
class Intake:
    """An employee's API, and what keeps it from taking in this channel's messages by its own account.

    `listens` says whether the document its pods mount names the channel.
    """

    api: WorkloadState
    fault: str | None = None
    listens: bool = True

    @property
    def ready(self) -> bool:
        """Whether every pod serves, and knows the channel."""
        return self.api.available and self.api.rolled_out and self.listens

    @property
    def lack(self) -> str:
        """What is missing while it is not ready."""
        if not self.api.available:
            return "is not available yet"
        return "is being rolled out" if self.listens else "does not know this channel yet"


def conditions(name: str, intakes: Sequence[Intake]) -> tuple[Condition, ...]:
    """Every condition of an accepted channel; `intakes` are those of the employees bound to it, oldest first."""
    gates = (Condition(ConditionType.ACCEPTED, TRUE, "Accepted", "the spec is valid"), endpoint(name, intakes))
    return (*gates, *summary(gates))


def endpoint(name: str, intakes: Sequence[Intake]) -> Condition:
    """``EndpointReady``: an employee's API takes in what is written to the channel."""
    if not intakes:
        message = f"no DigitalFTE listens on this channel: add channelRef {name} to spec.channels of one"
        return Condition(ConditionType.ENDPOINT_READY, FALSE, "NoFTEBound", message)
    available = [intake for intake in intakes if intake.ready]
    if not available:
        said = "; ".join(f"Deployment {intake.api.name} {intake.lack}" for intake in intakes)
        return Condition(ConditionType.ENDPOINT_READY, FALSE, "APIUnavailable", said)
    serving = next((intake.api for intake in available if intake.fault is None), None)
    if serving is None:
        said = "; ".join(f"Deployment {intake.api.name} takes in nothing: {intake.fault}" for intake in available)
        return Condition(ConditionType.ENDPOINT_READY, FALSE, "Unhealthy", said)
    message = f"Deployment {serving.name} takes in its messages; no registration needed"
    return Condition(ConditionType.ENDPOINT_READY, TRUE, "Serving", message)
