"""Postal addresses in a text: with a street, a box, or a postal code that a place or letters stand beside."""

import re

_WORD = r"[A-ZÀ-Þ][\w'’.-]*"  # noqa: RUF001 - the mark meant
_WORDS = rf"{_WORD}(?:\s{_WORD}){{0,2}}"
_PLACE = r"[A-ZÀ-Þ][^\W\d]+(?:[\s-][A-ZÀ-Þ][^\W\d]+){0,2}"
_UNIT = r"(?i:apt|apartment|flat|suite|unit|floor)\.?\s?#?\w{1,5}"
_ENGLISH = (
    "street str road rd avenue ave lane ln drive boulevard blvd court ct place square terrace crescent close way quay"
    " row parkway highway"
)
_GERMAN = "straße strasse str. weg platz allee gasse ring damm ufer laan straat plein gracht kade"
_ROMANCE = (
    "rue avenue boulevard place chemin allée impasse quai calle avenida avda plaza paseo carrer via viale piazza corso"
    " rua travessa praça"
)
_OF = r"(?:(?i:de la|de|du|des|del|della|da|do|dos|la|le|les|los|las|l'|d')\s?)*"


def _any(words: str) -> str:
    return "|".join(map(re.escape, words.split()))


_STREET = (
    rf"(?:\b{_UNIT},?\s+)?\b\d{{1,5}}[a-z]?,?\s+(?:{_WORD}\s+){{1,4}}(?i:{_any(_ENGLISH)})\b\.?"
    rf"(?:,?\s+{_UNIT})?(?:,\s*{_PLACE}\b)?"
    r"(?:,?\s*(?:[A-Z]{2}\s)?\d{5}(?:-\d{4})?|,?\s*[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2})?"
)
_STRASSE = (
    rf"\b[A-ZÀ-Þ][\w-]*(?:{_any(_GERMAN)})\s+\d{{1,4}}\s?[a-z]?\b"
    r"(?:,?\s*(?:[A-Z]{1,2}-)?\d{4,5}(?:\s?[A-Z]{2})?\s+[A-ZÀ-Þ][\w-]*)?"
)
_RUE = (
    rf"\b(?:\d{{1,4}}(?:\s?(?:bis|ter))?,?\s+)?(?i:{_any(_ROMANCE)})\s+{_OF}{_WORDS}"
    rf",?\s*(?:(?:n[.ºo°]*\s?)?\d{{1,4}}\b)?(?:,?\s*\d{{4,5}}(?:-\d{{3}})?\s+{_WORD})?"
)
_PATTERNS = (
    _STREET,
    _STRASSE,
    rf"\b(?i:am|an der|auf der|im|zum|zur) (?:{_WORD}\s){{1,2}}\d{{1,4}}\s?[a-z]?,\s*\d{{4,5}}\s+{_WORD}",
    _RUE,
    r"\b(?i:p\.?\s?o\.?\s?box|postfach|apartado(?: postal)?|boîte postale|bp)\s*\d{1,6}\b",
    r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b",
    rf"\b(?:[A-Z]{{1,2}}-)?\d{{5}}(?:-\d{{4}})?\s+{_WORD}|\b{_WORD},\s[A-Z]{{2}}\s\d{{5}}\b",
    rf"\b\d{{4}}\s?[A-Z]{{2}}\b(?:\s+{_WORD})?",
)
_ADDRESS = re.compile("|".join(_PATTERNS))


def without_addresses(text: str, mask: str) -> str:
    """``text`` with every postal address replaced by ``mask``."""
    return _ADDRESS.sub(mask, text)
