"""What the intake is sent: forms and signed webhooks, each of a customer of their own."""

from urllib.parse import urlencode
from uuid import uuid4

from doubles.twilio.signature import sign
from intake.load import post

TEXT = "How long after delivery can I send back goods that I did not use?"


def webhook(url: str, token: str, sender: str) -> bytes:
    """A signed message as Twilio posts it: https://www.twilio.com/docs/messaging/guides/webhook-request."""
    number, sid = f"+4915{uuid4().int % 10**9:09d}", f"SM{uuid4().hex}"
    fields = [
        ("SmsMessageSid", sid),
        ("NumMedia", "0"),
        ("ProfileName", "Ada"),
        ("MessageType", "text"),
        ("SmsSid", sid),
        ("WaId", number[1:]),
        ("SmsStatus", "received"),
        ("Body", TEXT),
        ("To", sender),
        ("NumSegments", "1"),
        ("MessageSid", sid),
        ("AccountSid", "AC" + "0" * 32),
        ("From", f"whatsapp:{number}"),
        ("ApiVersion", "2010-04-01"),
    ]
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": sign(token, url, fields)}
    return post("/webhooks/whatsapp", urlencode(fields).encode(), headers)
