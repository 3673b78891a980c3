"""What can go wrong in a sandbox. A message names the thing and the remedy, never what a customer wrote."""


class PrototypeError(Exception):
    """Base of this package's errors. ``retryable`` says whether the same call may succeed later."""

    retryable = False


class CannotOpen(PrototypeError):
    """Knowledge, rules or port cannot be used as they stand."""


class UnknownTicket(PrototypeError):
    """There is no ticket, or conversation, of this id."""


class Rejected(PrototypeError):
    """The store cannot take this message, now or later."""
