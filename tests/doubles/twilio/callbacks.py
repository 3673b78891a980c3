"""The fields of a status callback.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status names the properties. The ``Channel…`` ones
and ``EventType`` are from recorded WhatsApp callbacks; ``ErrorCode`` comes with ``failed`` and ``undelivered`` alone.
"""

from doubles.twilio.account import Message, Sender


def parse(status: str) -> tuple[str, int | None]:
    """``sent`` or ``failed:63016`` as status and error code."""
    name, _, code = status.partition(":")
    return name, int(code) if code else None


def fields(message: Message, sender: Sender, account_sid: str, status: str, error_code: int | None) -> dict[str, str]:
    pairs = {
        "ChannelPrefix": "whatsapp",
        "ApiVersion": "2010-04-01",
        "MessageStatus": status,
        "SmsSid": message.sid,
        "SmsStatus": status,
        "ChannelInstallSid": sender.sid,
        "To": message.to,
        "From": message.sender,
        "MessageSid": message.sid,
        "StructuredMessage": "false",
        "AccountSid": account_sid,
        "ChannelToAddress": message.to.removeprefix("whatsapp:"),
    }
    if status in ("delivered", "read"):
        pairs["EventType"] = status.upper()
    if error_code is not None:
        pairs |= {"ErrorCode": str(error_code), "EventType": status.upper()}
    return pairs
