"""Checks of the work itself: whether somebody can write to the employee, and whether messages are read and answered."""

from collections.abc import Collection, Mapping
from typing import Any

from fte_operator.status import embedder, health, model
from fte_operator.status.conditions import FALSE, TRUE, UNKNOWN, Condition, ConditionType
from fte_operator.status.health import ANSWERING, Faults

NOT_REPORTED = "NotReported"
REASONS = {
    "workers": ("WorkersSilent", "see the logs of the workers' pods"),
    "roles": ("WorkerFailing", "see the logs of the workers' pods"),
    "readers": ("PartitionsUnread", "see the logs of the workers' pods, and kafka-consumer-groups.sh --describe"),
    "unread": ("MessagesUnread", "see the logs of the workers' pods; where they only are too slow, raise maxReplicas"),
    "unanswered": ("MessagesUnanswered", "see the logs of the workers' pods; a person takes over after ten minutes"),
    "sight": ("WorkNotSeen", "see the log of the API's pods, and what they may do at the brokers and in the database"),
}
"""Reason and remedy by part of the API's report."""


def answering(faults: Faults, known: Collection[str], model_key: str = "", embedding_key: str = "") -> Condition | None:
    """``Answering``: what is written is read and answered, as the API knows it; None while it says nothing of that.

    `model_key` and `embedding_key` say where the keys of hosted ones stand.
    """
    kind = ConditionType.ANSWERING
    wrong = [part for part in ANSWERING if part in faults]
    if wrong:
        reason, remedy = _explained(wrong[0], faults[wrong[0]], model_key, embedding_key)
        said = "; ".join(faults[part] for part in wrong)
        return Condition(kind, FALSE, reason, f"{said}; {remedy}")
    if not set(ANSWERING) & set(known):
        return None
    return Condition(kind, TRUE, "Answering", "what is written is read and answered")


def _explained(part: str, said: str, model_key: str, embedding_key: str) -> tuple[str, str]:
    match part:
        case health.MODEL:
            return model.reason_of(said, model_key)
        case health.EMBEDDER:
            return embedder.reason_of(said, embedding_key)
        case _:
            return REASONS[part]


def was_unheard(raw: Mapping[str, Any]) -> bool:
    """Whether the object's own status says what `unheard` does."""
    conditions = (raw.get("status") or {}).get("conditions") or ()
    return any((c.get("type"), c.get("reason")) == (ConditionType.ANSWERING, NOT_REPORTED) for c in conditions)


def unheard(*, heard: bool) -> Condition:
    """``Answering`` while the API is available and yet tells the operator nothing: nobody knows.

    That takes nothing from ``Ready``: what is between them need not be between customers and the API.
    """
    else_ = "is as it was last heard" if heard else "is without the API's word, which was not heard yet"
    message = (
        f"the operator gets no answer at /health of the API's port metrics, and what is said else {else_}; "
        "check policies and meshes between the two, and FTE_OPERATOR_HEALTH_URL"
    )
    return Condition(ConditionType.ANSWERING, UNKNOWN, NOT_REPORTED, message, note=True)


def channels_bound(count: int) -> Condition:
    """``ChannelsBound``: customers can reach the employee at all."""
    kind = ConditionType.CHANNELS_BOUND
    if count:
        return Condition(kind, TRUE, "Bound", f"spec.channels names {count}")
    message = "nobody can write to it: spec.channels is empty; add a SupportChannel's channelRef"
    return Condition(kind, FALSE, "NoChannels", message, note=True)
