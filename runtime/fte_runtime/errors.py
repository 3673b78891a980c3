"""What can go wrong in the data plane, and whether trying again helps.

Errors of other layers carry the same ``retryable`` attribute; `is_retryable` reads it off any of them.
"""


class DataPlaneError(Exception):
    """Base of this package's errors. ``retryable`` says whether the same call may succeed later."""

    retryable = False


class BusUnavailable(DataPlaneError):
    """The bus did not confirm in time: not confirmed, safe to try again with the same id."""

    retryable = True


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


class TooManyRequests(DataPlaneError):
    """A limit was hit; ``retry_after`` is in whole seconds."""

    retryable = True

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


def is_retryable(error: BaseException) -> bool:
    """Whether the same call may succeed later, as the error's own layer says; False if it does not say."""
    return bool(getattr(error, "retryable", False))
