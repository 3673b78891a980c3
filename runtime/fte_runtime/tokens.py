"""Status tokens: what lets a customer read one ticket.

``<unix seconds>.<HMAC-SHA256(key, ticket id, seconds)>``, so any pod can check one before the ticket is
stored. The row keeps the SHA-256 of the first, so it outlives the keys. Keys rotate: the previous one
still verifies, only the current one signs.
"""

import hashlib
import hmac
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from fte_runtime.config import ConfigError, read_secret

MIN_KEY_BYTES = 32
"""As long as the digest: a shorter key can be guessed more easily than the signature."""

_SHAPE = re.compile(r"[0-9]{1,11}\.[0-9a-f]{64}")


def digest(token: str) -> str:
    """What is stored of a token: its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def well_formed(token: str) -> bool:
    """Whether ``token`` looks like one of ours; what does not is worth no look-up."""
    return _SHAPE.fullmatch(token) is not None


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
        if not well_formed(token):
            return None
        seconds, _, signature = token.partition(".")
        if not any(hmac.compare_digest(_sign(key, ticket_id, seconds), signature) for key in self.keys):
            return None
        return datetime.fromtimestamp(int(seconds), UTC)


def load_tokens(folder: Path) -> StatusTokens:
    """The keys from ``status-token-current`` and, where it exists and holds one, ``status-token-previous``.

    Raises:
        ConfigError: there is no current key, or one is shorter than `MIN_KEY_BYTES`; names the file.
    """
    current, previous = folder / "status-token-current", folder / "status-token-previous"
    texts = {current: read_secret(current)}
    with suppress(ConfigError):  # before the first rotation there is none
        texts[previous] = read_secret(previous)
    return StatusTokens(tuple(_key(path, text) for path, text in texts.items()))


def _key(path: Path, text: str) -> bytes:
    key = text.encode()
    if len(key) < MIN_KEY_BYTES:
        raise ConfigError(f"{path}: has {len(key)} bytes; a key needs at least {MIN_KEY_BYTES}")
    return key


def _sign(key: bytes, ticket_id: UUID, seconds: str) -> str:
    return hmac.digest(key, ticket_id.bytes + seconds.encode(), "sha256").hex()
