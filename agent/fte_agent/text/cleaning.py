"""Text from outside, made harmless before anybody stores or shows it."""

import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Unicode's category Cc, which never changes, without tab and newline."""


def storable(text: str) -> str:
    """``text`` as PostgreSQL would give it back: without NUL, a lone surrogate becomes ``?``."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def clean(text: str) -> str:
    """``text`` without control characters but tab and newline, ends of lines as newlines, trimmed."""
    if text.isprintable():  # nothing of the kind in it, as in most lines
        return text.strip()
    return _CONTROLS.sub("", storable(text.replace("\r\n", "\n").replace("\r", "\n"))).strip()


def line(text: str) -> str:
    """``text`` cleaned and on one line."""
    return " ".join(clean(text).split())
