"""``fte-knowledge propose`` on real PostgreSQL: from a person's reply to a section that answers the next customer."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from learning_world import OWNER, Desk, reading

from fte_agent.domain.messages import Identifier
from fte_agent.domain.turns import Reason
from fte_agent.knowledge.sections import InvalidSource
from fte_runtime import knowledge
from fte_runtime.commands import evaluate
from fte_runtime.commands import knowledge as command
from fte_runtime.commands.knowledge_learning import propose
from fte_runtime.config import KnowledgeConfig, KnowledgeSource
from fte_runtime.evaluation import BadInput, read_suite
from fte_runtime.proposals import Written

pytestmark = pytest.mark.postgres

FIRST = "SELECT id FROM escalations WHERE conversation_id = $1 ORDER BY created_at"
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


Called = Callable[..., Awaitable[tuple[Any, str]]]


@pytest.fixture
async def called(
    learning_desk: Desk, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> Called:
    """The program by its line, ``{file}`` a file that is there: its status, and what it says of a fault."""
    reading(tmp_path, database_url)

    def main() -> Any:
        with pytest.raises(SystemExit) as end:
            command.main()
        return end.value.code

    async def call(*line: str) -> tuple[Any, str]:
        given = ["--config", "{file}", *line]
        monkeypatch.setattr(sys, "argv", ["x", *(each.replace("{file}", f"{tmp_path}/config.yaml") for each in given)])
        return await asyncio.to_thread(main), capsys.readouterr().err

    return call


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


async def test_what_a_desk_answered_counts_once_it_is_done(learning_desk: Desk, made: Callable[..., Any]) -> None:
    claimed = await learning_desk.ask_by_form("Can I have several logins for one seat?")
    await learning_desk.answer_at_desk(claimed, "No, each person needs a seat.", "claimed")
    assert await made() == []
    resolved = await learning_desk.ask_by_chat("Does the scanner work without the app?")
    await learning_desk.answer_at_desk(resolved, "Yes, the scanner keeps a hundred scans of its own.")
    returned = await learning_desk.ask_by_form("Which formats does the import take?")
    await learning_desk.answer_at_desk(returned, "It takes CSV and XLSX, one sheet at a time.", "returned")
    told = await made()
    assert [each["proposal"].rsplit("-", 1)[0] for each in told] == [
        "does-the-scanner-work-without-the-app",
        "which-formats-does-the-import-take",
    ]


async def test_what_cannot_be_learned_is_told_with_its_reason(learning_desk: Desk, made: Callable[..., Any]) -> None:
    desk = learning_desk
    cases = {
        "only_done": ("Can you unlock the export?", "Done!"),
        "one_customer": ("Where is my parcel 4711-22?", "Hi Ada, your parcel left our warehouse this morning."),
        "asks_back": ("It does not work in my browser?", "Which browser do you use?"),
        "no_words": ("Do you have a price list?", ""),
        "no_question": ("Hello!", "Guests can be invited by the owner."),
        "rejected": ("Can a board be merged with another?", "Yes, with the button Merge in its menu."),
        "by_rule": ("I will sue you, is the data in the EU?", "All data is stored in the EU."),
    }
    escalations = {}
    for name, (question, reply) in cases.items():
        reason = Reason.LEGAL if name == "by_rule" else Reason.NOT_FOUND
        conversation = await desk.ask_by_mail(question, reason)
        await desk.answer_elsewhere(conversation, reply)
        if name == "rejected":
            await desk.write_again(conversation, "No, that does not work.")
        [row] = await desk.sql(f"{FIRST} LIMIT 1", conversation)
        escalations[name] = str(row["id"])
    told = await made()
    assert {each["not_proposed"]: each["escalation"] for each in told} == escalations
    assert all(each["because"] for each in told)


async def test_answers_to_one_question_are_one_proposal_and_a_contradiction_is_marked(
    learning_desk: Desk, made: Callable[..., Any], tmp_path: Path
) -> None:
    desk = learning_desk
    older = await desk.ask_by_mail("How long do refunds take?")
    await desk.answer_elsewhere(older, "Refunds take five working days.")
    newer = await desk.ask_by_chat("How long does a refund take?")
    await desk.answer_at_desk(newer, "Refunds take ten working days.")
    thanked = await desk.ask_by_mail("how long do refunds take")
    await desk.answer_elsewhere(thanked, "Refunds take ten working days, over the holidays as well.")
    await desk.write_again(thanked, "Thanks a lot!")
    [told] = await made()
    assert (len(told["escalations"]), told["asked"]) == (3, 2)
    assert [review for review in told["needs_review"] if review.startswith("contradiction")] == [
        f"contradiction: the answer to {told['escalations'][0]} gives other numbers"
    ]
    page = (tmp_path / "out/knowledge" / f"{told['proposal']}.md").read_text("utf-8")
    assert "over the holidays as well" in page and "five" not in page
    assert "needs_review" in page and told["escalations"][0] in page


async def test_answers_in_other_languages_are_to_be_read_by_a_person(
    learning_desk: Desk, made: Callable[..., Any], tmp_path: Path
) -> None:
    asked = {
        "de": (
            "Kann ich meinen Vertrag auf jemand anderen übertragen?",
            "Ja, das geht unter Konto.\n\nViele Grüße\nJonas",
        ),
        "fr": (
            "Est-ce que je peux changer de formule ?",
            "Bonjour,\noui, c'est possible dans le menu.\nCordialement\nLéa",
        ),
        "es": (
            "¿Puedo usar la aplicación sin conexión?",
            "Hola: sí, la aplicación funciona sin conexión.\nSaludos, Luz",
        ),
    }
    for question, reply in asked.values():
        await learning_desk.answer_elsewhere(await learning_desk.ask_by_mail(question, Reason.LANGUAGE), reply)
    told = await made()
    assert len(told) == len(asked)
    for each, language in zip(told, asked, strict=True):
        assert any(f"its language is {language!r}" in review for review in each["needs_review"])
        assert any("'language'" in review for review in each["needs_review"])
        suite = yaml.safe_load((tmp_path / "out/suite" / f"{each['proposal']}.yaml").read_text("utf-8"))
        assert suite["tickets"][0]["language"] == language
    text = "".join(pages(tmp_path / "out").values())
    assert [name for name in ("Jonas", "Léa", "Luz", "Grüße", "Saludos") if name in text] == []


async def test_whoever_takes_part_stands_in_no_file(
    learning_desk: Desk, made: Callable[..., Any], tmp_path: Path
) -> None:
    """Names and addresses as the tables have them: of the customer's other conversations, and of those in copy."""
    sender = Identifier("email", "g.hopper@example.net", verified=True)
    other = await learning_desk.ask_by_mail("Earlier question?", sender=sender, display_name="Amazing Grace")
    await learning_desk.answer_at_desk(other, "Done.")
    conversation = await learning_desk.ask_by_mail(
        "Hopper here. Kay Mauchly and I share a screen, can two people draw at once?",
        sender=sender,
        display_name="Rear Admiral",
        participants=("k.mauchly@example.net",),
        subject="Drawing, asked by Hopper",
    )
    await learning_desk.answer_at_desk(conversation, "Yes, Grace and Mauchly can. Two people can draw at once.")
    told = [each for each in await made() if "proposal" in each]
    assert len(told) == 1
    text = "".join(pages(tmp_path / "out").values())
    assert "Two people can draw at once." in text
    assert [word for word in ("Grace", "Hopper", "Mauchly", "Admiral", "example.net") if word in text] == []


