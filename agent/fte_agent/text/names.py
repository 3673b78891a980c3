"""Names of other companies in a text, told from the ordinary words that some of them are."""

import re
from collections.abc import Sequence

from fte_agent.text.lexicon import Lexicon

_WORDLIKE = re.compile(r"[A-Z][a-z]+")
_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december"
)
_CALENDAR = frozenset(_DAYS.split())
"""Ordinary words that are written like a name."""

_BEFORE = (
    "than, vs, vs., versus, against, unlike, instead of, compared to, compared with, alternative to, alternatives to, "
    "switch* from, switch* to, migrat* from, migrat* to, import* from, competitor*, successor of, replacement for"
)
_COMPARING = _BEFORE.split(", ")


class Names:
    """Competitors' names. One that looks like a word with a capital ("Square") is meant where it is written with it,
    or all in capitals, or is compared with; a day or a month only where it is compared with. Any other is meant in any
    case.
    """

    def __init__(self, names: Sequence[str]) -> None:
        words = [name for name in names if _WORDLIKE.fullmatch(name)]
        cased = [name for name in words if name.casefold() not in _CALENDAR]
        compared = [f"{before} {name}" for name in words for before in _COMPARING]
        compared += [f"{name} {after}" for name in words for after in ("vs", "vs.", "versus", "competitor*")]
        self._any = Lexicon((*(name for name in names if name not in words), *compared))
        written = "|".join(re.escape(form) for name in cased for form in (name, name.upper()))
        self._written = re.compile(rf"(?<!\w)(?:{written})(?!\w)") if written else None

    def holds(self, text: str) -> bool:
        """Whether a name stands in ``text``."""
        return self._any.holds(text) or (self._written is not None and self._written.search(text) is not None)
