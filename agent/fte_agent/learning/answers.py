"""A person's answer as a section may say it: what holds for everybody, without personal data, as plain Markdown."""

import re
from collections import Counter
from dataclasses import dataclass

from fte_agent.learning.exchange import Unproposed
from fte_agent.learning.letters import spoken
from fte_agent.learning.personal import People, masked
from fte_agent.learning.sayings import Saying, saying_of
from fte_agent.text.cleaning import clean
from fte_agent.text.markdown import Block, Kind, blocks, sentences

_HEADING = re.compile(r"^(\s{0,3})(#{1,6}\s)", re.MULTILINE)
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_SHORT_LINE = 60
"""A line of a letter that is broken by a program is longer; a shorter one before a capital ended where it ends."""

_VOCATIVE = re.compile(r"^\[name\]\s?[,:!–-]\s*(\w?)")  # noqa: RUF001 - a dash


@dataclass(frozen=True, slots=True)
class Answer:
    """``text`` is Markdown; ``notes`` tell what of the person's words is not in it."""

    text: str
    notes: tuple[str, ...] = ()


def answer_of(body: str, people: People) -> Answer | Unproposed:
    """What of a person's reply somebody else may be told, or why nothing."""
    said: Counter[Saying] = Counter()
    kept = [text for block in blocks(_paragraphs(body, people)) if (text := _kept(block, said))]
    text = "\n\n".join(kept).strip()
    if text:
        return Answer(text, tuple(_left_out(said)))
    if not said:
        return Unproposed.NO_WORDS
    if said[Saying.OWN_CASE]:
        return Unproposed.ONE_CUSTOMER
    return Unproposed.ASKS_BACK if said[Saying.ASKING] else Unproposed.ONLY_DONE


def question_of(text: str, people: People) -> str:
    """A customer's request without greeting, thanks and personal data; as written where nothing else is in it."""
    body = _VOCATIVE.sub(lambda found: found[1].upper(), masked(clean(spoken(text)), people))
    kept = [
        " ".join(each for each in sentences(" ".join(part.split())) if saying_of(each) is not Saying.COURTESY)
        for part in body.split("\n")
    ]
    return "\n".join(filter(None, kept)) or body


def _paragraphs(body: str, people: People) -> str:
    """The words of a reply with a blank line where a thought ends with its line, without markup of ours."""
    text = masked(clean(spoken(body)), people).replace("<!--", "&lt;!--")
    text = _VOCATIVE.sub(lambda found: found[1].upper(), text)
    if len(_FENCE.findall(text)) % 2:
        text = _FENCE.sub("", text)
    if "```" not in text and "~~~" not in text:
        text = re.sub(
            rf"^([^\n]{{1,{_SHORT_LINE}}})\n(?=[A-ZÀ-Þ])", lambda found: f"{found[1]}\n\n", text, flags=re.MULTILINE
        )
    return text


def _kept(block: Block, said: Counter[Saying]) -> str:
    match block.kind:
        case Kind.PARAGRAPH:
            kept = " ".join(each for each in sentences(block.text) if _holds(each, said))
            return _HEADING.sub(r"\1\\\2", kept)
        case Kind.LIST:
            kept = "\n".join(line for line in block.text.split("\n") if _holds(line, said))
            return _HEADING.sub(r"\1\\\2", kept)
        case Kind.CODE | Kind.TABLE:
            return block.text


def _holds(sentence: str, said: Counter[Saying]) -> bool:
    saying = saying_of(sentence)
    said[saying] += 1
    return saying is Saying.GENERAL


def _left_out(said: Counter[Saying]) -> list[str]:
    """What a reader of the rest has to know: the rest may not hold without it."""
    notes = []
    if own := said[Saying.OWN_CASE]:
        notes.append(
            f"left out: {own} sentence{'s' if own > 1 else ''} on the customer's own case; does the rest hold alone?"
        )
    if asking := said[Saying.ASKING]:
        notes.append(
            f"left out: {asking} question{'s' if asking > 1 else ''} to the customer; the answer may depend on it"
        )
    return notes
