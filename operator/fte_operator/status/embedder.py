"""What is wrong with a hosted embedder, as reason and remedy: of ``KnowledgeReady``, then ``Answering``."""

from collections.abc import Mapping
from types import MappingProxyType

REASONS = MappingProxyType(
    {
        "credentials": ("EmbeddingKeyRefused", "correct what is in {key}, and look whether baseURL is the key's own"),
        "quota": ("EmbeddingQuotaSpent", "raise the limit at the provider, or put another account's key in {key}"),
        "misconfigured": ("EmbeddingMisconfigured", "check spec.embedding: baseURL, model and dimensions"),
        "rate_limited": ("EmbeddingRateLimited", "raise the provider's limits"),
        "unavailable": (
            "EmbeddingUnavailable",
            "check spec.embedding.baseURL and what its provider says; a private address needs spec.extraEgress",
        ),
        "timeout": ("EmbeddingTimeout", "take a faster model, or ask the provider"),
        "unusable": ("EmbeddingUnusable", "check that spec.embedding.baseURL leads to the API"),
        "rejected": ("EmbeddingRejected", "shorten the sections, or take a model that reads longer texts"),
    }
)
"""By the word that a worker's report begins with."""

PASSING = frozenset({"EmbeddingRateLimited", "EmbeddingUnavailable", "EmbeddingTimeout"})
"""Reasons that may go away by themselves."""

_OTHER = ("EmbeddingFailing", "see the logs of the workers' pods")
_MEANWHILE = "messages wait, and a person takes over after ten minutes"


def reason_of(said: str, key: str) -> tuple[str, str]:
    """Reason and remedy of a worker's report; `key` says where the embedder's key stands."""
    reason, remedy = REASONS.get(said.partition(":")[0], _OTHER)
    return reason, f"{remedy.format(key=key)}; {_MEANWHILE}"


def remedies(key: str) -> Mapping[str, str]:
    """Remedies by the reason that the knowledge Job ends with."""
    return {reason: remedy.format(key=key) for reason, remedy in REASONS.values()}
