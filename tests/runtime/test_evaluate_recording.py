"""A model's traffic in a file: without the key, and enough to play without a model."""

from hosted_desk import ASKED, KEY, Hosted


def test_a_recorded_run_is_replayed_without_key_and_endpoint(hosted: Hosted) -> None:
    recording, report = hosted.desk.folder / "traffic.jsonl", hosted.desk.folder / "report"
    assert hosted.run("--record", recording, "--report", report, "--repeats", 2) in (0, 1)
    first = hosted.report()
    assert KEY not in recording.read_text("utf-8")
    hosted.requests()
    status = hosted.run("--replay", recording, "--report", report, "--repeats", 2, "--concurrency", 3, key=False)
    assert status in (0, 1)
    assert hosted.requests() == 0
    again = hosted.report()
    for told in (first, again):
        told["finished"] = told["latency_ms"] = None
        for ticket in told["tickets"]:
            for ending in (ticket["ending"], ticket["without_accepted_sections"] or {}, *ticket["plays"]):
                ending.pop("latency", None)
    assert again == first


def test_a_replay_that_lacks_a_request_names_the_ticket(hosted: Hosted) -> None:
    recording = hosted.desk.folder / "traffic.jsonl"
    hosted.run("--record", recording, "--no-removal")
    hosted.desk.read()
    lines = [line for line in recording.read_text("utf-8").splitlines() if '"password/1"' not in line]
    recording.write_text("\n".join(lines) + "\n", "utf-8")
    assert hosted.run("--replay", recording, "--no-removal", key=False) == 2
    err = hosted.desk.read()[1]
    assert "fte-evaluate: ticket password, play 1: a request to the model is not in the recording" in err


def test_a_resumed_recording_holds_every_play(hosted: Hosted) -> None:
    report, recording = hosted.desk.folder / "report", hosted.desk.folder / "traffic.jsonl"
    hosted.run("--report", report, "--no-removal")
    hosted.requests()
    hosted.run("--report", report, "--no-removal", "--record", recording)
    assert hosted.requests() == ASKED, "what the journal knows and the recording lacks is played again"
    hosted.run("--report", report, "--no-removal", "--record", recording)
    assert hosted.requests() == 0
    assert hosted.run("--replay", recording, "--no-removal", key=False) == 0


def test_an_endpoint_that_repeats_the_key_puts_it_in_no_file(hosted: Hosted) -> None:
    hosted.order("script", [{"status": 429, "retry_after": "0", "echo": True, "times": 2}])
    recording, report = hosted.desk.folder / "traffic.jsonl", hosted.desk.folder / "report"
    hosted.run("--record", recording, "--report", report, "--no-removal")
    assert "[key]" in recording.read_text("utf-8")
    journals = [recording, *hosted.desk.folder.rglob("*journal*")]
    assert len(journals) > 1 and {path.stat().st_mode & 0o777 for path in journals} == {0o600}, "for us alone"
    written = [path for path in hosted.desk.folder.rglob("*") if path.is_file() and path.name != "key"]
    assert len(written) > 5
    assert [path.name for path in written if KEY in path.read_text("utf-8", errors="replace")] == []
    assert not any(KEY in text for text in hosted.desk.read())
