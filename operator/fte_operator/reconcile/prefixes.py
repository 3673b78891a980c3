"""Whose a topic prefix may be; pure. A namespace has no dot in its name, so what begins with one is its own."""

from collections.abc import Mapping

from fte_operator.status.observed import Problem

Grants = Mapping[str, str]
"""Prefix -> the one namespace that an administrator granted it to."""


def entitled(namespace: str, prefix: str, grants: Grants) -> bool:
    """Whether employees of `namespace` may have exactly this prefix."""
    return grants[prefix] == namespace if prefix in grants else prefix.startswith(f"{namespace}.")


def refusal(namespace: str, name: str, prefix: str, grants: Grants) -> Problem | None:
    """What an employee is told that asks for a prefix that is not its namespace's."""
    if entitled(namespace, prefix, grants):
        return None
    message = (
        f"spec.kafka.topicPrefix {prefix} is not namespace {namespace}'s: make this one again without it, which means "
        f"{namespace}.{name}, or with another that begins with {namespace}., or have the operator's administrator "
        "grant it to this namespace"
    )
    return Problem("TopicPrefixNotGranted", message, stalled=True)
