"""The mark of what nobody has approved yet: a section or a ticket that holds it is refused."""

import re

MARK = "fte-proposal:"
"""Begins the comment in a proposed section, and the first line of a proposed suite."""

REFUSAL = "is a proposal that nobody has approved; check it and remove the comment that begins with fte-proposal:"
SUITE_REFUSAL = "is a proposal that nobody has approved; check it and remove the line that begins with # fte-proposal:"

_COMMENT = re.compile(rf"<!--\s*{MARK}", re.IGNORECASE)
_LINE = re.compile(rf"^[ \t]*#[ \t]*{MARK}", re.IGNORECASE | re.MULTILINE)


def is_mark(comment: str) -> bool:
    """Whether a comment's text is the mark."""
    return comment.lstrip().casefold().startswith(MARK)


def marked_section(text: str) -> bool:
    """Whether Markdown that is not read for its comments holds the mark."""
    return _COMMENT.search(text) is not None


def marked_suite(text: str) -> int | None:
    """The line of a suite that holds the mark, counted from 1, or None."""
    found = _LINE.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None
