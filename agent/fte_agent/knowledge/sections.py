"""Markdown documents cut into the sections an employee finds, quotes and cites."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fte_agent.domain.knowledge import Section
from fte_agent.knowledge.proposed import REFUSAL, is_mark
from fte_agent.text.markdown import Kind, blocks, plain, sentences

MAX_CHARS = 1000
"""A longer section is cut between blocks: an embedder reads about 1,000 characters and ignores the rest."""

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_TITLE_FIELD = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_COMMENT_OR_FENCE = re.compile(r"<!--|^[^\S\n]*(?:```|~~~)", re.MULTILINE)
_ASKED = re.compile(r"\s*asked:", re.IGNORECASE)
_ASKED_LINE = "\0"
"""Begins a line that carries a question to its section, and stands between the question's line number and the
question; no document may hold the character itself."""

FORBIDDEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class InvalidSource(Exception):
    """A document cannot be used as it stands; the message names source, file, line and remedy."""

    def __init__(self, source: str, file: str, line: int, fault: str) -> None:
        super().__init__(f"{source}/{file}:{line}: {fault}")
        self.source = source


@dataclass(frozen=True, slots=True)
class _Part:
    """A heading with the text under it, up to the next heading of any level."""

    path: tuple[str, ...]
    body: str
    example_questions: tuple[str, ...]
    asked_line: int
    """Where in the document the first question's comment begins."""


def decode(source: str, file: str, raw: bytes) -> str:
    """The text of a document.

    Raises:
        InvalidSource: it is not UTF-8; the line is the first offending byte's.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InvalidSource(source, file, line, "is not UTF-8 text; save it as UTF-8") from error


def sections_of(source: str, file: str, text: str) -> list[Section]:
    """Cut one document into sections, in reading order.

    ``uri`` is ``<source>/<file>#<anchor>``; the anchor is the heading's as GitHub makes it, and pieces
    of a long section get ``--2``, ``--3``. Front matter and HTML comments are dropped, but for a comment that
    begins with ``asked:``: its lines are questions that the section answers. Fenced code is kept as it is.
    A list is never cut.

    Raises:
        InvalidSource: nothing to read, a control character, a comment that is never closed, questions where no text
            answers them, or a proposal that nobody has approved.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    _refuse_unusable(source, file, text)
    title, body = _without_front_matter(text)
    parts = list(_parts(_without_comments(source, file, body, line_offset=text.count("\n") - body.count("\n"))))
    title = title or next((part.path[0] for part in parts if part.path), "") or file.rsplit(".", 1)[0]
    for part in parts:
        _refuse_unanswered(source, file, part)
    taken: set[str] = set()
    found = [section for part in parts for section in _sections(f"{source}/{file}", title, part, taken)]
    if not found:
        raise InvalidSource(source, file, 1, "holds no text under its headings; write some or remove the file")
    return found


def texts_to_embed(section: Section) -> tuple[str, ...]:
    """What an embedder reads of a section: where it stands with its words, and what customers ask, if known."""
    written = f"{section.title} > {section.heading}\n{plain(section.content)}"
    return (written, "\n".join(section.example_questions)) if section.example_questions else (written,)


def _refuse_unusable(source: str, file: str, text: str) -> None:
    if not text.strip():
        raise InvalidSource(source, file, 1, "is empty; write some text or remove the file")
    if match := FORBIDDEN.search(text):
        line = text.count("\n", 0, match.start()) + 1
        raise InvalidSource(source, file, line, f"holds the control character {match.group()!r}; remove it")


def _refuse_unanswered(source: str, file: str, part: _Part) -> None:
    if part.example_questions and not blocks(part.body):
        place = f"under the heading {part.path[-1]!r}" if part.path else "before the first heading"
        remedy = "write some text under the heading or move the comment"
        raise InvalidSource(source, file, part.asked_line, f"asks {place}, where no text answers; {remedy}")


