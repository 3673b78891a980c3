"""Whether a push comes from our Pub/Sub subscription.

https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions: a JWT by RS256 under one of Google's keys, for our
audience, of the service account that the subscription pushes as.
"""

from collections.abc import Mapping
from typing import Any

from google.auth import jwt

from fte_runtime.channels.gmail.certificates import Certificates
from fte_runtime.errors import Refused

ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
SKEW_SECONDS = 10
MAX_TOKEN_CHARS = 4096


class NotGoogle(Refused):
    """A push does not prove that it is ours; ``why`` is one word for our own log, the answer has none."""

    status, code, field = 401, "unauthorised", "authorization"

    def __init__(self, why: str) -> None:
        super().__init__("must have a token of one of our subscriptions")
        self.why = why


class PushTokens:
    """Verifies tokens for ``audience`` of the service account ``email``."""

    def __init__(self, certificates: Certificates, *, audience: str, email: str) -> None:
        self._certificates = certificates
        self._audience = audience
        self._email = email.lower()

    async def verify(self, authorization: str) -> None:
        """Returns for the ``Authorization`` of a push of ours.

        Raises:
            NotGoogle: it is none.
            CertificatesUnavailable: Google's keys cannot be had now.
        """
        token = _bearer(authorization)
        kid = _key_id(token)
        certificate = await self._certificates.find(kid)
        if certificate is None:
            raise NotGoogle("key")
        claims = self._signed(token, {kid: certificate})
        self._check(claims)

    def _signed(self, token: str, certificates: Mapping[str, str]) -> Mapping[str, Any]:
        """The claims, once signature, times and audience hold."""
        try:
            claims: Mapping[str, Any] = jwt.decode(  # type: ignore[no-untyped-call]
                token, certs=certificates, audience=self._audience, clock_skew_in_seconds=SKEW_SECONDS
            )
        except (ValueError, TypeError, RecursionError):
            raise NotGoogle("token") from None  # the cause quotes the token
        return claims

    def _check(self, claims: Mapping[str, Any]) -> None:
        issuer, email = claims.get("iss"), claims.get("email")
        if not isinstance(issuer, str) or issuer not in ISSUERS:
            raise NotGoogle("issuer")
        if claims.get("email_verified") is not True or not isinstance(email, str):
            raise NotGoogle("email_verified")
        if email.lower() != self._email:
            raise NotGoogle("email")


def _bearer(authorization: str) -> str:
    """The token of https://www.rfc-editor.org/rfc/rfc6750#section-2.1."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_CHARS:
        raise NotGoogle("bearer")
    return token


def _key_id(token: str) -> str:
    """Google's library would take any of its algorithms, and any key where none is named."""
    try:
        header = jwt.decode_header(token)  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, RecursionError):
        raise NotGoogle("token") from None
    kid = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(kid, str) or not kid:
        raise NotGoogle("algorithm")
    return kid
