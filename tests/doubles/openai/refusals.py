"""Errors in the form that OpenAI gives them: https://developers.openai.com/api/docs/guides/error-codes."""

from dataclasses import dataclass
from typing import Any

INVALID = "invalid_request_error"

TYPES = {
    401: INVALID,
    403: "permission_error",
    404: INVALID,
    429: "rate_limit_error",
    500: "server_error",
    503: "service_unavailable_error",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the API. Clients decide by ``status``, then by ``code`` and ``type``."""

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    type: str = INVALID
    retry_after: str | None = None

    def body(self) -> dict[str, Any]:
        told = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": told}


class Refused(Exception):
    """The request ends with this error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


NO_KEY = Refusal(401, "You didn't provide an API key. You need to provide your API key in an Authorization header.")
NO_JSON = Refusal(400, "We could not parse the JSON body of your request.")


def wrong_key(key: str) -> Refusal:
    """It repeats the ends of the key, as the real one does."""
    masked = f"{key[:3]}****{key[-4:]}"
    said = f"Incorrect API key provided: {masked}. You can find your API key at https://platform.openai.com/api-keys."
    return Refusal(401, said, "invalid_api_key")


def no_model(name: str) -> Refusal:
    said = f"The model `{name}` does not exist or you do not have access to it."
    return Refusal(404, said, "model_not_found")


def no_route(method: str, path: str) -> Refusal:
    return Refusal(404, f"Invalid URL ({method} {path})")


def invalid(message: str, param: str | None = None, code: str | None = "invalid_value") -> Refused:
    """A request that cannot be served as it stands."""
    return Refused(Refusal(400, message, code, param))


def missing(param: str) -> Refused:
    return invalid(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")


def unknown(param: str) -> Refused:
    return invalid(f"Unknown parameter: '{param}'.", param, "unknown_parameter")


def unsupported(param: str) -> Refused:
    said = f"Unsupported parameter: '{param}' is not supported with this model."
    return invalid(said, param, "unsupported_parameter")


def wrong_type(param: str, wanted: str) -> Refused:
    return invalid(f"Invalid type for '{param}': expected {wanted}.", param, "invalid_type")
