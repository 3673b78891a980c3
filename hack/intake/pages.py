"""docs/benchmarks.md: each benchmark writes the section under its own heading and leaves the others."""

import re
from pathlib import Path

HEAD = "# Benchmarks\n\nEach section is written by the command in its heading.\n"


def write_section(page: Path, heading: str, section: str) -> None:
    """Put ``section``, which begins with ``heading``, in its place on the page."""
    text = page.read_text(encoding="utf-8") if page.exists() else HEAD
    own = re.compile(rf"^{re.escape(heading)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    before, after = (text[: found.start()], text[found.end() :]) if (found := own.search(text)) else (text, "")
    page.write_text("\n".join(filter(None, (f"{before.rstrip()}\n", section, after))), encoding="utf-8")
