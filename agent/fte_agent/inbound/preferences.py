"""Words by which a customer says whether they want to be written to at all.

Those in English and French are Twilio's (https://www.twilio.com/docs/proxy/opt-out-keywords and the page it names); YES
is not taken for START, since it answers questions of ours. German and Spanish have their own where nothing else is
meant by them.
"""

import unicodedata

from fte_agent.domain.messages import Preference

STOP = frozenset(
    {
        *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"),
        *("arret", "arrêt", "arrete", "arrête", "arrett", "désabonner", "desabonner"),
        *("stopp", "abmelden", "abbestellen", "austragen"),
        *("parar", "baja", "desuscribir"),
    }
)
START = frozenset({"start", "unstop"})

_SILENT = {code: None for code in range(128) if not chr(code).isalnum() and chr(code) not in " ?"}
"""What does not count of ASCII, for `str.translate`."""


def preference_of(text: str) -> Preference | None:
    """What the whole of ``text`` says, whatever its case and punctuation; None when it says more, or asks."""
    said = text if text.isascii() else unicodedata.normalize("NFKC", text)
    word = _counting(said.casefold()).strip()
    if word in STOP:
        return Preference.STOP
    return Preference.START if word in START else None


def _counting(text: str) -> str:
    """Letters, marks, digits, and what stands between words; a question is no wish."""
    if text.isascii():
        return text.translate(_SILENT)
    return "".join(char for char in text if char in " ?" or unicodedata.category(char)[0] in "LMN")
