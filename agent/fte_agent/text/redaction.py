"""Numbers that no model has to see: payment cards and bank accounts, recognised by their check digits.

What only looks like one, such as an order number, stays: its check digits do not fit (ISO/IEC 7812-1 for cards,
ISO 13616 for IBANs).
"""

import re

CARD, ACCOUNT = "[card number]", "[account number]"

_DIGITS = re.compile(r"(?<![\w-])\d+(?:[ .-]\d+)*")
_GROUP = re.compile(r"\d+")
_CARD_DIGITS = range(13, 20)
_FIRST_GROUP_DIGITS = 4
"""Of a card that does not begin its run of digits: cards are written in groups of four, or four, six and five."""

_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?=((?:[ -]?[A-Za-z0-9]){11,30}))", re.ASCII)
_COUNTRIES = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FO18 FR27 GB22 GE22
    GI23 GL18 GR27 HR21 HU28 IE22 IL23 IS26 IT27 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MT31 NL18
    NO15 PK24 PL28 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VA22 VG24 XK20
"""
_IBAN_CHARS = {country[:2]: int(country[2:]) for country in _COUNTRIES.split()}
"""Length of a country's IBANs, from the registry of ISO 13616; of a country not named here any length may be."""

_ANY_IBAN_CHARS = range(15, 35)
_VALUES = {char: str(int(char, 36)) for char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def redact(text: str) -> str:
    """``text`` with every card and account number replaced by its kind."""
    return _DIGITS.sub(_without_cards, _without_accounts(text))


def _without_cards(run: re.Match[str]) -> str:
    """A run of digits with its cards masked; what stands around one, such as its expiry, may belong to the run."""
    text = run.group()
    follows = run.string[run.end() : run.end() + 1]
    groups = list(_GROUP.finditer(text))
    if follows == "-" or follows.isalnum() or follows == "_":
        groups.pop()  # a part of a longer name
    kept: list[str] = []
    at = 0
    for first, group in enumerate(groups):
        if group.start() < at or (first and len(group[0]) < _FIRST_GROUP_DIGITS):
            continue
        if end := _card_end(groups[first : first + _CARD_DIGITS.stop]):
            kept += text[at : group.start()], CARD
            at = end
    return "".join(kept) + text[at:]


def _card_end(groups: list[re.Match[str]]) -> int | None:
    """Where the longest card that these groups begin with ends."""
    end, digits = None, ""
    for group in groups:
        digits += group[0][: _CARD_DIGITS.stop]
        if len(digits) >= _CARD_DIGITS.stop:
            break
        if len(digits) in _CARD_DIGITS and _is_card(digits):
            end = group.end()
    return end


def _is_card(number: str) -> bool:
    digits = [int(char) for char in number]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _without_accounts(text: str) -> str:
    kept: list[str] = []
    at = 0
    for begin in _IBAN.finditer(text):
        if begin.start() >= at and (end := _account_end(begin)):
            kept += text[at : begin.start()], ACCOUNT
            at = end
    return "".join(kept) + text[at:]


def _account_end(begin: re.Match[str]) -> int | None:
    """Where the IBAN that begins here ends: after a whole word, with check digits that fit."""
    text = begin.string
    places = [place for place in range(begin.start(), begin.end(1)) if text[place] not in " -"]
    plain = "".join(text[place] for place in places).upper()
    values = [_VALUES[char] for char in plain]
    known = _IBAN_CHARS.get(plain[:2])
    for length in _ANY_IBAN_CHARS if known is None else (known,):
        if length > len(places):
            return None
        end = places[length - 1] + 1
        if text[end : end + 1].isalnum():
            continue
        if int("".join(values[4:length] + values[:4])) % 97 == 1:
            return end
    return None
