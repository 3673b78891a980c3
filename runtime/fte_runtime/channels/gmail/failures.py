"""What can go wrong between us and Gmail, and what each answer means.

The API's errors: https://developers.google.com/workspace/gmail/api/guides/handle-errors. The token endpoint's: RFC 6749
§5.2 and https://developers.google.com/identity/protocols/oauth2/service-account#jwt-error-codes.
"""

import json
from collections.abc import Mapping

from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError
from httplib2.decode import DecodeLimitError

from fte_runtime.config import ConfigError
from fte_runtime.errors import ProviderError

MAX_RETRY_AFTER = 3600.0
_USAGE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"})
_CHECK = "refuses the credentials; check the channel's Secret"
_SENTENCES = {
    "invalid_grant": "refuses the credentials: they have expired or were revoked, or the mailbox does not exist",
    "unauthorized_client": "does not let the service account read this mailbox: allow its client ID and the scopes "
    "in the Admin console",
    "insufficientPermissions": "says that the credentials lack a scope",
    "domainPolicy": "says that the domain's administrator does not allow this",
    "accessNotConfigured": "says that the Gmail API is not enabled in the credentials' project",
    "failedPrecondition": "says that this mailbox has no Gmail",
}


class NoCredentials(ConfigError):
    """The file of credentials is missing, or holds none."""

    told = True
    public = "cannot read the channel's credentials: a service account's key or an authorised user's JSON is needed"


class GmailError(ProviderError):
    """Gmail did not do what was asked. ``reason`` is a stable word, Google's own where it gave one.

    ``retry_after`` is in seconds, None where nobody says.
    """

    retry_after: float | None = None

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Rejected(GmailError):
    """Google refuses the credentials, or what they may do: only a person can change that."""

    told = True

    def __init__(self, reason: str, *, chance: bool = False) -> None:
        """``chance``: the same request may well be taken in a moment, as when keys are rotated."""
        super().__init__(f"Google refuses the credentials: {reason}", reason)
        self.chance = chance
        self.public = _SENTENCES.get(reason, _CHECK)


class OtherMailbox(Rejected):
    """The credentials open another mailbox than ``mailbox``, the channel's."""

    def __init__(self, mailbox: str) -> None:
        super().__init__("otherMailbox")
        self.public = "opens another mailbox by the credentials; check the channel's Secret"
        self.mailbox = mailbox


class QuotaExceeded(GmailError):
    """Too many requests. ``retry_after`` is in seconds, None where Google does not say."""

    retryable = True
    public = "has too many requests of this mailbox; what waits goes out later"

    def __init__(self, reason: str, retry_after: float | None) -> None:
        super().__init__(f"Gmail's quota is used up: {reason}", reason)
        self.retry_after = retry_after


class Unreachable(GmailError):
    """Nothing was asked: no connection, or no token, came about."""

    retryable = True
    public = "cannot be reached"

    def __init__(self, reason: str = "Unreachable") -> None:
        super().__init__(f"Gmail cannot be reached: {reason}", reason)


class NoAnswer(GmailError):
    """Gmail was asked and did not answer, or with an error of its own: the request may have been carried out."""

    retryable = True
    public = "does not answer as it should"

    def __init__(self, reason: str = "NoAnswer", retry_after: float | None = None) -> None:
        super().__init__(f"Gmail gives no answer that can be used: {reason}", reason)
        self.retry_after = retry_after


class AnswerTooLarge(GmailError):
    """An answer is larger than is taken; it was not read further."""

    public = "sends more than is taken"

    def __init__(self) -> None:
        super().__init__("an answer of Gmail is larger than is taken", "AnswerTooLarge")


class NotFound(GmailError):
    """What was asked for is not there: deleted, not visible yet, or a history id that is too old."""

    public = "has not what was asked for"

    def __init__(self) -> None:
        super().__init__("Gmail has not what was asked for", "notFound")


class Refused(GmailError):
    """The request itself is wrong; the same one will be refused again."""

    public = "refuses what was asked; the worker's log has the reason"

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"Gmail answered {status}, {reason}", reason)
        self.status = status


def failure_of(error: BaseException, *, asked: bool) -> GmailError:
    """What an error of Google's libraries means; ``asked`` is whether the request may have reached Gmail."""
    match error:
        case GmailError():
            return error
        case HttpError():
            return _answered(error)
        case RefreshError():
            return _denied(error)
        case DecodeLimitError():
            return AnswerTooLarge()
    reason = type(error).__name__
    return NoAnswer(reason) if asked else Unreachable(reason)


def _denied(error: RefreshError) -> GmailError:
    told = error.args[1] if len(error.args) > 1 else None
    word = told.get("error") if isinstance(told, dict) else None
    if error.retryable or not isinstance(word, str):
        return Unreachable("TokenEndpoint")
    return Rejected(word)


def _answered(error: HttpError) -> GmailError:
    status, reason, retry_after = int(error.resp.status), _reason(error.content), _retry_after(error.resp)
    if status == 429 or (status == 403 and reason in _USAGE):
        return QuotaExceeded(reason, retry_after)
    if status in (401, 403) or reason == "failedPrecondition":
        return Rejected(reason, chance=reason not in _SENTENCES)
    if status == 404:
        return NotFound()
    if status >= 500:
        return NoAnswer(f"Status{status}", retry_after)
    return Refused(status, reason)


def _reason(body: bytes) -> str:
    """The first ``error.errors[].reason``; a word that says that there is none, or that it is no word."""
    try:
        reason = json.loads(body)["error"]["errors"][0]["reason"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return "unknown"
    return reason if isinstance(reason, str) and reason.isascii() and reason.isalnum() else "unknown"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the answer asks for, within reason; a date is not understood."""
    value = headers.get("retry-after", "")
    return min(float(value), MAX_RETRY_AFTER) if value.isascii() and value.isdigit() else None
