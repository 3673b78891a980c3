"""What can go wrong in a turn, and whether trying again helps.

::

    AgentError
    ├── ModelFailed      the model's provider; ``retryable`` as the provider's answer says, ``reason`` what kind
    │   └── EmbeddingFailed  the same of a hosted embedder
    ├── BudgetRefused    a request to a model would cost more than is left; ``retryable`` while others are under way
    ├── ToolFailed       something behind a tool, such as the knowledge base
    ├── InvalidMessage   a raw message is none of its channel (`inbound.faults`)
    └── SendFailed       a provider did not take a part of a reply

Errors of adapters behind the ports carry the same ``retryable`` attribute. No message holds what a customer wrote.
"""

from enum import StrEnum


class ModelFault(StrEnum):
    """Why a model gave no decision. Stable and public: nothing in it is the customer's or a secret.

    CREDENTIALS, QUOTA and MISCONFIGURED (an address, API or model that is not there, a parameter not taken) last until
    somebody changes something; RATE_LIMITED, UNAVAILABLE and TIMEOUT may pass by themselves; REJECTED is about this
    request; UNUSABLE is what came back.
    """

    CREDENTIALS = "credentials"
    QUOTA = "quota"
    MISCONFIGURED = "misconfigured"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    REJECTED = "rejected"
    UNUSABLE = "unusable"


class AgentError(Exception):
    """Base of this package's errors. ``retryable`` says whether the same turn may succeed later."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class ModelFailed(AgentError):
    """The model or its provider failed; the turn decided nothing. The text begins with the reason."""

    def __init__(self, message: str, *, retryable: bool = False, reason: ModelFault = ModelFault.UNUSABLE) -> None:
        super().__init__(f"{reason}: {message}", retryable=retryable)
        self.reason = reason


class EmbeddingFailed(ModelFailed):
    """The embedder's endpoint gave no embeddings: of a query, so that nothing was searched, or of sections."""


class BudgetRefused(AgentError):
    """A request was not made for what it may cost: nothing is left, or, ``retryable``, others may need what is."""


class ToolFailed(AgentError):
    """Something behind a tool failed, so what the model was told is not the truth."""


class SendFailed(AgentError):
    """The provider does not have the part. ``code`` is stable; ``retry_after`` is in seconds, as it asks for it.

    ``window_closed``: it takes no free text any more.
    """

    def __init__(
        self, code: str, message: str, *, retryable: bool, retry_after: float | None = None, window_closed: bool = False
    ) -> None:
        super().__init__(message, retryable=retryable)
        self.code = code
        self.retry_after = retry_after
        self.window_closed = window_closed
