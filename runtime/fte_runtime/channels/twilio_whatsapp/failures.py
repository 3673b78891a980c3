"""What Twilio's refusals of a message mean. Each code: ``https://www.twilio.com/docs/api/errors/<code>``."""

from fte_agent.errors import SendFailed
from fte_runtime.channels.twilio_whatsapp.client import Refused

WINDOW_CLOSED = 63016
"""Free text outside the 24 hours after a customer's message."""

_RETRYABLE = {
    20429: "too many requests at once",
    63018: "the sender's rate limit is reached",
}
_PERMANENT = {
    21211: "the recipient's number is not valid",
    21610: "the recipient has opted out of messages from this number",
    21614: "the recipient's number cannot receive messages",
    21617: "the message is longer than 1,600 characters",
    21655: "the approved template's ContentSid is not valid",
    21656: "the approved template's variables are not valid",
    21658: "a part of the message is too long",
    63003: "the recipient cannot be found on WhatsApp",
    63007: "the account has no WhatsApp sender with this number",
    63024: "the recipient cannot receive messages on WhatsApp",
}


def send_failed(refused: Refused) -> SendFailed | None:
    """The outcome of a refused message; None where the answer does not prove that Twilio does not have it.

    An error of a server that is not in Twilio's own form may come from something in between, after acceptance.
    A code that is not listed is permanent: a person looks at it, which no repetition would.
    """
    if refused.code is None and refused.status >= 500:
        return None
    code = refused.code or refused.status
    if refused.unauthorised:
        return SendFailed(str(code), "Twilio refuses the account SID or the auth token", retryable=True)
    if code == WINDOW_CLOSED:
        return SendFailed(str(code), "the 24-hour window is closed", retryable=True, window_closed=True)
    retryable = refused.retryable or code in _RETRYABLE
    meaning = (_RETRYABLE | _PERMANENT).get(code, "see its page in Twilio's documentation")
    return SendFailed(
        str(code), f"Twilio error {code}: {meaning}", retryable=retryable, retry_after=refused.retry_after
    )
