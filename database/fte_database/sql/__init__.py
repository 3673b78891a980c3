"""Every statement of this package, by name.

Statements stand in ``queries/*.sql``: a line ``-- name --``, comment lines that say what it is for and
what its parameters are, then one statement. Up to four parameters may be numbered; more are named, ``:name``, and
given to `bound`. May live here: SQL and the loader. May not live here: anything that runs it.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_HEADER = re.compile(r"^-- ([a-z][a-z0-9_]*) --\n((?:-- .+\n)+)", re.MULTILINE)


_NAMED = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::|:(?P<name>[a-z][a-z0-9_]*)")
"""A parameter's name, or what only looks like one: a literal, a comment, a cast."""


def parse(text: str) -> dict[str, str]:
    """The statements of one file.

    Raises:
        ValueError: a name stands twice, has no description or no statement.
    """
    statements: dict[str, str] = {}
    headers = list(_HEADER.finditer(text))
    if len(headers) != len(re.findall(r"^-- [a-z0-9_]+ --$", text, re.MULTILINE)):
        raise ValueError("a statement has no description")
    ends = [header.start() for header in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        name, statement = header.group(1), text[header.end() : end].strip().removesuffix(";")
        if name in statements or not statement:
            raise ValueError(f"statement {name} stands twice or is empty")
        statements[name] = statement
    return statements


def numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """A statement with its named parameters numbered by first appearance, and their names in that order."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found["name"]
        return found[0] if name is None else f"${names.setdefault(name, len(names) + 1)}"

    return _NAMED.sub(number, statement), tuple(names)


def bound(name: str, /, **values: object) -> tuple[str, *tuple[object, ...]]:
    """A statement and its named parameters, to be spread into a call of the driver.

    Raises:
        TypeError: a parameter is missing, or there is none of that name.
    """
    names = _NAMES[name]
    if values.keys() != set(names):
        raise TypeError(f"{name} takes {', '.join(names)}; given {', '.join(values)}")
    return (QUERIES[name], *(values[each] for each in names))


def _load() -> dict[str, tuple[str, tuple[str, ...]]]:
    statements: dict[str, tuple[str, tuple[str, ...]]] = {}
    for file in sorted(files(__name__).joinpath("queries").iterdir(), key=lambda file: file.name):
        for name, statement in parse(file.read_text(encoding="utf-8")).items():
            if name in statements:
                raise ValueError(f"statement {name} stands twice")
            statements[name] = numbered(statement)
    return statements


_LOADED = _load()
QUERIES: Mapping[str, str] = MappingProxyType({name: statement for name, (statement, _) in _LOADED.items()})
_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({name: names for name, (_, names) in _LOADED.items()})
