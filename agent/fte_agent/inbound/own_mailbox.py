"""The mailbox that a mail came to, as far as reading it depends on that."""

import re
from dataclasses import dataclass, field

from fte_agent.domain.addresses import fold

GMAIL = "mx.google.com"
"""The authserv-id of Gmail's receiving servers (https://support.google.com/mail/answer/180707)."""

_TOKEN = re.compile(r"[a-z0-9][a-z0-9_-]{15,63}")
"""What we put behind the plus of an address; shorter words there are a company's own."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """``channel_name`` is the SupportChannel's; ``own`` are the mailbox's address and its aliases.

    ``authserv_id`` names the server that receives for it, whose word on a sender counts (RFC 8601 §2.5); None where
    nobody's does.
    """

    channel_name: str
    own: tuple[str, ...]
    authserv_id: str | None = GMAIL
    addresses: frozenset[str] = field(init=False, repr=False)
    """``own`` as addresses compare."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "addresses", frozenset(fold(each.strip()) for each in self.own))

    def owns(self, address: str) -> bool:
        """Whether ``address`` is one of its own, with or without something behind a plus (RFC 5233)."""
        return _split(address)[0] in self.addresses or fold(address) in self.addresses

    def token_in(self, address: str) -> str:
        """The reply token in one of its own addresses (``help+TOKEN@…``), in lower case, or nothing.

        The letters' case is lost on the way often enough; so tokens have none.
        """
        plain, detail = _split(address)
        return detail if plain in self.addresses and _TOKEN.fullmatch(detail) else ""


def _split(address: str) -> tuple[str, str]:
    """An address as it compares without what stands behind its plus, and that."""
    local, _, domain = fold(address.strip()).rpartition("@")
    name, _, detail = local.partition("+")
    return f"{name}@{domain}", detail
