"""E-mail addresses, as far as a reply needs to reach one."""

import re

from fte_agent.inbound.faults import invalid

MAX_ADDRESS_CHARS = 254
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")


def is_address(value: str) -> bool:
    """Whether a reply could be addressed to ``value``."""
    return len(value) <= MAX_ADDRESS_CHARS and _ADDRESS.fullmatch(value) is not None


def mail_address(field: str, value: str) -> str:
    """``value``, if it is an address; raises `InvalidMessage` naming ``field``."""
    if not is_address(value):
        raise invalid(field, "must be an e-mail address such as name@example.com", "invalid_email")
    return value
