"""``spec.retention``: a CronJob that is restricted as the other Jobs are, and none where nothing is asked for."""

from typing import Any

import pytest
import yaml
from custom_resources import IMAGE, Object, fte

from fte_operator.desired.digital_fte import Desired, build
from fte_operator.desired.network import policies
from fte_operator.desired.references import References
from fte_operator.desired.retention import schedule

WORLD = References(image=IMAGE, digests={"database": "d-1"})


def made(**retention: Any) -> Desired:
    return build(fte(retention=retention), WORLD)


def cron_job(desired: Desired) -> Object:
    (found,) = (each for each in desired.workload if each["kind"] == "CronJob")
    return found


def pod(desired: Desired) -> Object:
    template: Object = cron_job(desired)["spec"]["jobTemplate"]["spec"]["template"]
    return template


@pytest.mark.parametrize("spec", [{}, {"retention": {}}])
def test_without_days_there_is_no_cron_job_and_nothing_else_differs(spec: Object) -> None:
    plain, asked = build(fte(), WORLD), build(fte(**spec), WORLD)
    assert plain == asked
    assert not any("retention" in each["metadata"]["name"] for each in asked.objects)


def test_its_document_has_the_days_that_are_set_and_the_pod_mounts_it() -> None:
    desired = made(messagesDays=30, customersDays=365)
    (document,) = (each for each in desired.documents if each["metadata"]["name"].startswith("helper-retention-"))
    told = yaml.safe_load(document["data"]["config.yaml"])
    assert told["retention"] == {"messages_days": 30, "customers_days": 365}
    assert told["database"]["owner"] == "team/helper"
    assert document["metadata"]["name"] in str(pod(desired)["spec"]["volumes"])
    assert pod(desired)["spec"]["containers"][0]["command"] == ["fte-privacy", "retain"]


def test_its_pod_is_restricted_and_costs_what_the_other_jobs_cost() -> None:
    desired = made(auditDays=1)
    migration = desired.migration["spec"]["template"]
    for part in ("securityContext", "automountServiceAccountToken", "serviceAccountName", "restartPolicy"):
        assert pod(desired)["spec"][part] == migration["spec"][part]
    ours, theirs = pod(desired)["spec"]["containers"][0], migration["spec"]["containers"][0]
    for part in ("resources", "securityContext", "image", "terminationMessagePolicy"):
        assert ours[part] == theirs[part]
    assert pod(desired)["metadata"]["annotations"] == {"digitalfte.dev/database-digest": "d-1"}


def test_one_run_at_a_time_each_night_and_each_employee_at_its_own_minute() -> None:
    spec = cron_job(made(runsDays=7))["spec"]
    assert (spec["concurrencyPolicy"], spec["timeZone"], spec["suspend"]) == ("Forbid", "Etc/UTC", False)
    times = {schedule(fte(f"helper-{number}")) for number in range(40)}
    assert len(times) > 20 and schedule(fte()) == schedule(fte())
    for time in times:
        minute, hour, *rest = time.split()
        assert 0 <= int(minute) < 60 and 0 <= int(hour) < 5 and rest == ["*", "*", "*"]


def test_its_name_fits_the_longest_employee_s() -> None:
    longest = build(fte("a" * 40, retention={"auditDays": 1}), WORLD)
    assert len(cron_job(longest)["metadata"]["name"]) <= 52  # what the API takes for a CronJob


def test_the_jobs_policy_is_its_own_too() -> None:
    (jobs,) = (each for each in policies(fte(retention={"auditDays": 1}), WORLD) if "jobs" in each["metadata"]["name"])
    (expression,) = jobs["spec"]["podSelector"]["matchExpressions"]
    labels = pod(made(auditDays=1))["metadata"]["labels"]
    assert labels[expression["key"]] in expression["values"]
    assert jobs["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
