"""Words that decide alone."""

import re
from collections.abc import Iterable

from fte_agent.text.folding import folded


class Lexicon:
    """Words and phrases, matched whole, without regard to case, accents or spacing; ``*`` is any ending."""

    def __init__(self, entries: Iterable[str]) -> None:
        patterns = sorted({_pattern(entry) for entry in entries if entry.strip()})
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)") if patterns else None

    def holds(self, text: str) -> bool:
        """Whether one of the entries stands in ``text``."""
        return self._pattern is not None and self._pattern.search(folded(text)) is not None


def _pattern(entry: str) -> str:
    words = (re.escape(word).replace(r"\*", r"\w*") for word in folded(entry).split())
    return r"\s+".join(words)