def _without_front_matter(text: str) -> tuple[str, str]:
    """The title that front matter gives, and the text after it."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return "", text
    title = _TITLE_FIELD.search(match.group())
    return (title.group(1).strip("\"'") if title else ""), text[match.end() :]


def _without_comments(source: str, file: str, text: str, *, line_offset: int) -> str:
    """The text without its comments, but for the questions in them; fenced code keeps what looks like one."""
    kept: list[str] = []
    start, line, in_fence = 0, line_offset + 1, False
    position = 0
    while found := _COMMENT_OR_FENCE.search(text, position):
        position = found.end()
        if found.group() != "<!--":
            in_fence = not in_fence
        elif not in_fence:
            line += text.count("\n", start, found.start())
            end = text.find("-->", position)
            if end < 0:
                raise InvalidSource(source, file, line, "opens a comment that is never closed; add -->")
            if is_mark(text[position:end]):
                raise InvalidSource(source, file, line, REFUSAL)
            kept += text[start : found.start()], _kept_questions(text[position:end], line)
            line += text.count("\n", found.start(), end)
            start = position = end + len("-->")
    return "".join(kept) + text[start:]


def _kept_questions(comment: str, number: int) -> str:
    """Nothing for an ordinary comment; the questions of one that says what is asked, each on a marked line."""
    if not (begin := _ASKED.match(comment)):
        return ""
    lines = (line.strip(" \t-*") for line in comment[begin.end() :].splitlines())
    return "".join(f"\n{_ASKED_LINE}{number}{_ASKED_LINE}{line}" for line in lines if line) + "\n"


def _parts(text: str) -> Iterator[_Part]:
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    in_fence = False
    for line in text.split("\n"):
        in_fence ^= _FENCE.match(line) is not None
        heading = None if in_fence else _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        yield _part(path, lines)
        level = len(heading.group(1))
        path = [*((depth, name) for depth, name in path if depth < level), (level, plain(heading.group(2)).strip())]
        lines = []
    yield _part(path, lines)


def _part(path: Iterable[tuple[int, str]], lines: Iterable[str]) -> _Part:
    told: list[str] = []
    asked: list[str] = []
    asked_line = 0
    for line in lines:
        if line.startswith(_ASKED_LINE):
            _, number, question = line.split(_ASKED_LINE)
            asked_line = asked_line or int(number)
            asked.append(question)
        else:
            told.append(line)
    return _Part(tuple(name for _, name in path), "\n".join(told), tuple(asked), asked_line)


def _sections(address: str, title: str, part: _Part, taken: set[str]) -> Iterator[Section]:
    contents = pieces(part.body)
    if not contents:
        return
    path = part.path[1:] if part.path[:1] == (title,) and len(part.path) > 1 else part.path
    anchor = unused(slug(part.path[-1]) if part.path else "top", taken)
    for number, content in enumerate(contents, start=1):
        suffix = "" if number == 1 else f"--{number}"
        yield Section(f"{address}#{anchor}{suffix}", title, " > ".join(path) or title, content, part.example_questions)


def slug(heading: str) -> str:
    """The anchor GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") or "section"


def unused(anchor: str, taken: set[str]) -> str:
    """``anchor``, or the first of ``anchor-1``, ``anchor-2``, … that no section has yet."""
    name, number = anchor, 0
    while name in taken:
        number += 1
        name = f"{anchor}-{number}"
    taken.add(name)
    return name


def pieces(body: str) -> list[str]:
    """The text under one heading in pieces of at most `MAX_CHARS`, unless one list or code block is longer."""
    made: list[str] = []
    for unit in _units(body):
        if made and len(made[-1]) + 2 + len(unit) <= MAX_CHARS:
            made[-1] = f"{made[-1]}\n\n{unit}"
        else:
            made.append(unit)
    return made


def _units(body: str) -> Iterator[str]:
    """What may not be cut: a list, code or table with the line that introduces it; else paragraphs."""
    introduction = ""
    for block in blocks(body):
        if block.kind is Kind.PARAGRAPH:
            if introduction:
                yield introduction
            *whole, introduction = _short_paragraphs(block.text)
            yield from whole
            if not introduction.endswith(":"):
                yield introduction
                introduction = ""
        else:
            yield f"{introduction}\n\n{block.text}" if introduction else block.text
            introduction = ""
    if introduction:
        yield introduction


def _short_paragraphs(paragraph: str) -> list[str]:
    """The paragraph, or its sentences packed to at most `MAX_CHARS` each when it is longer."""
    packed: list[str] = []
    for sentence in sentences(paragraph):
        if packed and len(packed[-1]) + 1 + len(sentence) <= MAX_CHARS:
            packed[-1] = f"{packed[-1]} {sentence}"
        else:
            packed.append(sentence)
    return packed
