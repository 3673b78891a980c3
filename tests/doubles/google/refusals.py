"""Errors in the forms that Google gives them.

The API's: https://developers.google.com/workspace/gmail/api/guides/handle-errors, with ``status`` beside as
https://cloud.google.com/apis/design/errors#http_mapping has it. The token endpoint's: RFC 6749 §5.2, with the texts of
https://developers.google.com/identity/protocols/oauth2/service-account#jwt-error-codes.
"""

from dataclasses import dataclass
from typing import Any

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
USAGE = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"}
SCOPES = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the Gmail API. ``reason`` is the word that clients decide by."""

    status: int
    reason: str
    message: str
    retry_after: int | None = None

    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = {"message": self.message, "domain": "global", "reason": self.reason}
        if self.reason in USAGE:
            told["domain"] = "usageLimits"
        if self.reason == "authError":
            told |= {"message": "Invalid Credentials", "locationType": "header", "location": "Authorization"}
        error: dict[str, Any] = {"code": self.status, "message": self.message, "errors": [told]}
        error["status"] = STATUSES.get(self.status, "UNKNOWN")
        if self.reason == "insufficientPermissions":
            told["message"] = "Insufficient Permission"
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": SCOPES, "domain": "googleapis.com"}
            error["details"] = [info]
        return {"error": error}


@dataclass(frozen=True, slots=True)
class Denial:
    """An error of the token endpoint."""

    status: int
    error: str
    description: str
    retry_after: int | None = None

    def body(self) -> dict[str, Any]:
        return {"error": self.error, "error_description": self.description}


class Refused(Exception):
    """The request ends with this error."""

    def __init__(self, refusal: Refusal | Denial) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


UNAUTHENTICATED = Refusal(
    401,
    "authError",
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
)
INSUFFICIENT = Refusal(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
NOT_FOUND = Refusal(404, "notFound", "Requested entity was not found.")

EXPIRED_OR_REVOKED = Denial(400, "invalid_grant", "Token has been expired or revoked.")
BAD_SIGNATURE = Denial(400, "invalid_grant", "Invalid JWT Signature.")
BAD_TIMES = Denial(
    400,
    "invalid_grant",
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and "
    "exp values in the JWT claim.",
)
NO_ACCOUNT = Denial(400, "invalid_grant", "Invalid grant: account not found")
NO_USER = Denial(400, "invalid_grant", "Invalid email or User ID")
UNAUTHORIZED = Denial(
    401,
    "unauthorized_client",
    "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the "
    "scopes requested.",
)
NO_CLIENT = Denial(401, "invalid_client", "The OAuth client was not found.")
NO_GRANT_TYPE = Denial(400, "unsupported_grant_type", "Invalid grant_type")


def invalid(message: str) -> Refused:
    """A request that cannot be understood."""
    return Refused(Refusal(400, "invalidArgument", message))
