"""Push tokens: Pub/Sub's own, and what somebody else may make of them.

https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#jwt_format, claims as in its example.
"""

import time
from collections.abc import Callable
from typing import Any, Literal, get_args

import jwt
from doubles.google.keys import Key, key
from jwt.utils import base64url_encode

ISSUER = "https://accounts.google.com"
Forgery = Literal[
    "key", "kid", "no kid", "none", "secret", "issuer", "audience", "email", "unverified", "unverified text",
    "expired", "early", "no expiry", "no email", "no token", "garbage", "deep",
]  # fmt: skip
FORGERIES: tuple[Forgery, ...] = get_args(Forgery)

_CLAIMS: dict[Forgery, dict[str, Any]] = {
    "issuer": {"iss": "https://accounts.example.com"},
    "audience": {"aud": "https://other.example.org/push"},
    "email": {"email": "other@project.iam.gserviceaccount.com"},
    "unverified": {"email_verified": False},
    "unverified text": {"email_verified": "true"},
    "no email": {"email": None},
    "no expiry": {"exp": None},
}
_MOVED: dict[Forgery, int] = {"expired": -3660, "early": 60}
_MADE: dict[Forgery, Callable[[dict[str, Any], str], str]] = {
    "key": lambda claims, kid: key("stranger").sign(claims, kid=kid),
    "kid": lambda claims, _: key("stranger").sign(claims),
    "no kid": lambda claims, _: jwt.encode(claims, key("stranger").private, algorithm="RS256"),
    "none": lambda claims, kid: jwt.encode(claims, None, algorithm="none", headers={"kid": kid}),
    "secret": lambda claims, kid: jwt.encode(claims, "s" * 64, algorithm="HS256", headers={"kid": kid}),
    "no token": lambda _, __: "",
    "garbage": lambda _, __: "a.b.c",
    "deep": lambda _, __: base64url_encode(b"[" * 3000).decode() + ".e30.e30",
}


def token(signs_with: Key, *, audience: str, email: str, forged: Forgery | None = None) -> str:
    """A token; with ``forged``, one that proves nothing, in that one respect alone."""
    claims = claims_of(audience, email, int(time.time()))
    if forged is None:
        return signs_with.sign(claims)
    if forged in _MADE:
        return _MADE[forged](claims, signs_with.kid)
    moved = _MOVED.get(forged, 0)
    claims |= {"iat": claims["iat"] + moved, "exp": claims["exp"] + moved} | _CLAIMS.get(forged, {})
    return signs_with.sign({name: value for name, value in claims.items() if value is not None})


def claims_of(audience: str, email: str, now: int) -> dict[str, Any]:
    """The claims of an honest token; it holds for an hour."""
    return {
        "aud": audience,
        "azp": "113774264463038321964",
        "email": email,
        "email_verified": True,
        "exp": now + 3600,
        "iat": now,
        "iss": ISSUER,
        "sub": "113774264463038321964",
    }
