"""What an employee's workers report of a hosted model, as reason and remedy of ``Answering``."""

from types import MappingProxyType

REASONS = MappingProxyType(
    {
        "credentials": ("ModelKeyRefused", "correct what is in {key}, and look whether baseURL is the key's own"),
        "quota": ("ModelQuotaSpent", "raise the limit at the provider, or put another account's key in {key}"),
        "misconfigured": ("ModelMisconfigured", "check spec.model: baseURL, name, api and capabilities"),
        "rate_limited": ("ModelRateLimited", "raise the provider's limits, or lower worker.concurrency"),
        "unavailable": (
            "ModelUnavailable",
            "check spec.model.baseURL and what the provider says of itself; a private address needs spec.extraEgress",
        ),
        "timeout": ("ModelTimeout", "raise spec.model.requestTimeoutSeconds, or take a faster model"),
        "unusable": ("ModelUnusable", "check that spec.model.baseURL leads to the API, and spec.model.api"),
    }
)
"""By the word that a report begins with."""

_OTHER = ("ModelFailing", "see the logs of the workers' pods")
_MEANWHILE = "messages wait, and a person takes over after ten minutes"


def reason_of(said: str, key: str) -> tuple[str, str]:
    """Reason and remedy of a report; `key` says where the model's key stands. A newer release's words are its own."""
    reason, remedy = REASONS.get(said.partition(":")[0], _OTHER)
    return reason, f"{remedy.format(key=key)}; {_MEANWHILE}"
