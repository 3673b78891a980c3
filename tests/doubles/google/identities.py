"""Who may ask Google for what: service accounts, people's consents, and the access tokens given out for them."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from doubles.google.keys import Key, key

MAIL = "https://mail.google.com/"
MODIFY = "https://www.googleapis.com/auth/gmail.modify"
READ = "https://www.googleapis.com/auth/gmail.readonly"
SEND = "https://www.googleapis.com/auth/gmail.send"
METADATA = "https://www.googleapis.com/auth/gmail.metadata"

TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token"
"""The audience that Google's library puts into every assertion, wherever it sends it."""


@dataclass
class ServiceAccount:
    """A service account. ``delegated`` are the scopes that a domain's administrator allows it for all mailboxes.

    https://developers.google.com/identity/protocols/oauth2/service-account#delegatingauthority
    """

    email: str = "desk@project.iam.gserviceaccount.com"
    client_id: str = "100000000000000000001"
    delegated: frozenset[str] = frozenset({MODIFY, READ, SEND})
    signs_with: Key = field(default_factory=lambda: key("service account"))

    def file(self, token_uri: str) -> str:
        """Its JSON key, as the console gives it."""
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "project",
                "private_key_id": self.signs_with.kid,
                "private_key": self.signs_with.pem,
                "client_email": self.email,
                "client_id": self.client_id,
                "token_uri": token_uri,
                "universe_domain": "googleapis.com",
            }
        )


@dataclass
class Consent:
    """What a person allowed an OAuth client for one mailbox.

    It ends at ``ends`` (Unix seconds), as that of an app in testing does after seven days. `told` is whether the token
    endpoint says how long it holds.
    """

    mailbox: str
    client_id: str = "1-desk.apps.googleusercontent.com"
    client_secret: str = "not-a-secret"
    refresh_token: str = "1//not-a-token"
    scopes: frozenset[str] = frozenset({READ, SEND})
    revoked: bool = False
    ends: float | None = None
    told: bool = True

    def left(self, now: float) -> dict[str, int]:
        """The field of the token endpoint's answer."""
        return {} if self.ends is None or not self.told else {"refresh_token_expires_in": int(self.ends - now)}

    def file(self) -> str:
        """The JSON file of an authorised user."""
        told = {name: getattr(self, name) for name in ("client_id", "client_secret", "refresh_token")}
        return json.dumps({"type": "authorized_user"} | told)


@dataclass(frozen=True)
class Access:
    """What an access token allows, until ``expires`` (Unix seconds)."""

    mailbox: str
    scopes: frozenset[str]
    expires: float


@dataclass
class Identities:
    """Accounts, consents and tokens. ``lifetime`` of a token is in seconds; Google gives an hour."""

    clock: Callable[[], float]
    service_accounts: list[ServiceAccount] = field(default_factory=lambda: [ServiceAccount()])
    consents: list[Consent] = field(default_factory=list)
    lifetime: int = 3599
    tokens: dict[str, Access] = field(default_factory=dict)

    def grant(self, mailbox: str, scopes: frozenset[str]) -> dict[str, Any]:
        """A new access token, as the token endpoint answers."""
        token = "ya29." + secrets.token_urlsafe(24)
        self.tokens[token] = Access(mailbox, scopes, self.clock() + self.lifetime)
        answer = {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"}
        return answer | {"scope": " ".join(sorted(scopes))}

    def access(self, token: str) -> Access | None:
        """What a token allows; None when there is none, or not any more."""
        access = self.tokens.get(token)
        return access if access is not None and self.clock() < access.expires else None

    def forget_tokens(self) -> None:
        """Every access token is refused from now on; refreshing still helps."""
        self.tokens.clear()
