import json
import tracemalloc

import pytest

from fte_operator.status import health
from fte_operator.status.health import Verdict
from fte_operator.status.shares import Pods, divided

WELL = {"ok": True, "error": None}


def report(kafka=WELL, database=WELL, **channels):
    return json.dumps({"status": "ok", "kafka": kafka, "database": database, "channels": channels}).encode()


def read(body, channels=("website", "whatsapp")):
    return health.report(body, "shop/helper", channels)


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


@pytest.mark.parametrize(("employee", "heard"), [("shop/helper", True), ("other/helper", False), (None, False)])
def test_what_another_employee_s_api_says_is_none_of_this_one_s(employee, heard):
    """An address that was a pod's may be anybody's a moment later."""
    told = json.loads(report()) | {"employee": employee}
    assert (read(json.dumps(told).encode()) == {}) is heard


def test_what_is_not_read_is_never_put_together(monkeypatch):
    made = []
    original = health.channel_part
    monkeypatch.setattr(health, "channel_part", lambda *names: made.append(names) or original(*names))
    parts = {f"part-{number}": WELL for number in range(500)} | {"credentials": WELL}
    strangers = {f"stranger-{number}": WELL | {"parts": parts} for number in range(50)}
    assert read(report(website=WELL | {"parts": parts}, **strangers)) == {"channel website credentials": None}
    assert len(made) == 2


@pytest.mark.parametrize("name", ["x" * 40_000, "\N{GRINNING FACE}" + "x" * 39_990, "website"])
def test_a_report_takes_memory_in_proportion_to_its_length(name):
    """One of 79 KB took 84 MiB, and with one sign that is no ASCII 334."""
    parts = {f"part-{number}": {"ok": False} for number in range(1_500)}
    body = report(**{name: WELL | {"parts": parts}})
    tracemalloc.start()
    read(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * len(body)


WRONG = {"database": "refuses the log-in"}


def test_a_pod_that_says_nothing_for_a_moment_takes_no_fault_back():
    pods = Pods()
    assert pods.after({"a": {}, "b": WRONG}) == {"database": "refuses the log-in (1 of 2 pods)"}
    for _ in range(health.SILENT_AFTER - 1):
        assert pods.after({"a": {}, "b": None}) == {"database": "refuses the log-in (1 of 2 pods)"}
    assert pods.after({"a": {}, "b": None}) == {}


def test_pods_that_all_say_nothing_are_an_api_that_does_not():
    pods = Pods()
    assert pods.after({"a": WRONG, "b": {}}) is not None
    assert pods.after({"a": None, "b": None}) is None
    assert pods.after({}) is None


def test_a_pod_that_is_gone_is_forgotten():
    pods = Pods()
    pods.after({"a": {}, "b": WRONG})
    assert pods.after({"a": {}}) == {}
    assert pods.after({"a": {}, "b": None}) == {}


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        ("gone", ("gone", "")),
        ("gone (1 of 2 pods)", ("gone", "1 of 2 pods")),
        ("(1 of 2 pods)", ("(1 of 2 pods)", "")),
    ],
)
def test_a_fault_and_its_share(error, parts):
    assert divided(error) == parts


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


def test_parts_that_a_newer_release_reports_are_nothing_to_this_one():
    parts = {"weather": {"ok": "odd"}, "tides": None, "sync": WELL | {"since": "2026-01-01T00:00:00Z"}}
    assert read(report(whatsapp=WELL | {"parts": parts, "last_error": 7})) == {"channel whatsapp sync": None}


def test_a_warning_lasts_for_days_and_makes_no_blip_a_fault():
    ending = {"channel mail consent": "ends on Friday"}
    lasting = after(ending, ending)
    assert lasting.counted == ending and lasting.is_well
    blip = lasting.after(ending | {"kafka": "no broker"})
    assert blip.counted == ending and not blip.settled
    assert blip.after(ending | {"kafka": "no broker"}).counted == ending | {"kafka": "no broker"}
    assert not after({"kafka": "no broker"}, {"kafka": "no broker"}).is_well
    assert not health.is_warning("channel consent") and not health.is_warning("channel mail credentials")


def test_a_part_is_known_from_a_good_report_or_the_second_bad_one_on():
    part = "channel whatsapp credentials"
    well, down = {part: None}, {part: "refused"}
    assert after({}).known == after(down).known == frozenset()
    assert after(well).known == after(down, down).known == {part}
    assert after(well, down).known == {part}
    assert (after(well, down).counted, after(well, down, down).counted) == ({}, down)
    assert after(well, {}).known == frozenset()


def budgeted(said):
    return json.dumps(json.loads(report()) | {"answering": {"budget": said}}).encode()


def test_what_is_said_of_the_budget_is_read_and_is_no_fault():
    assert read(budgeted({"ok": True, "error": None, "said": None})) == {"budget": None}
    assert read(budgeted({"ok": True, "error": None, "said": "warning:\nmuch is spent"})) == {
        "budget": "warning: much is spent"
    }
    assert len(read(budgeted({"ok": True, "said": "x" * 9999}))["budget"]) == 300
    assert read(budgeted({"ok": True, "said": ["x"]})) == {"budget": None}
    assert read(budgeted("spent")) is None
    told = Verdict().after({"budget": "day_spent: nothing"}).after({"budget": "day_spent: nothing"})
    assert told.counted == {"budget": "day_spent: nothing"} and told.is_well
