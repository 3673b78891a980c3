"""Numbers that no model has to see: payment cards and bank accounts, recognised by their check digits.

What only looks like one, such as an order number, stays: its check digits do not fit (ISO/IEC 7812-1 for cards,
ISO 13616 for IBANs).
"""

import re

CARD, ACCOUNT = "[card number]", "[account number]"

_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){11,18}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.IGNORECASE)


def redact(text: str) -> str:
    """``text`` with every card and account number replaced by its kind."""
    return _CARD.sub(_card, _IBAN.sub(_account, text))


def _card(match: re.Match[str]) -> str:
    digits = [int(char) for char in match.group() if char.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return CARD if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 else match.group()


def _account(match: re.Match[str]) -> str:
    plain = match.group().replace(" ", "").upper()
    number = int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4]))
    return ACCOUNT if number % 97 == 1 else match.group()