async def test_the_same_rows_are_the_same_bytes_and_what_a_person_edited_stays(
    learning_desk: Desk, made: Callable[..., Any], tmp_path: Path
) -> None:
    for question, reply in (("Can guests edit?", "No, guests cannot edit."), ("Is there a trial?", "Yes, of a month.")):
        await learning_desk.answer_elsewhere(await learning_desk.ask_by_mail(question), reply)
    assert {each["section"] for each in await made()} == {Written.NEW}
    out = tmp_path / "out"
    before = pages(out)
    assert len(before) == 4
    assert {(each["section"], each["suite"]) for each in await made()} == {(Written.UNCHANGED, Written.UNCHANGED)}
    assert pages(out) == before
    guests, trial = sorted((out / "knowledge").iterdir())
    guests.write_text(guests.read_text("utf-8").replace("cannot edit", "cannot edit, not even a title"))
    again = await learning_desk.ask_by_mail("Can guests edit ?")
    await learning_desk.answer_elsewhere(again, "No, guests can comment.")
    more = await learning_desk.ask_by_mail("is there a trial")
    await learning_desk.answer_elsewhere(more, "Yes, it takes a month and ends by itself.")
    states = {each["proposal"]: (each["section"], each["suite"]) for each in await made()}
    assert states == {
        guests.stem: (Written.KEPT, Written.UPDATED),
        trial.stem: (Written.UPDATED, Written.UPDATED),
    }
    assert "not even a title" in guests.read_text("utf-8")
    assert "ends by itself" in trial.read_text("utf-8")


