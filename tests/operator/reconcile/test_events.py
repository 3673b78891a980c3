"""Kubernetes Events: once whenever ``Ready`` turns, and never in the way."""

import pytest
from operator_world import MemoryTopics

from fte_operator.cluster.errors import Conflict, Forbidden, Unreachable
from fte_operator.cluster.kinds import EVENT
from fte_operator.reconcile.events import tell, transition, warnings

NOW = "2026-01-01T00:00:00Z"
RAW = {
    "apiVersion": "digitalfte.dev/v1alpha1",
    "kind": "DigitalFTE",
    "metadata": {"name": "helper", "namespace": "n", "uid": "u", "resourceVersion": "7"},
}


def ready(status, reason, message="m"):
    accepted = {"type": "Accepted", "status": "True", "reason": "Accepted"}
    return [accepted, {"type": "Ready", "status": status, "reason": reason, "message": message}]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([], ready("False", "SecretNotFound"), "Warning"),
        (ready("False", "SecretNotFound"), ready("True", "Ready"), "Normal"),
        (ready("False", "SecretNotFound"), ready("False", "Unreachable"), "Warning"),
        (ready("True", "Ready"), ready("True", "Ready", "other words"), None),
        (ready("True", "Ready"), [], None),
    ],
)
def test_only_another_status_or_reason_of_ready_is_an_event(before, after, kind):
    event = transition(RAW, before, after, NOW)
    assert (event and event["type"]) == kind


def valid(reason):
    return [*ready("True", "Ready"), {"type": "CredentialsValid", "status": "True", "reason": reason, "message": "m"}]


@pytest.mark.parametrize(
    ("before", "after", "warned", "told"),
    [
        (valid("Accepted"), valid("ExpiresSoon"), {"CredentialsValid"}, ["ExpiresSoon"]),
        ([], valid("ExpiresSoon"), {"CredentialsValid"}, ["ExpiresSoon"]),
        (valid("ExpiresSoon"), valid("ExpiresSoon"), {"CredentialsValid"}, []),
        (valid("ExpiresSoon"), valid("Accepted"), set(), []),
    ],
)
def test_a_warning_is_told_when_it_comes_up(before, after, warned, told):
    events = warnings(RAW, before, after, NOW, warned=warned)
    assert [(each["type"], each["reason"]) for each in events] == [("Warning", reason) for reason in told]
    names = {each["metadata"]["name"] for each in events}
    assert transition(RAW, [], after, NOW)["metadata"]["name"] not in names, "two Events of one status"


def test_a_long_message_is_cut_to_what_an_event_takes():
    assert len(transition(RAW, [], ready("False", "R", "x" * 5000), NOW)["message"]) == 1024


@pytest.mark.parametrize("error", [Conflict("told already"), Forbidden("no right"), Unreachable("away")])
async def test_an_event_that_is_refused_is_in_nobodys_way(error):
    class Refuses:
        async def create(self, manifest):
            raise error

    await tell(Refuses(), transition(RAW, [], ready("True", "Ready"), NOW))


@pytest.mark.control_plane
async def test_each_turn_is_told_once(employed):
    async def told():
        events = await employed.cluster.list(EVENT, employed.namespace, fields="involvedObject.kind=DigitalFTE")
        return [
            (each["type"], each["reason"])
            for each in sorted(events, key=lambda each: each["metadata"]["creationTimestamp"])
        ]

    before = await told()
    assert before.count(("Normal", "Ready")) == 1
    assert isinstance(employed.topics, MemoryTopics)
    employed.topics.down = True
    for _ in range(3):
        await employed.reconcile()
    assert sorted(await told()) == sorted([*before, ("Warning", "KafkaUnreachable")])
    employed.topics.down = False
    await employed.reconcile()
    assert (await told()).count(("Normal", "Ready")) == 2
