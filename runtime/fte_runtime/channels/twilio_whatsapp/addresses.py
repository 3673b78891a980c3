"""Addresses as Twilio writes them."""

_PREFIX = "whatsapp:"


def whatsapp(address: str) -> str:
    """``address`` with the channel's prefix: https://www.twilio.com/docs/whatsapp/api#using-phone-numbers-with-whatsapp."""
    return address if address.startswith(_PREFIX) else f"{_PREFIX}{address}"
