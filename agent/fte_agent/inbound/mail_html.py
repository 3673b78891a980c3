"""HTML as its reader sees it: text, a line per block."""

import re
from html.parser import HTMLParser

MAX_HTML_CHARS = 1_000_000
"""What stands behind is not read; no person writes that much."""

_DROPPED = frozenset({"script", "style", "head", "title", "template", "noscript"})
_LINES = "address article blockquote br div dl dd dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tr ul"
_BLOCKS = frozenset(_LINES.split())
_SPACES = re.compile(r"[ \t\xa0]+")
_BLANKS = re.compile(r"\n{3,}")
_DECLARATION = re.compile(r"<[!?][^<>]{0,2000}>")
_NO_TAG = re.compile(r"<(?![a-zA-Z/][^<>]{0,2000}>)")


def html_text(html: str) -> str:
    """What a reader of ``html`` sees; lines of a quoted block begin with ``>``, as they do in plain text."""
    reader = _Reader()
    # The parser takes the square of the time for what is never closed, so it gets whole tags alone.
    reader.feed(_NO_TAG.sub("&lt;", _DECLARATION.sub("", _without_comments(html[:MAX_HTML_CHARS]))))
    reader.close()
    lines = (_SPACES.sub(" ", line).strip() for line in reader.text.split("\n"))
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip()


def _without_comments(html: str) -> str:
    """``html`` without comments; one that is never closed hides the rest."""
    kept, at = [], 0
    while (start := html.find("<!--", at)) >= 0:
        kept.append(html[at:start])
        end = html.find("-->", start)
        if end < 0:
            return "".join(kept)
        at = end + len("-->")
    return "".join([*kept, html[at:]])


class _Reader(HTMLParser):
    """Collects text; what is inside a dropped element is not text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._hidden = ""
        self._quotes = 0

    @property
    def text(self) -> str:
        """All of it so far."""
        return "".join(self._pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, a quote or something hidden; a body ends whatever was left open above it."""
        if tag == "body":
            self._hidden = ""
        elif tag in _DROPPED and not self._hidden:
            self._hidden = tag
        self._quotes += tag == "blockquote"
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        """End it again."""
        if tag == self._hidden:
            self._hidden = ""
        self._quotes = max(self._quotes - (tag == "blockquote"), 0)
        self._break(tag)

    def handle_data(self, data: str) -> None:
        """Text between tags; its ends of lines are mere spaces."""
        if not self._hidden:
            self._pieces.append(data.replace("\n", " "))

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._pieces.append("\n> " if self._quotes else "\n")
