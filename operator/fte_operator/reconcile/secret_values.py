"""Referenced Secrets, read by name: what of them is there, what is missing, and a digest of it."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from fte_operator.cluster.allowance import Allowance
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import SECRET, Object
from fte_operator.desired import metadata
from fte_operator.desired.secret_refs import SecretUse
from fte_operator.status.observed import Problem

HINT = f"label it {metadata.WATCH}=true to have changes noticed at once"

_DIGEST_DIGITS = 16
_TOKEN_CHARS = 32
_TOKEN = rf"[!-~]{{{_TOKEN_CHARS},}}"
_Secrets = Mapping[str, Object | None]


@dataclass(frozen=True, slots=True)
class SecretValues:
    """Secrets of one namespace, by name; None for one that does not exist."""

    _secrets: _Secrets

    def value(self, use: SecretUse) -> str | None:
        """The value, base64 as the API server has it; None for one that is missing or empty."""
        return ((self._secrets[use.secret] or {}).get("data") or {}).get(use.key) or None

    def text(self, use: SecretUse) -> str:
        """The value as a program reads it, without space around it; empty for one that is missing or no text."""
        try:
            return base64.b64decode(self.value(use) or "").decode().strip()
        except UnicodeDecodeError:
            return ""

    def problem(self, use: SecretUse) -> Problem | None:
        """What is missing, and the remedy; None if all is well."""
        secret, text = self._secrets[use.secret], self.text(use)
        if use.bearer and text and not re.fullmatch("[!-~]+", text):
            said = f"holds in key {use.key} what no header takes: put the key there alone, one word in one line"
            return Problem("SecretKeyUnusable", f"Secret {use.secret} ({use.field}) {said}", hint=_hint(secret))
        if use.tokens and text and (line := _unfit(text)):
            said = (
                f"holds in key {use.key} no token in line {line}: each line has one, of {_TOKEN_CHARS} or more letters"
            )
            told = f"{said}, digits and signs, such as openssl rand -hex 24 makes"
            return Problem("SecretKeyUnusable", f"Secret {use.secret} ({use.field}) {told}", hint=_hint(secret))
        if use.optional or text:
            return None
        if secret is None:
            return Problem(
                "SecretNotFound",
                f"Secret {use.secret} ({use.field}) does not exist: create it with key {use.key}",
                hint=HINT,
            )
        there = use.key in (secret.get("data") or {})
        said = f"holds no text in key {use.key}: set it" if there else f"has no key {use.key}: add it"
        return Problem("SecretKeyMissing", f"Secret {use.secret} ({use.field}) {said}", hint=_hint(secret))

    def unwatched(self) -> tuple[str, ...]:
        """Names of those whose changes no event tells of."""
        return tuple(name for name, secret in self._secrets.items() if secret is not None and not is_watched(secret))

    def problems(self, uses: Iterable[SecretUse]) -> list[Problem]:
        """The problem of every use that has one."""
        return [problem for use in uses if (problem := self.problem(use)) is not None]


def _unfit(text: str) -> int:
    """The number of the first line that is no token, as the API counts them; 0 if there is none."""
    lines = enumerate((line.strip() for line in text.split("\n")), start=1)
    return next((number for number, line in lines if line and not re.fullmatch(_TOKEN, line)), 0)


def _hint(secret: Object | None) -> str:
    return "" if secret is not None and is_watched(secret) else HINT


def is_watched(obj: Object) -> bool:
    """Whether a change of a Secret or ConfigMap is noticed at once: what the informers watch is chosen by label."""
    labels = obj["metadata"].get("labels") or {}
    return labels.get(metadata.WATCH) == "true"


async def read(cluster: Cluster, namespace: str, uses: Iterable[SecretUse]) -> SecretValues:
    """Read every Secret that `uses` name, once each, and keep of it what they name.

    Raises:
        TooLarge: together they take more memory than is given to one employee.
    """
    named: dict[str, set[str]] = {}
    for use in uses:
        named.setdefault(use.secret, set()).add(use.key)
    allowance = Allowance("what the Secrets that are referred to hold", "keep in them only what is referred to")
    found = {}
    for name in sorted(named):
        secret = await cluster.get(SECRET, namespace, name, within=allowance)
        found[name] = secret and _kept(secret, named[name])
    return SecretValues(found)


def _kept(secret: Object, keys: Container[str]) -> Object:
    data = {key: value for key, value in (secret.get("data") or {}).items() if key in keys}
    return {"metadata": {"labels": secret["metadata"].get("labels")}, "data": data}


def digest(key: bytes, data: Mapping[str, str]) -> str:
    """HMAC-SHA256 over entries of Secrets, shortened: changes with them and tells nothing about them.

    `key` is the employee's own generated digest key: stable for as long as the employee lives, and unknown to
    everybody who may read pod templates but not Secrets, so that a weak password cannot be guessed from it.
    """
    content = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(key, content, hashlib.sha256).hexdigest()[:_DIGEST_DIGITS]
