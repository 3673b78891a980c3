"""What can go wrong in the data plane, and whether trying again helps.

Errors of other layers carry the same ``retryable`` attribute; `is_retryable` reads it off any of them.
"""

UNKNOWN = "cannot be used now; its log says why"


class DataPlaneError(Exception):
    """Base of this package's errors. ``retryable`` says whether the same call may succeed later.

    ``public`` completes "it …" in words that anybody may read: no address, no role, no owner.
    """

    retryable = False
    public = UNKNOWN


class BusUnavailable(DataPlaneError):
    """The bus did not confirm in time: not confirmed, safe to try again with the same id."""

    retryable = True

    def __init__(self, message: str, public: str = "cannot be reached") -> None:
        super().__init__(message)
        self.public = public


class DeletionRefused(DataPlaneError):
    """The brokers do not let us delete records of a topic, which therefore stay until their retention ends."""


class ProviderError(DataPlaneError):
    """A channel's provider does not do what was asked."""

    told = False
    """Whether the channel's own health tells of it."""


class RecordTooLarge(DataPlaneError):
    """The bus takes no record of this size, now or later."""


class TurnTooLong(DataPlaneError):
    """A turn passed its deadline; it counts as a failed attempt."""


class UndecodableRecord(DataPlaneError):
    """A record's bytes are no message of ours; the text names the fault, never the content."""


class NewerVersion(DataPlaneError):
    """A record of a newer release, which this one cannot read: it waits for a worker that can."""

    retryable = True


class Unauthorised(DataPlaneError):
    """No token, or one that proves nothing about the ticket asked for."""


class Refused(DataPlaneError):
    """A request is not taken: HTTP ``status``, a stable ``code``, and the text completes "the request …".

    ``retry_after`` is in whole seconds, None where waiting does not help. ``field`` names the part at fault.
    """

    status: int
    code: str
    field = "body"
    retry_after: int | None = None
    close = False
    """Whether the rest of the body is not waited for."""

    challenge: str | None = None
    """How to prove who one is (RFC 9110 §11.6.1), of status 401 alone."""


class BodyTooLarge(Refused):
    """A body has more than ``limit`` bytes."""

    status, code, close = 413, "too_large", True

    def __init__(self, limit: int) -> None:
        super().__init__(f"must have at most {limit} bytes")


class BodyTooSlow(Refused):
    """A body did not arrive within ``seconds``."""

    status, code, close = 408, "too_slow", True

    def __init__(self, seconds: float) -> None:
        super().__init__(f"must arrive within {seconds:g} s")


class UnsupportedMediaType(Refused):
    """A body is of another type than ``wanted``."""

    status, code = 415, "unsupported_media_type"

    def __init__(self, wanted: str) -> None:
        super().__init__(f"must be {wanted}")


class Malformed(Refused):
    """A body is not what its type says."""

    status, code = 400, "malformed"


class Forbidden(Refused):
    """A request does not prove where it comes from; the answer tells nothing else."""

    status, code, field = 403, "forbidden", "signature"

    def __init__(self) -> None:
        super().__init__("must be signed for one of our channels")


class TooManyRequests(Refused):
    """A limit was hit."""

    status, code, retryable = 429, "too_many_requests", True

    def __init__(self, retry_after: int) -> None:
        super().__init__("is one of too many requests; try again later")
        self.retry_after = retry_after


class TooManyFromNetwork(TooManyRequests):
    """The limit of the visitor's own network was hit; others are not concerned."""

    code = "too_many_from_network"


class TooManyAtOnce(Refused):
    """More is under way than this process does at once; what was refused has cost nothing yet."""

    status, code, retryable = 503, "busy", True
    retry_after = 5

    def __init__(self) -> None:
        super().__init__("is one of too many at once; send it again")


class OriginNotAllowed(Refused):
    """A page of another origin used a form that does not list it."""

    status, code, field = 403, "origin_not_allowed", "origin"

    def __init__(self) -> None:
        super().__init__("must be one of the form's allowedOrigins")


class SubmissionChanged(Refused):
    """An id that stands for what was sent before came with other content."""

    status, code, field = 409, "submission_changed", "submission_id"

    def __init__(self) -> None:
        super().__init__("was sent before with other content; send this under an id of its own")


class NotYetStored(Refused):
    """A ticket was accepted and is not stored yet, so nothing can be added to it."""

    status, code, field, retryable = 409, "not_stored_yet", "ticket", True
    retry_after = 5

    def __init__(self) -> None:
        super().__init__("is not stored yet; try again in a few seconds")


class AlreadyConfirmed(Refused):
    """The address of a ticket's customer is confirmed."""

    status, code, field = 409, "already_confirmed", "ticket"

    def __init__(self) -> None:
        super().__init__("needs no code: its address is confirmed")


class NoMailbox(Refused):
    """No channel could carry a code to an e-mail address."""

    status, code, field = 409, "no_mailbox", "ticket"

    def __init__(self) -> None:
        super().__init__("cannot be confirmed: no mailbox is bound that could send a code")


class Paused(Refused):
    """A channel takes nothing in now."""

    status, code, retryable = 503, "paused", True
    retry_after = 60

    def __init__(self) -> None:
        super().__init__("cannot be taken while this channel is paused; send it again later")


def is_retryable(error: BaseException) -> bool:
    """Whether the same call may succeed later, as the error's own layer says; False if it does not say."""
    return bool(getattr(error, "retryable", False))


def told_by_channel(error: BaseException) -> bool:
    """Whether the channel's own health tells of an error, so that nobody else need to."""
    return bool(getattr(error, "told", False))


def public_sentence(error: BaseException) -> str:
    """What anybody may read of an error, as its own layer says; that it is unknown if it does not say."""
    return str(getattr(error, "public", UNKNOWN))
