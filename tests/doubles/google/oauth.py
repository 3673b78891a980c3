"""``POST /token``: grants by a service account's assertion (RFC 7523 §2.1) and by a refresh token (RFC 6749 §6).

https://developers.google.com/identity/protocols/oauth2/service-account#httprest,
https://developers.google.com/identity/protocols/oauth2/web-server#offline
"""

from dataclasses import dataclass
from typing import Any

import jwt
from aiohttp import web
from doubles.google.front import Front
from doubles.google.identities import TOKEN_ENDPOINT, ServiceAccount
from doubles.google.refusals import (
    BAD_SIGNATURE,
    BAD_TIMES,
    EXPIRED_OR_REVOKED,
    NO_ACCOUNT,
    NO_CLIENT,
    NO_GRANT_TYPE,
    NO_USER,
    UNAUTHORIZED,
    Refused,
)

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MAX_LIFETIME = 3600


@dataclass(slots=True)
class OAuth:
    """The token endpoint."""

    front: Front

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/token", self.token)]

    async def token(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        kind = form.get("grant_type", "")
        rule = self.front.enter("token", request, {"grant_type": kind})
        await self.front.misbehave(request, rule)
        if kind == JWT_BEARER:
            return await self.front.answer(request, self._by_assertion(form.get("assertion", "")), rule)
        if kind == "refresh_token":
            return await self.front.answer(request, self._by_refresh_token(form), rule)
        raise Refused(NO_GRANT_TYPE)

    def _by_assertion(self, assertion: str) -> dict[str, Any]:
        try:
            told = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            raise Refused(BAD_SIGNATURE) from None
        account = self._account(str(told.get("iss")))
        try:
            claims = account.signs_with.read(assertion, [TOKEN_ENDPOINT, *self.front.token_urls])
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
            raise Refused(BAD_TIMES) from None
        except jwt.InvalidTokenError:
            raise Refused(BAD_SIGNATURE) from None
        if claims["exp"] - claims["iat"] > MAX_LIFETIME:
            raise Refused(BAD_TIMES)
        scopes = frozenset(claims.get("scope", "").split())
        if not scopes or not scopes <= account.delegated or "sub" not in claims:
            raise Refused(UNAUTHORIZED)
        if claims["sub"] not in self.front.mailboxes:
            raise Refused(NO_USER)
        return self.front.identities.grant(claims["sub"], scopes)

    def _account(self, email: str) -> ServiceAccount:
        for account in self.front.identities.service_accounts:
            if account.email == email:
                return account
        raise Refused(NO_ACCOUNT)

    def _by_refresh_token(self, form: dict[str, str]) -> dict[str, Any]:
        known = [c for c in self.front.identities.consents if c.client_id == form.get("client_id")]
        known = [consent for consent in known if consent.client_secret == form.get("client_secret")]
        if not known:
            raise Refused(NO_CLIENT)
        for consent in known:
            now = self.front.identities.clock()
            ended = consent.revoked or (consent.ends is not None and consent.ends <= now)
            if consent.refresh_token == form.get("refresh_token") and not ended:
                return self.front.identities.grant(consent.mailbox, consent.scopes) | consent.left(now)
        raise Refused(EXPIRED_OR_REVOKED)
