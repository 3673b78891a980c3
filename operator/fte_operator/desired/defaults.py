"""Defaults that follow from other fields; constants default in the schema."""

from fte_operator.api.v1alpha1 import DigitalFTE

_LEAST_PARTITIONS = 12


def topic_prefix(fte: DigitalFTE) -> str:
    """What the names of the employee's topics begin with: asked for, or ``<namespace>.<name>``."""
    return fte.spec.kafka.topic_prefix or f"{fte.namespace}.{fte.name}"


def partitions(fte: DigitalFTE) -> int:
    """Partitions of ``tickets.incoming``: asked for, or enough that every worker may have one, at least 12."""
    return fte.spec.kafka.partitions or max(_LEAST_PARTITIONS, fte.spec.worker.autoscaling.max_replicas)


def public_url(fte: DigitalFTE) -> str | None:
    """Where the outside reaches the API, ready to be followed by a path; None if it does not."""
    url = fte.spec.api.public_url
    return None if url is None else url.rstrip("/")


def api_url(fte: DigitalFTE) -> str:
    """Where the employee's API answers: the public URL, or the Service's inside the cluster."""
    return public_url(fte) or f"http://{fte.name}-api.{fte.namespace}.svc"
