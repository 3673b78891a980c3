"""Text from outside, made harmless before anybody stores or shows it."""

import unicodedata


def storable(text: str) -> str:
    """``text`` as PostgreSQL would give it back: without NUL, a lone surrogate becomes ``?``."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def clean(text: str) -> str:
    """``text`` without control characters but tab and newline, ends of lines as newlines, trimmed."""
    text = storable(text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc").strip()


def line(text: str) -> str:
    """``text`` cleaned and on one line."""
    return " ".join(clean(text).split())
