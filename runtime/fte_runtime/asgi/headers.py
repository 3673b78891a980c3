"""Security headers on every response."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors "
)


def policy(*ancestors: str) -> dict[str, str]:
    """The header that lets pages of the origins ``ancestors`` show the response in a frame, or nobody."""
    return {"content-security-policy": POLICY + (" ".join(ancestors) or "'none'")}


HEADERS = {
    **policy(),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_RAW = tuple((name.encode(), value.encode()) for name, value in HEADERS.items())


class SecurityHeaders:
    """ASGI middleware adding `HEADERS` where the response does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through, adding headers to HTTP responses."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _RAW if pair[0] not in own)]
            await send(message)

        await self._app(scope, receive, with_headers)
