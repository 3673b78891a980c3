"""Google's public keys: ``/oauth2/v1/certs`` (certificates by key id) and ``/oauth2/v3/certs`` (RFC 7517).

They change now and then; ``Cache-Control`` says how long an answer holds
(https://developers.google.com/identity/gsi/web/guides/verify-google-id-token).
"""

from dataclasses import dataclass, field

from aiohttp import web
from doubles.google.front import Front
from doubles.google.keys import Key, key


@dataclass(slots=True)
class Certs:
    """``keys`` are published, the first one signs. ``max_age`` is in seconds, None sends no Cache-Control.

    ``age`` is how long a cache in between has had the answer; ``status`` stands in place of 200, with the same body.
    """

    front: Front
    keys: list[Key] = field(default_factory=lambda: [key("google 1"), key("google 2")])
    max_age: int | None = 20000
    age: int = 0
    status: int = 200

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/oauth2/v1/certs", self.certificates), web.get("/oauth2/v3/certs", self.jwks)]

    def rotate(self, name: str) -> Key:
        """Another key signs from now on; the oldest is published no more."""
        self.keys = [key(name), *self.keys[:-1]]
        return self.keys[0]

    async def certificates(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, {known.kid: known.certificate for known in self.keys})

    async def jwks(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, {"keys": [known.jwk for known in self.keys]})

    async def _answer(self, request: web.Request, body: dict[str, object]) -> web.StreamResponse:
        rule = self.front.enter("certs", request, {})
        await self.front.misbehave(request, rule)
        held = {} if self.max_age is None else {"Cache-Control": f"public, max-age={self.max_age}, must-revalidate"}
        held |= {"Age": str(self.age)} if self.age else {}
        return await self.front.answer(request, body, rule, held, status=self.status)
