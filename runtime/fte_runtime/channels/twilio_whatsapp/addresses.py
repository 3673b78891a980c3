"""Addresses as Twilio writes them, and ours as it calls them."""

MESSAGES = "/webhooks/whatsapp"
STATUSES = "/webhooks/whatsapp/status"
"""Paths below the public URL: for customers' messages, and for what became of ours."""

_PREFIX = "whatsapp:"


def whatsapp(address: str) -> str:
    """``address`` with the channel's prefix: https://www.twilio.com/docs/whatsapp/api#using-phone-numbers-with-whatsapp."""
    return address if address.startswith(_PREFIX) else f"{_PREFIX}{address}"
