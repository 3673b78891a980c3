"""What a status says when the API server refuses what a reconcile asks for."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import ClusterError, Conflict, Forbidden, Invalid, Throttled, TooLarge, Unreachable
from fte_operator.cluster.kinds import Object
from fte_operator.desired.metadata import OWNER_UID
from fte_operator.reconcile.publish import publish
from fte_operator.status.conditions import FALSE, TRUE, Condition, ConditionType, summary

_TRANSIENT = (Unreachable, Throttled, Conflict)
_SAID_ANEW = frozenset({"Accepted", "Ready", "Stalled", "Reconciling"})
_OF_A_RUN = frozenset({"conditions", "observedGeneration"})


def condition(error: ClusterError) -> Condition | None:
    """The refusal as the gate it closes; None for what passes by itself."""
    if isinstance(error, _TRANSIENT):
        return None
    return Condition("Applied", FALSE, _reason(error), f"{error}; {_remedy(error)}", stalled=not error.retryable)


async def publish_error(cluster: Cluster, raw: Object, error: ClusterError, now: datetime) -> None:
    """Write ``Ready`` False for the generation in `raw`; everything else stays as it was last seen.

    If the status is refused too, nothing can be said; the caller has `error` to raise and log.
    """
    gate = condition(error)
    if gate is None:
        return
    old: Mapping[str, Any] = raw.get("status") or {}
    accepted = Condition(ConditionType.ACCEPTED, TRUE, "Accepted", "the spec is valid")
    said = (accepted, *summary((accepted, gate)))
    fields = {name: value for name, value in old.items() if name not in _OF_A_RUN}
    kept = [each for each in old.get("conditions", ()) if each["type"] in set(ConditionType) - _SAID_ANEW]
    with suppress(ClusterError):
        await publish(cluster, raw, said, fields, now, kept=kept)


def _reason(error: ClusterError) -> str:
    return type(error).__name__ if isinstance(error, Forbidden | Invalid) else error.reason


def _remedy(error: ClusterError) -> str:
    if "exceeded quota" in str(error):
        return "raise the ResourceQuota or make room; it is tried again within a minute"
    if isinstance(error, Forbidden):
        return "give the operator this right or change the policy; it is tried again within a minute"
    if isinstance(error, Invalid):
        return "change the field it names, or the admission policy; it is tried again within a minute"
    if isinstance(error, TooLarge):
        return (
            error.remedy
            or f"take the label {OWNER_UID} off what the operator did not make, or delete what somebody made so large"
        )
    return "see the API server's logs; it is tried again"
