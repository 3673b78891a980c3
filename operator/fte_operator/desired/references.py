"""What was read of the world besides the resource itself; the reconcile fills it, builders only read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fte_operator.api.v1alpha1 import SupportChannel

KnowledgeContent = Mapping[str, Mapping[str, bytes]]
"""Source name -> file name -> content."""


@dataclass(frozen=True, slots=True)
class References:
    """Everything a DigitalFTE's objects depend on.

    `image` is the product's image. `channels` are the bound SupportChannels, in the order of the spec.
    `secret_digests` maps a Secret's name to a keyed digest of its content; a Secret without one puts no
    annotation on the pods. `knowledge` has every source of the spec. `revisions` are the behaviour documents
    that exist and whose knowledge is ingested, newest first.
    """

    image: str
    channels: tuple[SupportChannel, ...] = ()
    secret_digests: Mapping[str, str] = field(default_factory=dict)
    knowledge: KnowledgeContent = field(default_factory=dict)
    revisions: tuple[str, ...] = ()
