"""The one error of this package."""

from typing import Final

TLS_FAILED: Final = "TLSFailed"
AUTHENTICATION_FAILED: Final = "AuthenticationFailed"
HOST_NOT_FOUND: Final = "HostNotFound"


class AccessRefused(Exception):
    """A connection that cannot be had until somebody changes something.

    `reason` is one of the above. The message completes "the server …" and names the remedy; `public` is the same in
    words that anybody may read. Neither holds a secret, a name of a user or a host.
    """

    def __init__(self, reason: str, message: str, public: str) -> None:
        super().__init__(message)
        self.reason, self.public = reason, public
