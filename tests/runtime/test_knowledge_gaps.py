"""``fte-knowledge gaps`` on real PostgreSQL: what nothing approved answered, and what people answered of it."""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from learning_world import Desk, reading

from fte_agent.domain.turns import Reason
from fte_runtime.commands import knowledge as command
from fte_runtime.commands.knowledge_learning import gaps, propose
from fte_runtime.proposals import NoFolder

pytestmark = pytest.mark.postgres

NORWAY, RINGS = "Do you ship to Norway? I am ann@example.com", "Which planets have rings?"


async def test_questions_are_told_with_how_many_asked_and_how_many_a_person_answered(
    learning_desk: Desk, tmp_path: Path, database_url: str
) -> None:
    desk = learning_desk
    await desk.ask_by_form("do you ship to norway i am ann@example.com")
    answered = await desk.ask_by_mail(NORWAY)
    rings = await desk.ask_by_chat(RINGS)
    await desk.age(rings, timedelta(days=8))
    await desk.ask_by_form("I want a refund", reason=Reason.REFUND)
    await desk.age(await desk.ask_by_form("Long ago"), timedelta(days=31))
    await desk.answer_elsewhere(answered, "Yes, we ship to Norway.")
    today, before = (datetime.now(UTC) - timedelta(days=days) for days in (0, 8))
    assert await gaps(reading(tmp_path, database_url), 30) == [
        {
            "count": 2,
            "question": "Do you ship to Norway? I am [email]",
            "answered": 1,
            "last": today.date().isoformat(),
            "weeks": {week(today): 2},
        },
        {"count": 1, "question": RINGS, "answered": 0, "last": before.date().isoformat(), "weeks": {week(before): 1}},
    ]


def week(at: datetime) -> str:
    return at.strftime("%G-W%V")


async def test_a_proposal_is_told_by_its_name_also_once_it_is_approved(
    learning_desk: Desk, tmp_path: Path, database_url: str
) -> None:
    await learning_desk.answer_elsewhere(await learning_desk.ask_by_mail(NORWAY), "Yes, we ship to Norway.")
    await learning_desk.ask_by_form(RINGS)
    it, out = reading(tmp_path, database_url), tmp_path / "out"
    with pytest.raises(NoFolder, match="name the folder"):
        await gaps(it, 30, out)
    [made] = await propose(it, out, None, None)
    assert {gap["question"]: gap["proposal"] for gap in await gaps(it, 30, out)} == {
        "Do you ship to Norway? I am [email]": made["proposal"],
        RINGS: None,
    }


async def test_a_table_has_what_the_lines_of_json_have(
    learning_desk: Desk,
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await learning_desk.ask_by_form(RINGS)
    [gap] = await gaps(reading(tmp_path, database_url), 30)
    shown = ["fte-knowledge", "--config", str(tmp_path / "config.yaml"), "gaps"]
    await called(monkeypatch, *shown)
    assert json.loads(capsys.readouterr().out) == gap
    await called(monkeypatch, *shown, "--format", "table")
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["count", "answered", "last", "weeks", "question"]
    assert line.split(maxsplit=4) == ["1", "0", gap["last"], f"{week(datetime.now(UTC))}:1", RINGS]


async def called(monkeypatch: pytest.MonkeyPatch, *line: str) -> None:
    """The program's entry, beside the test's loop."""
    monkeypatch.setattr(sys, "argv", list(line))
    await asyncio.to_thread(command.main)
