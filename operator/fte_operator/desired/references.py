"""What was read of the world besides the resource itself; the reconcile fills it, builders only read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fte_operator.api.v1alpha1 import SupportChannel

DATABASE: Final = "database"
KAFKA: Final = "kafka"
MODEL: Final = "model"
EMBEDDING: Final = "embedding"
MANAGEMENT: Final = "management"
RUNTIME: Final = "runtime"
CHANNELS: Final = "channels"
WORKER_CHANNELS: Final = "worker-channels"


@dataclass(frozen=True, slots=True)
class References:
    """Everything a DigitalFTE's objects depend on.

    `image` is the product's image. `channels` are the bound SupportChannels, in the order of the spec.
    `digests` are keyed digests of what was read of Secrets, by `DATABASE`, `KAFKA`, `MODEL`, `EMBEDDING`, `MANAGEMENT`,
    `RUNTIME`, `CHANNELS` and `WORKER_CHANNELS`; what has none puts no annotation on the pods. `knowledge` has the
    digest of every source of the spec, by its name. `revisions` are the behaviour documents that exist, whose knowledge
    is ingested and which fit the spec: the one that is shown, then the newest first. `database_ports` are those in the
    database's URL, and `operator_namespace` is where the operator's own pods are.
    """

    image: str
    channels: tuple[SupportChannel, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    knowledge: Mapping[str, str] = field(default_factory=dict)
    revisions: tuple[str, ...] = ()
    database_ports: tuple[int, ...] = (5432,)
    operator_namespace: str = "fte-system"
