"""Every statement of this package, by name.

Statements stand in ``queries/*.sql``: a line ``-- name --``, comment lines that say what it is for and
what its parameters are, then one statement. Up to four parameters may be numbered; more are named, ``:name``, and
given by `Statement.bind`. May live here: SQL and the loader. May not live here: anything that runs it.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Self

_HEADER = re.compile(r"^-- ([a-z][a-z0-9_]*) --\n((?:-- .+\n)+)", re.MULTILINE)


_NAMED = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::|:(?P<name>[a-z][a-z0-9_]*)")
"""A parameter's name, or what only looks like one: a literal, a comment, a cast."""


class Statement(str):
    """One statement as the driver takes it; ``names`` are its parameters in the order of their numbers."""

    __slots__ = ("names",)
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """A statement whose named parameters are numbered by first appearance."""
        names: dict[str, int] = {}

        def number(found: re.Match[str]) -> str:
            name = found["name"]
            return found[0] if name is None else f"${names.setdefault(name, len(names) + 1)}"

        statement = cls(_NAMED.sub(number, text))
        statement.names = tuple(names)
        return statement

    def bind(self, **values: object) -> tuple[str, *tuple[object, ...]]:
        """The statement and its parameters, to be spread into a call of the driver.

        Raises:
            TypeError: a parameter is missing or there is none of that name.
        """
        if values.keys() != set(self.names):
            raise TypeError(f"parameters are {', '.join(self.names)}; given {', '.join(values)}")
        return (self, *(values[name] for name in self.names))


def parse(text: str) -> dict[str, Statement]:
    """The statements of one file.

    Raises:
        ValueError: a name stands twice, has no description or no statement.
    """
    statements: dict[str, Statement] = {}
    headers = list(_HEADER.finditer(text))
    if len(headers) != len(re.findall(r"^-- [a-z0-9_]+ --$", text, re.MULTILINE)):
        raise ValueError("a statement has no description")
    ends = [header.start() for header in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        name, statement = header.group(1), text[header.end() : end].strip().removesuffix(";")
        if name in statements or not statement:
            raise ValueError(f"statement {name} stands twice or is empty")
        statements[name] = Statement.of(statement)
    return statements


def _load() -> Mapping[str, Statement]:
    statements: dict[str, Statement] = {}
    for file in sorted(files(__name__).joinpath("queries").iterdir(), key=lambda file: file.name):
        for name, statement in parse(file.read_text(encoding="utf-8")).items():
            if name in statements:
                raise ValueError(f"statement {name} stands twice")
            statements[name] = statement
    return MappingProxyType(statements)


QUERIES: Mapping[str, Statement] = _load()
