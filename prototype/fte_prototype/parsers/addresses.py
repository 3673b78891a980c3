"""E-mail addresses, as far as a reply needs to reach one."""

import re

from fte_prototype.errors import InvalidMessage

MAX_ADDRESS_CHARS = 254
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")


def mail_address(field: str, value: str) -> str:
    """``value``, if it is an address; raises `InvalidMessage` naming ``field``."""
    if len(value) > MAX_ADDRESS_CHARS or not _ADDRESS.fullmatch(value):
        raise InvalidMessage(field, "must be an e-mail address such as name@example.com")
    return value
