"""Conditions and their setter (KEP-1623): the transition time moves only when the status flips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_MAX_MESSAGE = 32_768
"""What the API takes for a condition's message."""

TRUE, FALSE, UNKNOWN = "True", "False", "Unknown"


class ConditionType(StrEnum):
    """Conditions of both kinds in the order of the gates; the last two are present only while True.

    `CHANNELS_BOUND`, `SCALING_ACTIVE`, `BUDGET_AVAILABLE` and `RETENTION_ENFORCED` are no gates: they say what a person
    may want to know.
    """

    ACCEPTED = "Accepted"
    DEPENDENCIES_READY = "DependenciesReady"
    TOPICS_READY = "TopicsReady"
    DATABASE_READY = "DatabaseReady"
    KNOWLEDGE_READY = "KnowledgeReady"
    API_AVAILABLE = "APIAvailable"
    WORKER_AVAILABLE = "WorkerAvailable"
    ANSWERING = "Answering"
    PROGRESSING = "Progressing"
    CHANNELS_BOUND = "ChannelsBound"
    SCALING_ACTIVE = "ScalingActive"
    BUDGET_AVAILABLE = "BudgetAvailable"
    RETENTION_ENFORCED = "RetentionEnforced"
    CREDENTIALS_VALID = "CredentialsValid"
    ENDPOINT_READY = "EndpointReady"
    REGISTERED = "Registered"
    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"


@dataclass(frozen=True, slots=True)
class Condition:
    """One statement. `message` names the thing and, unless the status is True, the remedy.

    `stalled` says that waiting will not help: a person must change something. `under_way` says that the operator is
    at it and nothing is wrong: what runs goes on meanwhile. `note` is worth a word in ``Ready`` while that is True. A
    `warning` is told by an Event as well when it comes up: something will be wrong unless a person acts.
    """

    type: str
    status: str
    reason: str
    message: str
    stalled: bool = False
    under_way: bool = False
    note: bool = False
    warning: bool = False

    @property
    def is_true(self) -> bool:
        """Whether the gate behind this condition is passed."""
        return self.status == TRUE


def summary(
    gates: Sequence[Condition], told: Sequence[Condition] = (), *, serving: bool = False
) -> tuple[Condition, ...]:
    """``Ready`` with the reason of the first gate that is not passed, and what becomes of it.

    ``Stalled`` if a person must act, else ``Reconciling``: the operator goes on by itself (kstatus). While the
    employee is `serving`, a gate whose condition is `under_way` takes nothing away from it: it stays ready, and
    ``Reconciling`` tells that it is not yet what its spec asks for. `told` are conditions that are no gates.
    """
    failing = next((gate for gate in gates if not gate.is_true and not (serving and gate.under_way)), None)
    if failing is None:
        return _ready([gate for gate in gates if gate.under_way], [each for each in (*gates, *told) if each.note])
    ready = Condition(ConditionType.READY, FALSE, failing.reason, failing.message)
    stalled = next((gate for gate in gates if not gate.is_true and gate.stalled), None)
    if stalled is None:
        return ready, Condition(ConditionType.RECONCILING, TRUE, failing.reason, failing.message)
    return ready, Condition(ConditionType.STALLED, TRUE, stalled.reason, stalled.message)


def _ready(under_way: Sequence[Condition], notes: Sequence[Condition]) -> tuple[Condition, ...]:
    words = [gate.message for gate in (*under_way[:1], *notes)]
    message = "it serves, but: " + "; ".join(words) if words else "everything is in place"
    ready = Condition(ConditionType.READY, TRUE, "Ready", message)
    if not under_way:
        return (ready,)
    return ready, Condition(ConditionType.RECONCILING, TRUE, under_way[0].reason, under_way[0].message)


def rendered(
    conditions: Sequence[Condition], previous: Sequence[Mapping[str, Any]], *, generation: int, now: str
) -> list[dict[str, Any]]:
    """Conditions as they stand in a status; `now` is RFC 3339 and used only where the status flips."""
    times = {(old.get("type"), old.get("status")): old.get("lastTransitionTime") for old in previous}
    return [
        {
            "type": condition.type,
            "status": condition.status,
            "reason": condition.reason,
            "message": _capped(condition.message),
            "observedGeneration": generation,
            "lastTransitionTime": times.get((condition.type, condition.status)) or now,
        }
        for condition in conditions
    ]


def _capped(message: str) -> str:
    return message if len(message) <= _MAX_MESSAGE else message[: _MAX_MESSAGE - 1] + "…"
