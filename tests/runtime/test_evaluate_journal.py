"""An evaluation that was interrupted goes on, and one of other conditions begins anew."""

import subprocess
import sys

import pytest
from evaluation_desk import TICKETS
from hosted_desk import ASKED, Hosted


def test_an_interrupted_run_goes_on_where_it_ended(hosted: Hosted) -> None:
    report = hosted.desk.folder / "report"
    hosted.order("script", [{"about": "reset my password", "status": 402, "times": None}])
    assert hosted.run("--report", report, "--no-removal") == 4
    out, err = hosted.desk.read()
    assert out == ""
    assert "has nothing left to spend (quota)" in err
    assert f"{report}/journal.jsonl keeps what was played: run again to go on" in err
    hosted.requests()
    hosted.order("script", [])
    assert hosted.run("--report", report, "--no-removal") == 0
    assert hosted.requests() == 1
    assert "goes on after 3 plays" in hosted.desk.read()[1]
    assert [ticket["ending"]["outcome"] for ticket in hosted.report()["tickets"]] == [
        "answer",
        "escalate",
        "social",
        "answer",
    ]
    assert hosted.run("--report", report, "--no-removal") == 0
    assert hosted.requests() == 0


@pytest.mark.parametrize("changed", ["document", "suite", "knowledge"])
def test_a_change_begins_anew_and_says_of_what(hosted: Hosted, changed: str) -> None:
    journal = hosted.desk.folder / "kept.jsonl"
    hosted.run("--journal", journal, "--no-removal")
    hosted.requests()
    hosted.desk.read()
    config = hosted.config(max_output_tokens=600 if changed == "document" else 512)
    if changed == "knowledge":
        hosted.desk.write("docs/more.md", "# More\n\nWe ship to Leeds.\n")
    suites: list[object] = []
    if changed == "suite":
        suites = ["--suite", hosted.desk.suite(TICKETS[0] | {"id": "another"}, name="more")]
    hosted.run("--journal", journal, "--no-removal", *suites, config=config)
    assert f"begins anew, as what was played there differs in: {changed}" in hosted.desk.read()[1]
    assert hosted.requests() == ASKED + len(suites) // 2


def test_two_runs_do_not_write_one_journal(hosted: Hosted) -> None:
    journal = hosted.desk.folder / "kept.jsonl"
    holder = (
        "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(journal)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert hosted.run("--journal", journal) == 2
        assert "another run writes it" in hosted.desk.read()[1]
        other.communicate(b"\n")


def test_a_play_that_was_broken_off_while_it_was_written_is_played_again(hosted: Hosted) -> None:
    journal, recording = hosted.desk.folder / "kept.jsonl", hosted.desk.folder / "traffic.jsonl"
    files = ("--journal", journal, "--record", recording, "--no-removal")
    assert hosted.run(*files) == 0
    for path in (journal, recording):
        path.write_text(path.read_text("utf-8")[:-20], "utf-8")
    hosted.requests()
    for asked in (1, 0):
        assert hosted.run(*files) == 0
        assert hosted.requests() == asked
    assert hosted.run("--replay", recording, "--no-removal", key=False) == 0
