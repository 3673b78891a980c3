"""Who may use the management API: bearer tokens in files, one file for each role, one token on each line.

A token rotates by a line: add the new one, tell those who use it, take the old one away. Roles are ordered, and each
may do what those before it may.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from fte_runtime.config import ConfigError, read_secret

MIN_TOKEN_CHARS = 32
"""As many hexadecimal digits as 128 random bits have: fewer can be guessed."""

_TOKEN = re.compile(r"[!-~]+")
_NAME_DIGITS = 8


class Role(IntEnum):
    """What a token is good for; its name in lower case is the file's."""

    READER = 1
    AGENT = 2
    ADMIN = 3

    @property
    def key(self) -> str:
        """The key of the Secret, and so the file, that holds this role's tokens."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a role, and the token's ``name``, which may stand in a log where the token may not."""

    role: Role
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class ManagementTokens:
    """Callers by the SHA-256 of their token."""

    callers: tuple[tuple[bytes, Caller], ...]

    def find(self, token: str) -> Caller | None:
        """Whose token this is; every known one is compared, whichever it is, and each in constant time."""
        given = _digest(token)
        found = None
        for known, caller in self.callers:
            if hmac.compare_digest(known, given):
                found = caller
        return found


def load_management_tokens(folder: Path) -> ManagementTokens:
    """The tokens in files ``reader``, ``agent`` and ``admin`` of ``folder``; empty lines mean nothing.

    A token that stands in several files has the highest of the roles.

    Raises:
        ConfigError: a file is missing or has no token, or a line is none; names file and line, never the token.
    """
    return ManagementTokens(tuple(each for role in Role for each in _tokens(folder / role.key, role)))


def _tokens(path: Path, role: Role) -> list[tuple[bytes, Caller]]:
    lines = [(number, line.strip()) for number, line in enumerate(read_secret(path).split("\n"), start=1)]
    found = [_token(path, number, line, role) for number, line in lines if line]
    if not found:
        raise ConfigError(f"{path}: has no token")
    return found


def _token(path: Path, number: int, token: str, role: Role) -> tuple[bytes, Caller]:
    if len(token) < MIN_TOKEN_CHARS or not _TOKEN.fullmatch(token):
        wanted = f"a token has at least {MIN_TOKEN_CHARS} characters of visible ASCII, and a line for itself"
        raise ConfigError(f"{path}: line {number} is no token: {wanted}")
    digest = _digest(token)
    return digest, Caller(role, f"{role.key}/{digest.hex()[:_NAME_DIGITS]}")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
