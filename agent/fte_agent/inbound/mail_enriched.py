"""Text with marks of its own kind, as plain text (``text/enriched``, RFC 1896)."""

import re

_PARAMETER = re.compile(r"<param>[^<>]*</param>", re.IGNORECASE)
_MARK = re.compile(r"</?[A-Za-z0-9-]{1,60}>")
_LINE_ENDS = re.compile(r"\n+")


def enriched_text(text: str) -> str:
    """``text`` without its marks: ``<<`` is the sign itself, one end of a line a blank, two of them one."""
    pieces = [_MARK.sub("", _PARAMETER.sub("", piece)) for piece in text.split("<<")]
    return _LINE_ENDS.sub(lambda found: found[0][1:] or " ", "<".join(pieces))
