"""What a mail server's status code means, in words for staff (RFC 3463, RFC 7505 and 7372)."""

_MEANINGS = {
    "1": "the address is wrong",
    "1.1": "there is no such mailbox",
    "1.2": "there is no such domain",
    "1.6": "the mailbox has moved to nobody knows where",
    "1.10": "the domain takes no mail",
    "2": "the mailbox takes no mail",
    "2.1": "the mailbox is closed",
    "2.2": "the mailbox is full",
    "3": "the customer's server cannot take it",
    "3.4": "it is too large for the customer's server",
    "4": "the customer's server could not be reached",
    "4.7": "the customer's server could not be reached in time",
    "5": "the customer's server did not take it",
    "6": "the customer's server cannot read it",
    "7": "the customer's server refuses it",
}
"""By subject and detail; the class before them says only whether it is for good."""


def meaning(status: str) -> str:
    """A clause without a full stop; empty where ``status`` says nothing."""
    _, _, code = status.partition(".")
    return _MEANINGS.get(code, _MEANINGS.get(code.partition(".")[0], ""))
