"""docs/safety.md names tests: each is there, by its file and by its name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "safety.md"
SPAN = re.compile(r"`([^`\n]+)`")
NAMED = re.compile(r"(?:(?P<folder>tests/[\w/]+/)?(?P<file>test_\w+)(?:\.py)?)?(?:::(?P<test>test_\w+))?")


def named(text: str) -> Iterator[tuple[str, str | None]]:
    """Each file that the page names, and the test in it if there is one; `::name` is in the file named last."""
    folder, file = "tests/agent/", ""
    for row in text.splitlines():
        for span in SPAN.findall(row):
            found = NAMED.fullmatch(span)
            if found is None or not (found["file"] or found["test"]):
                continue
            if found["file"]:
                folder = found["folder"] or "tests/agent/"
                file = f"{folder}{found['file']}.py"
            yield file, found["test"]


def defined(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_the_page_names_is_there() -> None:
    all_named = set(named(PAGE.read_text(encoding="utf-8")))
    assert len(all_named) > 60
    files = {file for file, _ in all_named}
    assert [file for file in sorted(files) if not (ROOT / file).is_file()] == []
    known = {file: defined(ROOT / file) for file in files}
    assert [f"{file}::{test}" for file, test in sorted(all_named, key=str) if test and test not in known[file]] == []
