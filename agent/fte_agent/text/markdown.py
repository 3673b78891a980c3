"""Just enough Markdown to cut approved text without breaking it: blocks, sentences, plain words.

A block is the smallest piece that may stand alone: a paragraph, a whole list, a fenced code block or a
table. Soft line breaks inside a paragraph or a list item are joined, so that a sentence is one string.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+\S")
_RULE = re.compile(r"^\s{0,3}([-*_])\s*(?:\1\s*){2,}$")
_QUOTE = re.compile(r"^\s{0,3}(?:>\s?)+")
_SENTENCE_END = re.compile(r"[.!?…。][\"'”)\]*_`]*(?=\s)|\n")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|approx|incl|min|max|no|mr|mrs|ms|dr|st)|\b[A-Za-z])\.$", re.IGNORECASE
)
_TAIL = 12
"""Characters that show whether a piece ends in an abbreviation: more than the longest has."""

_LINK = re.compile(r"!?\[([^\]]{0,500})\]\([^)]{0,2000}\)")
_MARKS = re.compile(r"\*\*|__|[*`|~]|^[^\S\n]*>\s?", re.MULTILINE)


class Kind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    LIST = "list"
    CODE = "code"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    """One block; its text has no blank line at either end."""

    kind: Kind
    text: str


def blocks(text: str) -> list[Block]:
    """The blocks of ``text``, which holds no headings. Cutting the joined texts again changes nothing."""
    found: list[tuple[Kind, list[str]]] = []
    for kind, lines in _raw_blocks(_unquoted(text.split("\n"))):
        if found and found[-1][0] is Kind.LIST and (kind is Kind.LIST or lines[0].startswith("  ")):
            found[-1][1].extend(lines)  # a list goes on over blank lines, with all that is indented under it
        else:
            found.append((kind, lines))
    return [Block(kind, _joined(kind, lines)) for kind, lines in found]


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, each a piece of it copied unchanged; abbreviations do not end one."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(paragraph):
        if _ABBREVIATION.search(paragraph[max(start, match.end() - _TAIL) : match.end()]):
            continue
        found.append(paragraph[start : match.end()].strip())
        start = match.end()
    return [sentence for sentence in (*found, paragraph[start:].strip()) if sentence]


def plain(text: str) -> str:
    """The words of ``text`` without emphasis, links' targets and table bars: what an embedder should read."""
    return _MARKS.sub(" ", _LINK.sub(r"\1", text))


def _unquoted(lines: list[str]) -> list[str]:
    """The lines without block-quote marks, but for those inside fenced code, where ``>`` is content."""
    found: list[str] = []
    in_fence = False
    for line in lines:
        in_fence ^= _FENCE.match(line) is not None
        found.append(line if in_fence else _QUOTE.sub("", line))
    return found


def _raw_blocks(lines: list[str]) -> Iterator[tuple[Kind, list[str]]]:
    start = 0
    while start < len(lines):
        line = lines[start]
        end = start + 1
        if fence := _FENCE.match(line):
            end = _fence_end(lines, end, fence.group(1))
            yield Kind.CODE, lines[start:end]
        elif not _ends_block(line):
            kind = _kind(line)
            while end < len(lines) and _belongs(kind, lines[end]):
                end += 1
            yield kind, lines[start:end]
        start = end


def _fence_end(lines: list[str], start: int, fence: str) -> int:
    """Index after the closing fence, or the end of the text: an open fence runs to the end."""
    for index in range(start, len(lines)):
        closing = lines[index].strip()
        if closing.startswith(fence) and not closing.strip(fence[0]):
            return index + 1
    return len(lines)


def _kind(line: str) -> Kind:
    if _ITEM.match(line):
        return Kind.LIST
    return Kind.TABLE if line.lstrip().startswith("|") else Kind.PARAGRAPH


def _ends_block(line: str) -> bool:
    return not line.strip() or _RULE.match(line) is not None


def _belongs(kind: Kind, line: str) -> bool:
    if _ends_block(line) or _FENCE.match(line):
        return False
    following = _kind(line)
    return following is kind or (kind is Kind.LIST and following is Kind.PARAGRAPH)


def _joined(kind: Kind, lines: list[str]) -> str:
    match kind:
        case Kind.PARAGRAPH:
            return " ".join(" ".join(line.split()) for line in lines)
        case Kind.LIST:
            return "\n".join(_joined_items(lines))
        case Kind.CODE | Kind.TABLE:
            return "\n".join(line.rstrip() for line in lines)


def _joined_items(lines: list[str]) -> list[str]:
    """List items with their continuation lines joined to them; fenced code inside keeps its lines."""
    items: list[str] = []
    in_fence = False
    for line in lines:
        if _FENCE.match(line):
            in_fence = not in_fence
            items.append(line.rstrip())
        elif in_fence or _ITEM.match(line) or not items or _FENCE.match(items[-1]):
            items.append(line.rstrip())
        else:
            items[-1] = f"{items[-1]} {line.strip()}"
    return items
