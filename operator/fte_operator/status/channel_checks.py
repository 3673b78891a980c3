"""Checks of one SupportChannel: observations in, conditions out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fte_operator.status.checks import refused
from fte_operator.status.conditions import FALSE, TRUE, UNKNOWN, Condition, ConditionType, summary
from fte_operator.status.health import CONSENT, CREDENTIALS, REGISTRATION, SYNC
from fte_operator.status.observed import Problem, WorkloadState, told
from fte_operator.status.shares import divided

__all__ = ["Channel", "Intake", "conditions", "refused"]


@dataclass(frozen=True, slots=True)
class Intake:
    """An employee's API, and what keeps it from taking in this channel's messages by its own account.

    `listens` says whether the document its pods mount has the channel as it is now; `reachable` whether the employee
    can be reached from where the channel's messages come. `parts` are those of the channel whose state is known, with
    the error of one that is not well. `registration` is how the vendor learns where to send to.
    """

    employee: str
    api: WorkloadState
    fault: str | None = None
    listens: bool = True
    reachable: bool = True
    parts: Mapping[str, str | None] = field(default_factory=dict)
    registration: str = "no registration needed"

    @property
    def ready(self) -> bool:
        """Whether every pod serves, and knows the channel."""
        return self.api.available and self.api.rolled_out and self.listens

    @property
    def lack(self) -> str:
        """What is missing while it is not ready."""
        if not self.api.available:
            return "is not available yet"
        return "does not know this channel yet, or not as it is now" if self.api.rolled_out else "is being rolled out"


@dataclass(frozen=True, slots=True)
class Channel:
    """An accepted channel.

    `secrets` names those its credentials are in, empty for a type without; `missing` is what of them is not there.
    `managed` says whether an employee registers it at the vendor, and `unregistered` what to do where that failed.
    `pause` is what becomes of messages while it is `paused`.
    """

    name: str
    paused: bool = False
    secrets: tuple[str, ...] = ()
    missing: tuple[Problem, ...] = ()
    managed: bool = False
    unregistered: str = ""
    pause: str = "messages are answered 503 with Retry-After"


def conditions(channel: Channel, intakes: Sequence[Intake]) -> tuple[Condition, ...]:
    """Every condition of an accepted channel; `intakes` are those of the employees bound to it, oldest first.

    What is not reported yet does not keep it from being ready.
    """
    gates = [Condition(ConditionType.ACCEPTED, TRUE, "Accepted", "the spec is valid")]
    if channel.secrets:
        gates.append(_credentials(channel, intakes))
    gates.append(_endpoint(channel, intakes))
    if channel.managed or any(intake.parts.get(REGISTRATION) for intake in intakes):
        gates.append(_registered(channel, intakes))
    known = [gate for gate in gates if gate.status != UNKNOWN]
    if channel.paused and all(gate.status == TRUE for gate in known):
        message = f"the channel is paused: {channel.pause}; set spec.runState to Active to go on"
        return (*gates, Condition(ConditionType.READY, FALSE, "Paused", message))
    return (*gates, *summary(known))


def _credentials(channel: Channel, intakes: Sequence[Intake]) -> Condition:
    """``CredentialsValid``: they are there, and the vendor takes them."""
    kind = ConditionType.CREDENTIALS_VALID
    if channel.missing:
        message = told(channel.missing)
        return Condition(kind, FALSE, channel.missing[0].reason, message)
    remedy = f"correct what is in {_named(channel.secrets)}"
    found = _reported(kind, CREDENTIALS, intakes, "Accepted", ("Rejected", remedy))
    ending = _fault_of(CONSENT, intakes)
    if found.status != TRUE or ending is None:
        return found
    return Condition(kind, TRUE, "ExpiresSoon", f"{ending} ({_named(channel.secrets)})", note=True, warning=True)


def _registered(channel: Channel, intakes: Sequence[Intake]) -> Condition:
    """``Registered``: the vendor knows where to send messages to (by a person: only if it does not)."""
    bad = ("RegistrationFailed", channel.unregistered)
    return _reported(ConditionType.REGISTERED, REGISTRATION, intakes, "Registered", bad)


def _reported(kind: str, part: str, intakes: Sequence[Intake], good: str, bad: tuple[str, str]) -> Condition:
    """What the employees report of a `part`; `bad` is reason and remedy of a fault."""
    fault = _fault_of(part, intakes)
    if fault is not None:
        reason, remedy = bad
        return Condition(kind, FALSE, reason, f"{fault}; {remedy}")
    if not any(part in intake.parts for intake in intakes):
        return Condition(kind, UNKNOWN, "NotReported", "not reported yet")
    return Condition(kind, TRUE, good, "the vendor said so when last asked")


def _fault_of(part: str, intakes: Sequence[Intake]) -> str | None:
    """The first that an employee reports of a `part`, to be followed by a remedy."""
    return next((error.rstrip(".") for intake in intakes if (error := intake.parts.get(part)) is not None), None)


def _endpoint(channel: Channel, intakes: Sequence[Intake]) -> Condition:
    """``EndpointReady``: an employee's API takes in what is written to the channel."""
    kind = ConditionType.ENDPOINT_READY
    if not intakes:
        message = f"no DigitalFTE listens on this channel: add channelRef {channel.name} to spec.channels of one"
        return Condition(kind, FALSE, "NoFTEBound", message)
    reachable = [intake for intake in intakes if intake.reachable]
    if not reachable:
        said = "; ".join(
            f"set spec.api.publicURL of DigitalFTE {each.employee} to the address that leads to Service {each.api.name}"
            for each in intakes
        )
        return Condition(kind, FALSE, "NoPublicURL", f"its messages come from outside the cluster: {said}", True)
    available = [intake for intake in reachable if intake.ready]
    if not available:
        said = "; ".join(f"Deployment {intake.api.name} {intake.lack}" for intake in reachable)
        return Condition(kind, FALSE, "APIUnavailable", said)
    serving = next((intake for intake in available if intake.fault is None), None)
    if serving is None:
        said = "; ".join(f"Deployment {intake.api.name} {_fault(intake.fault)}" for intake in available)
        return Condition(kind, FALSE, "Unhealthy", said)
    stale = None if channel.paused else _fault_of(SYNC, intakes)
    if stale is not None:
        message = f"{stale}; what is written meanwhile is read once that ends: see the logs of the workers' pods"
        return Condition(kind, FALSE, "SyncStale", message)
    does = f"knows that it is paused ({channel.pause})" if channel.paused else "takes in its messages"
    message = f"Deployment {serving.api.name} {does}; {serving.registration}"
    return Condition(kind, TRUE, "Serving", message)


def _named(secrets: Sequence[str]) -> str:
    return f"Secret {' and '.join(secrets)}"


def _fault(said: str | None) -> str:
    error, share = divided(said or "")
    return f"takes in nothing in {share}: {error}" if share else f"takes in nothing: {error}"
