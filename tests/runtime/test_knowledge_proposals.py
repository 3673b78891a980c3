"""``fte-knowledge propose`` on real PostgreSQL: from a person's reply to a section that answers the next customer."""

import asyncio
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from learning_world import Desk, reading

from fte_agent.knowledge.sections import InvalidSource
from fte_runtime import knowledge
from fte_runtime.commands import evaluate
from fte_runtime.commands.knowledge_learning import propose
from fte_runtime.config import KnowledgeSource
from fte_runtime.proposals import Written

pytestmark = pytest.mark.postgres

QUESTION = "Can I use my own domain for the booking page?"
REPLY = (
    "Hi Ada,\n\nYes, the booking page can use your own domain. Open Settings > Domain, type the domain and press"
    " Verify. It takes up to 24 hours.\n\nKind regards,\nDana Holt\nCustomer Care\n\nOn Mon, 5 Jan 2026 at 10:30, Ada"
    " <ada@example.com> wrote:\n> Can I use my own domain for the booking page?\n"
)


@pytest.fixture
def made(tmp_path: Path, database_url: str) -> Callable[..., Any]:
    """Proposals in a folder, and what is told of them."""

    async def run(since: Any = None, conversation: Any = None, snapshot: str = "") -> list[dict[str, Any]]:
        return await propose(reading(tmp_path, database_url, snapshot), tmp_path / "out", since, conversation)

    return run


def pages(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.*") if path.is_file()}


def read(folder: Path) -> list[Any]:
    source = KnowledgeSource(name="docs", path=folder)
    return knowledge.sections(knowledge.read_files([source]))


def approve(folder: Path) -> None:
    """What a person does who agrees: removes the marks."""
    for path in [*(folder / "knowledge").iterdir(), *(folder / "suite").iterdir()]:
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"<!-- fte-proposal:[^>]*-->\n|^# fte-proposal:.*\n", "", text, flags=re.MULTILINE))


async def test_a_reply_from_the_mailbox_becomes_a_section_and_a_ticket_that_passes(
    learning_desk: Desk, made: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    conversation = await learning_desk.ask_by_mail(f"Hello,\n\n{QUESTION}\n\nThanks\nAda")
    await learning_desk.answer_elsewhere(conversation, REPLY)
    [told] = await made()
    assert (told["section"], told["suite"]) == (Written.NEW, Written.NEW)
    assert told["needs_review"] == []
    out = tmp_path / "out"
    with pytest.raises(InvalidSource, match=rf"docs/{told['proposal']}\.md:\d+: is a proposal that nobody"):
        read(out / "knowledge")
    suite = out / "suite" / f"{told['proposal']}.yaml"
    line = ["fte-evaluate", "run", "--suite", suite, "--knowledge", out / "knowledge", "--report", out / "report"]
    monkeypatch.setattr(sys, "argv", list(map(str, line)))
    assert await asyncio.to_thread(ended) == 2
    assert f"{suite}:1: is a proposal" in capsys.readouterr().err
    approve(out)
    [section] = read(out / "knowledge")
    assert section.heading == QUESTION
    assert section.content == (
        "Yes, the booking page can use your own domain. Open Settings > Domain, type the domain and press Verify."
        " It takes up to 24 hours."
    )
    assert section.example_questions == (QUESTION,)
    assert await asyncio.to_thread(ended) == 0, capsys.readouterr()
    report = json.loads((out / "report/report.json").read_text("utf-8"))
    [ticket] = report["tickets"]
    assert ticket["ending"]["outcome"] == "answer"
    assert "can use your own domain" in ticket["ending"]["text"]
    assert ticket["without_accepted_sections"]["outcome"] == "escalate"


def ended() -> Any:
    with pytest.raises(SystemExit) as end:
        evaluate.main()
    return end.value.code
