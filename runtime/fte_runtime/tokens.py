"""Status tokens: what lets a customer read one ticket.

``<unix seconds>.<HMAC-SHA256(key, ticket id, seconds)>``, so any pod can check one before the ticket is
stored. The row keeps the SHA-256 of the first, so it outlives the keys. Keys rotate: the previous one
still verifies, only the current one signs.
"""

import hashlib
import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from fte_runtime.config import ConfigError, read_secret


def digest(token: str) -> str:
    """What is stored of a token: its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True, repr=False)
class StatusTokens:
    """Signs with the first key, verifies with any."""

    keys: tuple[bytes, ...]

    def issue(self, ticket_id: UUID, at: datetime) -> str:
        """A token for one ticket, issued ``at``."""
        seconds = str(int(at.timestamp()))
        return f"{seconds}.{_sign(self.keys[0], ticket_id, seconds)}"

    def issued_at(self, token: str, ticket_id: UUID) -> datetime | None:
        """When this ticket's token was issued, or None when no key of ours made it."""
        seconds, _, signature = token.partition(".")
        if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11 and signature.isascii()):
            return None
        if not any(hmac.compare_digest(_sign(key, ticket_id, seconds), signature) for key in self.keys):
            return None
        return datetime.fromtimestamp(int(seconds), UTC)


def load_tokens(folder: Path) -> StatusTokens:
    """The keys from ``status-token-current`` and, where it exists and holds one, ``status-token-previous``.

    Raises:
        ConfigError: there is no current key.
    """
    keys = [read_secret(folder / "status-token-current")]
    with suppress(ConfigError):  # before the first rotation there is none
        keys.append(read_secret(folder / "status-token-previous"))
    return StatusTokens(tuple(key.encode() for key in keys))


def _sign(key: bytes, ticket_id: UUID, seconds: str) -> str:
    return hmac.new(key, ticket_id.bytes + seconds.encode(), hashlib.sha256).hexdigest()