async def test_a_choice_changes_what_is_written_and_not_how(
    learning_desk: Desk, made: Callable[..., Any], tmp_path: Path
) -> None:
    old = await learning_desk.ask_by_mail("Can guests edit?")
    await learning_desk.answer_elsewhere(old, "No, guests cannot edit.")
    await learning_desk.age(old, timedelta(days=10))
    new = await learning_desk.ask_by_mail("Is there a trial?")
    await learning_desk.answer_elsewhere(new, "Yes, of a month.")
    since = datetime.now(UTC) - timedelta(days=3)
    [trial] = await made(since=since)
    [guests] = await made(conversation=old)
    assert (trial["proposal"][:14], guests["proposal"][:16]) == ("is-there-a-tri", "can-guests-edit-")
    assert await made(since=since, conversation=old) == []
    assert await made(conversation=UUID(int=1)) == []
    chosen = pages(tmp_path / "out")
    assert {each["section"] for each in await made()} == {Written.UNCHANGED}
    assert pages(tmp_path / "out") == chosen


async def test_the_job_refuses_a_proposal_and_takes_what_was_approved_and_then_it_is_known(
    learning_desk: Desk, made: Callable[..., Any], tmp_path: Path, database_url: str
) -> None:
    await learning_desk.answer_elsewhere(await learning_desk.ask_by_mail(QUESTION), REPLY)
    [told] = await made()
    out = tmp_path / "out"
    status, ended = await ingested(tmp_path, database_url, out / "knowledge")
    assert (status, ended["reason"]) == (1, "InvalidSource")
    assert ended["message"].startswith(
        f"docs/{told['proposal']}.md:16: is a proposal that nobody has approved; check it"
    )
    assert await learning_desk.sql("SELECT * FROM knowledge_base") == []
    approve(out)
    assert (await ingested(tmp_path, database_url, out / "knowledge"))[1]["reason"] == "Ingested"
    [snapshot] = await learning_desk.sql("SELECT snapshot FROM knowledge_snapshots")
    [known] = await made(snapshot=snapshot["snapshot"])
    assert known["not_proposed"] == "known"


async def ingested(folder: Path, url: str, documents: Path) -> tuple[int, dict[str, str]]:
    """What the job ends with."""
    sources = [KnowledgeSource(name="docs", path=documents)]
    (folder / "url").write_text(url)
    config = {
        "database": {"url_file": str(folder / "url"), "owner": OWNER},
        "snapshot": knowledge.snapshot_of(knowledge.read_files(sources)),
        "sources": [{"name": "docs", "path": str(documents)}],
        "termination_log": str(folder / "log"),
    }
    status = await command.run(KnowledgeConfig.model_validate(config))
    return status, json.loads((folder / "log").read_text())


@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        (["propose"], 2, "--out"),
        (["propose", "--out", "x", "--since", "yesterday"], 2, "'yesterday' is no day; write it as 2026-01-31"),
        (["propose", "--out", "x", "--conversation", "7"], 2, "'7' is no conversation's id, which is a UUID"),
        (["propose", "--out", "{file}"], 1, "Not a directory; name a folder that can be written by --out"),
    ],
    ids=["no folder", "no day", "no id", "no folder to write"],
)
async def test_a_wrong_line_gets_its_remedy(called: Called, line: list[str], status: int, told: str) -> None:
    ended, said = await called(*line)
    assert ended == status
    assert told in said


def test_a_suite_in_yaml_that_is_none_is_refused_with_its_file(tmp_path: Path) -> None:
    for text in ("a: [", "a: 2026-01-01", "- 1"):
        (tmp_path / "s.yaml").write_text(text)
        with pytest.raises(BadInput, match=r"s\.yaml: "):
            read_suite(tmp_path / "s.yaml")
