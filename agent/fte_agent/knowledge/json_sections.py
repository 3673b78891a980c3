"""JSON documents read as sections: one object, or a list of them.

::

    {"title": "Billing", "heading": "Invoices > Copies", "content": "Markdown.",
     "asked": ["where is my invoice?"], "visibility": "internal", "uri": "copies"}

``title`` and ``content`` must be there. ``heading`` is the section's path of headings, the title without one. ``asked``
are questions that the section answers, in customers' words. Of an ``internal`` section customers never hear. ``uri`` is
its name in the file, else made of the heading. Longer content is cut as a Markdown section's is.
"""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from fte_agent.domain.knowledge import Section
from fte_agent.knowledge.proposed import REFUSAL, marked_section
from fte_agent.knowledge.sections import FORBIDDEN, InvalidSource, pieces, slug, unused

_SPACE = re.compile(r"[ \t\r\n]*")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    title: Annotated[str, Field(min_length=1)]
    heading: str = ""
    content: Annotated[str, Field(min_length=1)]
    asked: list[Annotated[str, Field(min_length=1)]] = []
    visibility: Literal["public", "internal"] = "public"
    uri: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]+$", max_length=200)] | None = None

    @field_validator("title", "heading", "content", "asked")
    @classmethod
    def _is_text(cls, given: str | list[str]) -> str | list[str]:
        """Stripped, and such that a database and a reader take it."""
        if isinstance(given, list):
            return [_text(each) for each in given]
        return _text(given)


def _text(given: str) -> str:
    if match := FORBIDDEN.search(given):
        raise ValueError(f"holds the control character {match.group()!r}; remove it")
    return given.replace("\r\n", "\n").replace("\r", "\n").strip()


def json_sections(source: str, file: str, text: str) -> list[Section]:
    """The sections of one JSON document, in their order; ``uri`` is ``<source>/<file>#<anchor>``.

    Raises:
        InvalidSource: it is no JSON of this shape; the text names the line where the section begins, and its field.
    """
    taken: set[str] = set()
    uris: set[str] = set()
    found: list[Section] = []
    for number, (line, given) in enumerate(_entries(source, file, text), start=1):
        try:
            entry = _Entry.model_validate(given)
        except ValidationError as error:
            raise InvalidSource(source, file, line, f"section {number}: {_told(error)}") from None
        if marked_section(entry.content):
            raise InvalidSource(source, file, line, f"section {number}: {REFUSAL}")
        made = list(_sections(f"{source}/{file}", entry, taken))
        if not made:
            raise InvalidSource(source, file, line, f"section {number}: content holds no text; write some")
        if any(section.uri in uris for section in made):
            raise InvalidSource(source, file, line, f"section {number}: uri: another section has it; give another")
        uris.update(section.uri for section in made)
        found += made
    if not found:
        raise InvalidSource(source, file, 1, "holds no section; write some or remove the file")
    return found


def _sections(address: str, entry: _Entry, taken: set[str]) -> Iterator[Section]:
    heading = entry.heading or entry.title
    anchor = entry.uri or unused(slug(heading.rsplit(" > ", 1)[-1]), taken)
    taken.add(anchor)
    for number, content in enumerate(pieces(entry.content), start=1):
        suffix = "" if number == 1 else f"--{number}"
        uri = f"{address}#{anchor}{suffix}"
        yield Section(uri, entry.title, heading, content, tuple(entry.asked), entry.visibility)


def _entries(source: str, file: str, text: str) -> Iterator[tuple[int, object]]:
    """Each value of a list, or the one value, with the line on which it begins."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidSource(source, file, error.lineno, f"is no JSON: {error.msg}, column {error.colno}") from None
    except (ValueError, RecursionError):
        raise InvalidSource(source, file, 1, "is JSON nested too deep, or with a number too long") from None
    at = _after_space(text, 0)
    if not isinstance(whole, list):
        yield text.count("\n", 0, at) + 1, whole
        return
    decoder = json.JSONDecoder()
    line, counted = 1, 0
    for _ in whole:
        at = _after_space(text, at + 1)
        line, counted = line + text.count("\n", counted, at), at
        value, at = decoder.raw_decode(text, at)
        at = _after_space(text, at)
        yield line, value


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _told(error: ValidationError) -> str:
    """Every fault with its field, without what was given."""
    faults = []
    for fault in error.errors(include_input=False, include_url=False):
        field = ".".join(map(str, fault["loc"]))
        faults.append(f"{field}: {fault['msg']}" if field else "is no object with title and content")
    return "; ".join(faults)
