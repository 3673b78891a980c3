"""Every statement of this package, by name.

Statements stand in ``queries/*.sql``: a line ``-- name --``, comment lines that say what it is for and
what its parameters are, then one statement. May live here: SQL and the loader. May not live here:
anything that runs it.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_HEADER = re.compile(r"^-- ([a-z][a-z0-9_]*) --\n((?:-- .+\n)+)", re.MULTILINE)


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


def _load() -> Mapping[str, str]:
    statements: dict[str, str] = {}
    for file in sorted(files(__name__).joinpath("queries").iterdir(), key=lambda file: file.name):
        for name, statement in parse(file.read_text(encoding="utf-8")).items():
            if name in statements:
                raise ValueError(f"statement {name} stands twice")
            statements[name] = statement
    return MappingProxyType(statements)


QUERIES: Mapping[str, str] = _load()
