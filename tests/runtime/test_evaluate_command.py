"""``fte-evaluate`` as it is called, on the real embedder, rules and turn."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from evaluation_desk import EXPORT, TICKETS, Desk, a_desk

from fte_runtime.commands import evaluate, evaluate_arguments
from fte_runtime.evaluation import BEGIN, END

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    return a_desk(tmp_path, monkeypatch, capsys)


def test_tickets_that_end_as_labelled_miss_nothing(desk: Desk) -> None:
    report = desk.folder / "made" / "here"
    assert desk.run("--suite", desk.suite(), "--report", report) == 0
    out, err = desk.read()
    assert err == ""
    assert "tiny: 3 tickets, 2 sections, model offline" in out
    assert re.search(r"^Coverage +1/1 +100\.0% ", out, re.MULTILINE)
    found = json.loads((report / "report.json").read_text("utf-8"))
    assert [ticket["grade"] for ticket in found["tickets"]] == ["as_labelled"] * 3
    export, legal, _ = found["tickets"]
    assert export["ending"]["citations"] == ["docs/help.md#exporting-a-board"]
    assert EXPORT in export["ending"]["text"]
    assert "Northwind Desk Support" in export["ending"]["text"]
    assert export["without_accepted_sections"]["outcome"] == "escalate"
    assert legal["ending"]["reason"] == "legal"
    assert {stage["stage"]: stage["turns"] for stage in found["latency_ms"]} == {
        "total": 3,
        "classify": 3,
        "search": 1,
        "model": 1,
    }
    assert "| Coverage | 1/1 |" in (report / "report.md").read_text("utf-8")


def test_the_page_shows_a_tickets_tags_as_text(desk: Desk) -> None:
    class Reader(HTMLParser):
        tags: list[str]
        text = ""

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.tags.append(tag)

        def handle_data(self, data: str) -> None:
            self.text += data

    desk.run("--suite", desk.suite(), "--report", desk.folder)
    reader = Reader()
    reader.tags = []
    reader.feed((desk.folder / "report.html").read_text("utf-8"))
    assert "script" not in reader.tags
    assert "<script>alert(1)</script>" in reader.text


def test_a_missed_target_is_status_1_and_reported(desk: Desk) -> None:
    wrong = TICKETS[0] | {"accepted_sections": ["help.md#resetting-a-password"]}
    assert desk.run("--suite", desk.suite(wrong), "--report", desk.folder) == 1
    out, _ = desk.read()
    assert "not to be answered: export" in out
    assert out.endswith("Missed: Answer precision, Coverage, Answered without its sections.\n")
    assert (desk.folder / "report.html").exists()


@pytest.mark.parametrize("error", [RuntimeError("kaput"), ExceptionGroup("all", [OSError("kaput")])])
def test_a_fault_is_status_3_with_its_traceback(desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(evaluate, "evaluate", broken)
    assert desk.run("--suite", desk.suite()) == 3
    out, err = desk.read()
    assert out == ""
    assert "Traceback (most recent call last):" in err
    assert ", in broken\n" in err
    assert f"{type(error).__name__}: {error}" in err


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"]])
def test_the_help_tells_every_status(desk: Desk, arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        evaluate.parser().parse_args(arguments)
    told = " ".join(desk.read()[0].split())
    documented = " ".join((evaluate.__doc__ or "").split())
    for text in (told, documented):
        assert re.search(r"Exit status: 0 .*, 1 .*, 2 .*, 3 .*traceback", text)


def test_suites_are_merged_and_removal_can_be_left_out(desk: Desk) -> None:
    suites = [desk.suite(TICKETS[0], name="one"), desk.suite(*TICKETS[1:], name="two")]
    assert desk.run("--suite", suites[0], "--suite", suites[1], "--no-removal", "--company", "Acme") == 0
    out, _ = desk.read()
    assert "one, two: 3 tickets" in out
    assert re.search(r"^Answered without its sections +0/0 +- ", out, re.MULTILINE)


def test_the_marked_block_of_a_document_is_replaced(desk: Desk) -> None:
    document = desk.write("README.md", f"before\n{BEGIN}\nold\n{END}\nafter\n")
    desk.run("--suite", desk.suite(), "--markdown", document)
    text = document.read_text("utf-8")
    assert text.startswith(f"before\n{BEGIN}\n3 tickets of tiny; 2 sections; model `offline`. ")
    assert text.endswith(f"|\n{END}\nafter\n")
    assert "old" not in text
    desk.run("--suite", desk.suite(), "--markdown", document)
    assert document.read_text("utf-8") == text


@pytest.mark.parametrize(
    "text", ["", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}{END}{BEGIN}{END}"], ids=["none", "half", "turned", "two"]
)
def test_a_document_without_its_marks_is_refused_before_anything_is_played(desk: Desk, text: str) -> None:
    document = desk.write("README.md", text)
    report = desk.folder / "report"
    told = desk.refused("--suite", desk.suite(), "--markdown", document, "--report", report)
    assert "must hold <!-- fte-evaluate:begin -->" in told
    assert list(report.iterdir()) == []
    assert document.read_text("utf-8") == text


def test_one_document_is_knowledge_too(desk: Desk) -> None:
    assert desk.call("run", "--suite", desk.suite(), "--knowledge", desk.folder / "docs/help.md") == 0


def test_an_unknown_section_is_refused_unless_it_may_be_missing(desk: Desk) -> None:
    suite = desk.suite(TICKETS[0] | {"accepted_sections": ["help.md#gone"]})
    assert "(export: help.md#gone)" in desk.refused("--suite", suite)
    assert desk.run("--suite", suite, "--allow-missing-sections") == 1


def test_a_ticket_in_two_suites_is_refused(desk: Desk) -> None:
    suites = [desk.suite(TICKETS[0], name=name) for name in ("one", "two")]
    assert "export stands twice in one and two" in desk.refused("--suite", suites[0], "--suite", suites[1])


@pytest.mark.parametrize(
    ("option", "name", "content", "told"),
    [
        ("--suite", "bad.json", b"{", "bad.json: Invalid JSON"),
        ("--suite", "bad.json", b"\xff", "bad.json: is not UTF-8 text"),
        ("--suite", "gone.json", None, "gone.json: cannot be read: No such file"),
        ("--knowledge", "gone", None, "gone: cannot be read: No such file"),
        ("--knowledge", "bare/notes.txt", b"", "bare: holds no *.md file"),
        ("--knowledge", "bare/bad.md", b"# A\n\n\xff\n", "docs/bad.md:3: is not UTF-8 text"),
        ("--knowledge", "bare/bad.md", b"# A\n", "docs/bad.md:1: holds no text"),
        ("--rules", "rules.md", b"## none\n", "rules.md: no examples under"),
        ("--rules", "rules.md", b"\xff", "rules.md: is not UTF-8 text"),
        ("--rules", "gone.md", None, "gone.md: cannot be read"),
        ("--markdown", "gone.md", None, "gone.md: cannot be read"),
        ("--report", "file", b"", "file: cannot be made a folder"),
    ],
)
def test_bad_input_is_one_clear_line(desk: Desk, option: str, name: str, content: bytes | None, told: str) -> None:
    path = desk.folder / name
    if content is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    given = path.parent if path.parent.name == "bare" else path
    assert told in desk.refused("--suite", desk.suite(), option, given)


@pytest.mark.parametrize("arguments", [[], ["run"], ["run", "--suite"], ["play"]])
def test_a_wrong_line_is_status_2(desk: Desk, arguments: list[str]) -> None:
    assert desk.call(*arguments) == 2
    assert "usage: fte-evaluate" in desk.read()[1]


def test_the_dossier_is_found_in_the_repository() -> None:
    assert ROOT / "context" == evaluate_arguments.CONTEXT
    parsed = evaluate.parser().parse_args(["run", "--suite", "x.json"])
    assert (parsed.knowledge.is_file(), parsed.rules.is_file(), parsed.company) == (True, True, "Northwind Desk")
