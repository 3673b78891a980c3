"""Words that decide alone."""

import re
import unicodedata
from collections.abc import Iterable


class Lexicon:
    """Words and phrases, matched whole, without regard to case, accents or spacing; ``*`` is any ending."""

    def __init__(self, entries: Iterable[str]) -> None:
        patterns = sorted({_pattern(entry) for entry in entries if entry.strip()})
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)") if patterns else None

    def holds(self, text: str) -> bool:
        """Whether one of the entries stands in ``text``."""
        return self._pattern is not None and self._pattern.search(_normalised(text)) is not None


def _pattern(entry: str) -> str:
    words = (re.escape(word).replace(r"\*", r"\w*") for word in _normalised(entry).split())
    return r"\s+".join(words)


def _normalised(text: str) -> str:
    """Casefolded, without accents and invisible characters, with plain apostrophes."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))  # noqa: RUF001 - the mark meant
    return "".join(char for char in decomposed if unicodedata.category(char) not in ("Mn", "Cf"))
