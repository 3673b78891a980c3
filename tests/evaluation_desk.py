"""``fte-evaluate`` as it is called: files in a folder, and the command with its streams."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fte_runtime.commands import evaluate

EXPORT = (
    "Every board can be exported as a spreadsheet. Open the board, choose Export in its menu, and pick CSV or Excel. "
    "The file arrives by e-mail within ten minutes."
)
PASSWORD = (
    "To reset your password, choose Forgot password on the sign-in page and enter your e-mail address. "
    "The link that you get works for one hour."
)
TICKETS = [
    {
        "id": "export",
        "channel": "web_form",
        "subject": "Export",
        "messages": ["How can I export a board as a spreadsheet?"],
        "outcome": "answer",
        "accepted_sections": ["help.md#exporting-a-board"],
    },
    {
        "id": "legal",
        "channel": "email",
        "messages": ["My lawyer will sue you. <script>alert(1)</script>"],
        "outcome": "escalate",
        "reason": "legal",
        "trigger": "explicit",
    },
    {"id": "hello", "channel": "whatsapp", "messages": ["Hello!"], "outcome": "social"},
]


@dataclass
class Desk:
    """Files in a folder, and the command with its streams."""

    folder: Path
    call: Callable[..., int]
    read: Callable[[], tuple[str, str]]

    def write(self, name: str, content: object) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    def suite(self, *tickets: object, name: str = "tiny") -> Path:
        return self.write(f"{name}.json", {"name": name, "tickets": tickets or TICKETS})

    def run(self, *arguments: object) -> int:
        return self.call("run", "--knowledge", self.folder / "docs", *arguments)

    def refused(self, *arguments: object) -> str:
        """The one line that tells why the input cannot be used."""
        assert self.run(*arguments) == 2
        out, err = self.read()
        assert out == ""
        assert err.startswith("fte-evaluate: ")
        assert err.count("\n") == 1
        return err


def a_desk(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A desk with two sections and a file that is none of them."""

    def call(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["fte-evaluate", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            evaluate.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code

    made = Desk(folder, call, capsys.readouterr)
    made.write("docs/help.md", f"# Help\n\n## Exporting a board\n\n{EXPORT}\n\n## Resetting a password\n\n{PASSWORD}\n")
    made.write("docs/notes.txt", "\0 no document")
    return made
