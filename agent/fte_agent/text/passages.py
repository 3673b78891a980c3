"""The passages of a section that a hosted model may name: what can be read alone, rather large than small.

Two true sentences of different places can say together what neither says, so a paragraph is not cut unless it is long.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fte_agent.text.bindings import announces, answers, is_title
from fte_agent.text.markdown import Block, Kind, blocks, sentences
from fte_agent.text.pieces import Span

WHOLE_CHARS = 400
"""A section, or a paragraph, of at most so many characters is not cut: three to five sentences."""

_NUMBER = re.compile(r"(?:^|\n)\s{0,3}(\d{1,4})[.)]\s")
_STEP = re.compile(r"[\W_]*(?:step|schritt|paso|étape|stap|passo)\s+(\d{1,4})\b", re.IGNORECASE)
_PICTURE = re.compile(r"(?:\s*!\[[^\]]{0,500}\]\([^)]{0,2000}\))+\s*")


@dataclass(frozen=True, slots=True)
class _Atom:
    """The smallest that is ever cut off, before what belongs together is joined."""

    kind: Kind
    text: str
    span: Span


def passages(content: str) -> list[Span]:
    """The passages of ``content`` in reading order. Content that is not as `fte_agent.knowledge.sections` leaves it
    is one."""
    whole = [Span(0, len(content))]
    if len(content) <= WHOLE_CHARS:
        return whole
    found: list[list[_Atom]] = []
    for atom in _atoms(content):
        if atom.span.start < 0:
            return whole
        if found and _joins(found[-1][-1], atom):
            found[-1].append(atom)
        else:
            found.append([atom])
        if (begun := _begun(found, atom)) is not None:
            found[begun:] = [[each for group in found[begun:] for each in group]]
    return [Span(group[0].span.start, group[-1].span.end, group[0].span.opens) for group in found]


def _atoms(content: str) -> Iterator[_Atom]:
    position = 0
    for block in blocks(content):
        for number, text in enumerate(_cut(block)):
            start = content.find(text, position)
            position = start + len(text)
            yield _Atom(block.kind, text, Span(start, position, number == 0))
            if start < 0:
                return


def _cut(block: Block) -> list[str]:
    """A long paragraph in sentences; what one of them announces, or asks, is one with it to the next that does."""
    if block.kind is not Kind.PARAGRAPH or len(block.text) <= WHOLE_CHARS:
        return [block.text]
    cut: list[str] = []
    for sentence in sentences(block.text):
        if cut and not _leads(sentence) and _leads(sentences(cut[-1])[0]):
            cut[-1] = f"{cut[-1]} {sentence}"
        else:
            cut.append(sentence)
    return cut


def _leads(sentence: str) -> bool:
    return is_title(sentence) or announces(sentence)


def _joins(before: _Atom, atom: _Atom) -> bool:
    """Whether it says something else, or nothing, without what stands right before it."""
    if atom.kind is not Kind.PARAGRAPH or answers(atom.text) or _PICTURE.fullmatch(atom.text):
        return True
    if before.kind is not Kind.PARAGRAPH:
        return False
    return _PICTURE.fullmatch(before.text) is not None or (atom.span.opens and _leads(sentences(before.text)[-1]))


def _begun(found: list[list[_Atom]], atom: _Atom) -> int | None:
    """Where the list or the steps that ``atom`` goes on with began."""
    first, _ = _numbers(atom)
    if first is None or first < 2:
        return None
    earlier = range(len(found) - 1, -1, -1)
    return next((n for n in earlier for each in found[n] if each is not atom and _numbers(each)[1] == first - 1), None)


def _numbers(atom: _Atom) -> tuple[int | None, int | None]:
    """The first and the last number of the items or of the step."""
    if atom.kind is Kind.LIST:
        told = [int(number) for number in _NUMBER.findall(atom.text)]
        return (told[0], told[-1]) if told else (None, None)
    step = _STEP.match(atom.text)
    return (int(step[1]), int(step[1])) if step else (None, None)
