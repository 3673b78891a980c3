"""Addresses as they are shown to whoever named them: enough to know them again, too little to learn one."""

from fte_agent.domain.identity import Claimed

_SHOWN_BEFORE = 3
_SHOWN_BEHIND = 2


def masked(claimed: Claimed) -> str:
    """``k…@shop.example`` of an address, ``+49…12`` of a number."""
    local, at, domain = claimed.value.rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"{claimed.value[:_SHOWN_BEFORE]}…{claimed.value[-_SHOWN_BEHIND:]}"
