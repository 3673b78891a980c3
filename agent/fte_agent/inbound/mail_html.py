"""HTML as its reader sees it: text, a line per block."""

import re
from html.parser import HTMLParser

from fte_agent.inbound.mail_html_open import OpenElements
from fte_agent.inbound.mail_quote_starts import is_attribution

MAX_HTML_CHARS = 1_000_000
"""What stands behind is not read; no person writes that much."""

_DROPPED = frozenset({"script", "style", "title", "template", "noscript", "svg", "object"})
_LINES = "address article blockquote br div dl dd dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tr ul"
_BLOCKS = frozenset(_LINES.split())
_CELLS = frozenset({"td", "th"})
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_KEPT = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_QUOTE_CLASS = re.compile(r"\b(?:gmail_quote|moz-cite|protonmail_quote|tutanota_quote|yahoo_quoted|cite)\b")
_SPACES = re.compile(r"[ \t\xa0]+")
_BLANKS = re.compile(r"\n{3,}")
_TAIL_CHARS, _TAIL_PIECES = 400, 40
"""How much of what stands above a blockquote is looked at."""

_LINE_END = re.compile(r"\r\n?|\n")
_DECLARATION = re.compile(r"<[!?][^<>]*>")
_NO_TAG = re.compile(r"<(?![a-zA-Z/][^<>]*>)")
_META_CHARSET = re.compile(rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)
_HEAD_BYTES = 2_048


def declared_charset(html: bytes) -> str:
    """The charset that a document names itself, at its beginning as browsers want it, or nothing."""
    found = _META_CHARSET.search(html, 0, _HEAD_BYTES)
    return found[1].decode("ascii") if found else ""


def html_text(html: str) -> str:
    """What a reader of ``html`` sees; lines of a quoted mail begin with ``>``, as they do in plain text.

    A ``blockquote`` is a quote only if it says so, or the line above it does, as Yandex has it: mail programs make
    indents of it, too.
    """
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
    """Collects text; what is inside a dropped or hidden element is not text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._open = OpenElements()
        self._blocks: list[bool] = []  # of the open blockquotes, which are quotes
        self._quotes = 0

    @property
    def text(self) -> str:
        """All of it so far."""
        return "".join(self._pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, a quote or something hidden."""
        named = dict(attrs)
        unseen = tag in _DROPPED or _is_unseen(named)
        self._open.start(tag, unseen=unseen, kept=tag == "pre" or _KEPT.search(named.get("style") or "") is not None)
        if tag == "blockquote":
            self._blocks.append(_is_quote(named) or is_attribution(self._last_line))
            self._quotes += self._blocks[-1]
        self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A script or the like that ends at once hides nothing after it; of others, HTML ignores the slash."""
        if tag not in _DROPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """End it again."""
        self._open.end(tag)
        if tag == "blockquote" and self._blocks:
            self._quotes -= self._blocks.pop()
        self._break(tag)

    def handle_data(self, data: str) -> None:
        """Text between tags; its ends of lines are mere spaces, unless they were typed to be kept."""
        if not self._open.hidden:
            self._pieces.append(_LINE_END.sub(self._new_line if self._open.kept else " ", data))

    @property
    def _last_line(self) -> str:
        """The end of what was read last, without blank lines."""
        tail = "".join(piece[-_TAIL_CHARS:] for piece in self._pieces[-_TAIL_PIECES:])
        return _SPACES.sub(" ", tail).rstrip().rpartition("\n")[2]

    @property
    def _new_line(self) -> str:
        return "\n> " if self._quotes else "\n"

    def _break(self, tag: str) -> None:
        if self._open.hidden:
            return
        if tag in _BLOCKS:
            self._pieces.append(self._new_line)
        elif tag in _CELLS:
            self._pieces.append(" ")


def _is_unseen(attrs: dict[str, str | None]) -> bool:
    return "hidden" in attrs or _UNSEEN.search(attrs.get("style") or "") is not None


def _is_quote(attrs: dict[str, str | None]) -> bool:
    named = _QUOTE_CLASS.search(attrs.get("class") or "") is not None
    return named or attrs.get("type") == "cite" or bool(attrs.get("cite"))
