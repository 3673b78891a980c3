"""A mail cut into its parts (RFC 2046), each looked at no oftener than it is deep.

The standard library's parser holds every line against the boundaries of all levels around it, and calls itself for
each level; a stranger chooses both numbers. Here a level is one search through its bytes, and levels are counted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from fte_agent.inbound.mail_headers import Headers, read_headers
from fte_agent.inbound.mail_mime import content_type, decoded, size_of

MAX_DEPTH = 20
"""Levels that are read. Mail programs write up to five, forwards of forwards a few more."""

MAX_PARTS = 200

MAX_HEAD_BYTES = 512 * 1024
"""Of a part's headers; what stands behind is not read. Gmail takes no mail with more than 500 KB of them
(https://support.google.com/a/answer/14016360)."""

_NESTED = frozenset({"message/rfc822", "message/global"})
_BLANK_LINE = re.compile(rb"\n\r?\n")
_NO_HEADER = re.compile(rb"^(?![!-9;-~]+[ \t]*:|[ \t])", re.MULTILINE)
_STRAY_LINES = re.compile(_NO_HEADER.pattern + rb"[^\n]*(?:\n|\Z)", re.MULTILINE)
_USUAL_HEADER = re.compile(
    rb"^(?:from|to|cc|subject|date|message-id|in-reply-to|references|reply-to|sender|received|return-path|delivered-to"
    rb"|mime-version|content-[a-z-]{1,40}|auto-submitted|precedence|list-[a-z-]{1,40}|authentication-results"
    rb"|dkim-signature|x-[!-9;-~]{1,80})[ \t]*:",
    re.MULTILINE | re.IGNORECASE,
)
_LIKELY_BOUNDARY = re.compile(rb"^--([!-~][ -~]{0,69}?)[ \t]*\r?\n(?=content-)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A mail, or a part of one: ``raw`` is its body as it was sent unless it is cut into ``parts``, ``size`` its
    length in bytes, decoded."""

    headers: Headers
    kind: str
    params: dict[str, str]
    size: int
    raw: bytes = b""
    parts: tuple["Part", ...] = field(default=())

    def content(self, most: int) -> bytes:
        """The first ``most`` bytes of the body as they were before they were encoded for the way."""
        return decoded(self.raw, self.headers.text("Content-Transfer-Encoding"), most)

    def walk(self) -> Iterator["Part"]:
        """This part and all within, from the top."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))


@dataclass(frozen=True, slots=True)
class _Span:
    """Bytes of a mail by where they begin and end: a part is not copied for every level it is on."""

    raw: bytes
    start: int
    end: int

    def cut(self, start: int, end: int | None = None) -> "_Span":
        return _Span(self.raw, start, self.end if end is None else end)

    def bytes(self) -> bytes:
        return self.raw[self.start : self.end]


def read_parts(raw: bytes) -> Part:
    """The mail in ``raw``; what is deeper or more than is read is left as bytes."""
    start = raw.find(b"\n") + 1 if raw.startswith(b"From ") else 0  # an mbox file's own line
    return _Reader().part(_Span(raw, start, len(raw)), "text/plain", 0)


class _Reader:
    """Makes at most `MAX_PARTS` parts of one mail."""

    def __init__(self) -> None:
        self._left = MAX_PARTS

    def part(self, span: _Span, default: str, depth: int) -> Part:
        self._left -= 1
        head, body = _halves(span)
        headers = read_headers(head)
        kind, params = content_type(headers.text("Content-Type", raw=True), default)
        encoding = headers.text("Content-Transfer-Encoding").strip().lower()
        if kind.startswith("multipart/"):
            return self._multipart(body, Part(headers, kind, params, body.end - body.start), depth)
        raw = body.bytes()
        whole = Part(headers, kind, params, size_of(raw, encoding), raw)
        if kind not in _NESTED or depth >= MAX_DEPTH or self._left <= 0:
            return whole
        if encoding in ("base64", "quoted-printable"):  # which RFC 2046 forbids here and some programs write
            inner = whole.content(len(raw))
            body = _Span(inner, 0, len(inner))
        return replace(whole, raw=b"", parts=(self.part(body, "text/plain", depth + 1),))

    def _multipart(self, body: _Span, empty: Part, depth: int) -> Part:
        pieces = _pieces(body, empty.params.get("boundary", ""), self._left)
        if pieces is None:  # a text, as it stands
            return replace(empty, raw=body.bytes())
        if depth >= MAX_DEPTH:
            return replace(empty, kind="application/octet-stream")
        below = "message/rfc822" if empty.kind == "multipart/digest" else "text/plain"
        return replace(empty, parts=tuple(self.part(each, below, depth + 1) for each in pieces if self._left > 0))


def _halves(span: _Span) -> tuple[bytes, _Span]:
    """Headers and body. A line that can be no header begins the body, too: some programs forget the blank one."""
    top = span.raw[span.start : min(span.end, span.start + MAX_HEAD_BYTES)]
    for blank in (b"\n", b"\r\n"):
        if top.startswith(blank):
            return b"", span.cut(span.start + len(blank))
    found = _BLANK_LINE.search(span.raw, span.start, span.end)
    head = top[: found.start() + 1 - span.start] if found else top
    if len(head) == MAX_HEAD_BYTES:
        head = head[: head.rfind(b"\n") + 1] or head  # without the line that was cut
    stray = _NO_HEADER.search(head)
    if stray and stray.start() < len(head) and not (found and _goes_on(head, stray.start())):
        return head[: stray.start()], span.cut(span.start + stray.start())
    return _STRAY_LINES.sub(b"", head) if stray else head, span.cut(found.end() if found else span.end)


def _goes_on(head: bytes, stray: int) -> bool:
    """Whether a line that is no header is only a broken one: usual headers come after it, as many as such lines."""
    usual = len(_USUAL_HEADER.findall(head, stray))
    return 0 < usual >= sum(1 for found in _NO_HEADER.finditer(head, stray) if found.start() < len(head))


def _pieces(body: _Span, boundary: str, most: int) -> list[_Span] | None:
    """What stands between the boundaries, if these are there or can be guessed."""
    marks = _marks(body, boundary.encode("utf-8", "replace"), most) if boundary else []
    if not marks and (likely := _LIKELY_BOUNDARY.search(body.raw, body.start, body.end)):
        marks = _marks(body, likely[1], most)
    if not marks:
        return None
    ends = [mark.start() for mark in marks[1:]] + [body.end]
    pieces = []
    for mark, end in zip(marks, ends, strict=True):
        if mark[1]:
            break
        pieces.append(body.cut(mark.end(), _before_line_end(body.raw, mark.end(), end)))
    return pieces


def _marks(body: _Span, boundary: bytes, most: int) -> list[re.Match[bytes]]:
    """Lines that are the boundary, opening or closing. The search begins with fixed bytes, which makes it fast."""
    pattern = re.compile(re.escape(b"--" + boundary.rstrip()) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    found = pattern.finditer(body.raw, body.start, body.end)
    on_lines = (mark for mark in found if mark.start() == body.start or body.raw[mark.start() - 1] == ord("\n"))
    return list(islice(on_lines, most + 1))


def _before_line_end(raw: bytes, start: int, end: int) -> int:
    """A line's end before a boundary belongs to that (RFC 2046 §5.1.1)."""
    for line_end in (b"\r\n", b"\n"):
        if raw.endswith(line_end, start, end):
            return end - len(line_end)
    return end
