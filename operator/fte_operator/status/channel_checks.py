"""Checks of one SupportChannel: observations in, conditions out."""

from collections.abc import Sequence

from fte_operator.status.checks import refused
from fte_operator.status.conditions import FALSE, TRUE, Condition, ConditionType, summary
from fte_operator.status.observed import WorkloadState

__all__ = ["conditions", "endpoint", "refused"]


def conditions(name: str, apis: Sequence[WorkloadState]) -> tuple[Condition, ...]:
    """Every condition of an accepted channel; `apis` are those of the employees bound to it, oldest first."""
    gates = (Condition(ConditionType.ACCEPTED, TRUE, "Accepted", "the spec is valid"), endpoint(name, apis))
    return (*gates, *summary(gates))


def endpoint(name: str, apis: Sequence[WorkloadState]) -> Condition:
    """``EndpointReady``: an employee's API takes in what is written to the channel."""
    if not apis:
        message = f"no DigitalFTE listens on this channel: add channelRef {name} to spec.channels of one"
        return Condition(ConditionType.ENDPOINT_READY, FALSE, "NoFTEBound", message)
    serving = next((api for api in apis if api.available), None)
    if serving is None:
        names = ", ".join(api.name for api in apis)
        return Condition(
            ConditionType.ENDPOINT_READY, FALSE, "APIUnavailable", f"Deployment {names} is not available yet"
        )
    return Condition(
        ConditionType.ENDPOINT_READY, TRUE, "NotRequired", f"Deployment {serving.name} serves; no registration needed"
    )
