import json

import pytest

from fte_operator.status.health import Verdict
from fte_operator.status.health import report as read

WELL = {"ok": True, "error": None}


def report(kafka=WELL, database=WELL, **channels):
    return json.dumps({"status": "ok", "kafka": kafka, "database": database, "channels": channels}).encode()


def bad(error):
    return {"ok": False, "error": error}


def test_faults_are_the_errors_of_what_is_not_well():
    assert read(report(website=WELL | {"last_inbound_at": "2026-01-01T00:00:00Z"})) == {}
    found = read(report(kafka=bad("no broker"), database=bad("two\nlines"), website=bad("closed")))
    assert found == {"kafka": "no broker", "database": "two lines", "channel website": "closed"}
    assert read(report(kafka=bad(None))) == {"kafka": "no reason given"}
    assert len(read(report(kafka=bad("x" * 9999)))["kafka"]) == 300


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 60_000,
        b'{"kafka": {}, "database": {}, "channels": {}}',
        b'{"kafka": {"ok": 0}, "database": {"ok": true}, "channels": {}}',
        b'{"kafka": {"ok": true}, "database": {"ok": true}, "channels": {"website": 1}}',
        b'{"kafka": {"ok": true}, "database": {"ok": true}}',
        report(website=WELL | {"parts": []}),
        report(website=WELL | {"parts": {"credentials": {"ok": "yes"}}}),
    ],
)
def test_anything_else_says_nothing(body):
    assert read(body) is None


def after(*reports):
    verdict = Verdict()
    for each in reports:
        verdict = verdict.after(each)
    return verdict


def test_a_fault_counts_from_its_second_report_in_a_row_and_one_good_one_clears_it():
    down = {"kafka": "no broker"}
    assert after(down).counted == {}
    assert after(down, down).counted == down
    assert after(down, {}, down).counted == {}
    assert after(down, down, {}).counted == {}
    assert after({"database": "gone"}, down).counted == {}


def test_what_comes_while_another_fault_counts_counts_at_once():
    down, gone = {"kafka": "no broker"}, {"database": "gone"}
    assert after(down, down, gone).counted == gone, "no word of recovery in between"
    assert after(down, down, gone, {}).counted == {}
    assert after(down, down, down | gone).counted == down | gone


def test_the_shown_text_changes_only_for_one_that_came_twice_in_a_row():
    one, two = {"kafka": "one"}, {"kafka": "two"}
    assert after(one, two).counted == two
    assert after(one, one, two).counted == one
    assert after(one, one, two, one, two, one).counted == one
    assert after(one, one, two, two).counted == two


def test_a_verdict_is_settled_when_no_fault_waits_for_its_second_report():
    down = {"kafka": "no broker"}
    assert after({}).settled
    assert not after(down).settled
    assert after(down, down).settled
    assert after(down, down, down | {"database": "gone"}).settled


def test_parts_of_a_channel_are_reported_well_or_not():
    parts = {"credentials": WELL | {"checked_at": "2026-01-01T00:00:00Z"}, "registration": bad("no such number")}
    assert read(report(whatsapp=WELL | {"parts": parts})) == {
        "channel whatsapp credentials": None,
        "channel whatsapp registration": "no such number",
    }
    assert read(report(whatsapp=WELL | {"parts": {}})) == {}


def test_a_part_is_known_from_a_good_report_or_the_second_bad_one_on():
    part = "channel whatsapp credentials"
    well, down = {part: None}, {part: "refused"}
    assert after({}).known == after(down).known == frozenset()
    assert after(well).known == after(down, down).known == {part}
    assert after(well, down).known == {part}
    assert (after(well, down).counted, after(well, down, down).counted) == ({}, down)
    assert after(well, {}).known == frozenset()
