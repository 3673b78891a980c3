"""Spellings of one word."""

import unicodedata


def folded(text: str) -> str:
    """``text`` casefolded, without accents and invisible characters, with plain apostrophes."""
    text = text.casefold().replace("’", "'")  # noqa: RUF001 - the mark meant
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if unicodedata.category(char) not in ("Mn", "Cf"))
