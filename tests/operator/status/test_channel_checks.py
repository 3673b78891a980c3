"""Conditions of a SupportChannel."""

from dataclasses import replace

import pytest

from fte_operator.status.channel_checks import Channel, Intake, conditions
from fte_operator.status.health import REGISTRATION
from fte_operator.status.observed import Problem, WorkloadState

SERVING = Intake("helper", WorkloadState("helper-api", exists=True, available=True, rolled_out=True))
FORM = Channel("website")
NUMBER = Channel("whatsapp", secrets=("twilio",))
MANAGED = replace(NUMBER, managed=True, unregistered="look into Secret twilio")
WELL = {"credentials": None, "registration": None}


def seen(channel, *intakes):
    return {c.type: c for c in conditions(channel, intakes)}


def test_a_form_has_no_credentials_and_nothing_to_register():
    found = seen(FORM, SERVING)
    assert list(found) == ["Accepted", "EndpointReady", "Ready"]
    assert {c.status for c in found.values()} == {"True"}


def test_what_was_not_reported_yet_keeps_nothing_from_being_ready():
    found = seen(MANAGED, SERVING)
    assert list(found) == ["Accepted", "CredentialsValid", "EndpointReady", "Registered", "Ready"]
    for name in ("CredentialsValid", "Registered"):
        assert (found[name].status, found[name].reason, found[name].message) == (
            "Unknown",
            "NotReported",
            "not reported yet",
        )
    assert found["Ready"].status == "True"


def test_what_is_reported_well_is_true():
    found = seen(MANAGED, replace(SERVING, parts=WELL))
    assert {c.status for c in found.values()} == {"True"}
    assert "Registered" not in seen(NUMBER, replace(SERVING, parts=WELL)), "a person registers it"


@pytest.mark.parametrize(
    ("part", "condition", "reason"),
    [
        ("credentials", "CredentialsValid", "Rejected"),
        ("registration", "Registered", "RegistrationFailed"),
    ],
)
def test_what_the_vendor_refuses_says_what_to_do(part, condition, reason):
    found = seen(MANAGED, replace(SERVING, parts=WELL | {part: "the vendor refused"}))
    assert (found[condition].status, found[condition].reason) == ("False", reason)
    assert (found["Ready"].status, found["Ready"].reason) == ("False", reason)
    assert found[condition].message.startswith("the vendor refused; ")
    assert "Secret twilio" in found[condition].message
    assert "Stalled" not in found


def test_a_missing_secret_comes_before_everything_that_follows_from_it():
    missing = (Problem("SecretNotFound", "Secret twilio does not exist"), Problem("SecretKeyMissing", "no key b"))
    found = seen(replace(NUMBER, missing=missing), replace(SERVING, listens=False, parts=WELL))
    assert found["CredentialsValid"].status == "False"
    assert found["Ready"].reason == found["CredentialsValid"].reason == "SecretNotFound"
    assert found["Ready"].message == "Secret twilio does not exist; no key b"


def test_a_paused_channel_says_how_to_go_on_and_is_not_stalled():
    for channel in (replace(FORM, paused=True), replace(MANAGED, paused=True)):
        found = seen(channel, SERVING)
        assert (found["Ready"].status, found["Ready"].reason) == ("False", "Paused")
        assert "503 with Retry-After" in found["Ready"].message and "spec.runState" in found["Ready"].message
        assert not {"Stalled", "Reconciling"} & found.keys()
        assert found["EndpointReady"].status == "True"


def test_a_number_that_a_person_registers_tells_when_that_is_not_done():
    assert "Registered" not in seen(NUMBER, replace(SERVING, parts=WELL))
    number = replace(NUMBER, unregistered="a minute late")
    found = seen(number, replace(SERVING, parts=WELL | {REGISTRATION: "at the vendor, set the webhook to X."}))
    assert found["Ready"].reason == found["Registered"].reason == "RegistrationFailed"
    assert found["Registered"].message == "at the vendor, set the webhook to X; a minute late"


@pytest.mark.parametrize(
    ("channel", "intakes", "reason"),
    [
        (FORM, (), "NoFTEBound"),
        (FORM, (replace(SERVING, listens=False),), "APIUnavailable"),
        (NUMBER, (replace(SERVING, reachable=False),), "NoPublicURL"),
    ],
)
def test_what_answers_nothing_is_not_told_as_paused(channel, intakes, reason):
    assert seen(replace(channel, paused=True), *intakes)["Ready"].reason == reason


def test_what_the_outside_cannot_reach_is_told_which_field_to_set():
    hidden = replace(SERVING, reachable=False)
    found = seen(NUMBER, hidden)
    assert found["Ready"].reason == found["EndpointReady"].reason == found["Stalled"].reason == "NoPublicURL"
    assert "spec.api.publicURL of DigitalFTE helper" in found["Ready"].message
    assert seen(NUMBER, hidden, SERVING)["EndpointReady"].status == "True", "one that is reached is enough"


def test_a_person_is_told_what_to_set_at_the_vendor():
    found = seen(NUMBER, replace(SERVING, registration="set this at the vendor"))
    assert found["EndpointReady"].message == "Deployment helper-api takes in its messages; set this at the vendor"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("cannot be reached", "Deployment helper-api takes in nothing: cannot be reached"),
        ("cannot be reached (1 of 2 pods)", "Deployment helper-api takes in nothing in 1 of 2 pods: cannot be reached"),
    ],
)
def test_a_fault_tells_how_many_pods_have_it(fault, told):
    found = {c.type: c for c in conditions(Channel("website"), [replace(SERVING, fault=fault)])}
    assert (found["EndpointReady"].reason, found["EndpointReady"].message) == ("Unhealthy", told)


MAIL = Channel("mail", secrets=("gmail",), pause="the mailbox is not read")


def test_a_mailbox_that_was_not_read_for_long_is_not_ready_whatever_the_api_takes_in():
    found = seen(MAIL, replace(SERVING, parts=WELL | {"sync": "it was not read since noon."}))
    assert (found["EndpointReady"].status, found["EndpointReady"].reason) == ("False", "SyncStale")
    assert found["Ready"].reason == "SyncStale" and "Stalled" not in found
    assert found["Ready"].message.startswith("it was not read since noon; ")
    assert seen(MAIL, replace(SERVING, parts=WELL | {"sync": None}))["Ready"].status == "True"


def test_a_paused_mailbox_is_not_read_and_that_is_no_fault():
    paused = replace(MAIL, paused=True)
    found = seen(paused, replace(SERVING, parts=WELL | {"sync": "it was not read since noon."}))
    assert found["Ready"].reason == "Paused"
    assert "the channel is paused: the mailbox is not read; set spec.runState" in found["Ready"].message
    assert "knows that it is paused (the mailbox is not read)" in found["EndpointReady"].message


def test_credentials_that_end_soon_are_valid_and_say_so():
    found = seen(MAIL, replace(SERVING, parts=WELL | {"consent": "they end on Friday."}))
    valid = found["CredentialsValid"]
    assert (valid.status, valid.reason, valid.message) == ("True", "ExpiresSoon", "they end on Friday (Secret gmail)")
    assert valid.warning and not any(each.warning for name, each in found.items() if name != "CredentialsValid")
    assert found["Ready"].status == "True" and "they end on Friday" in found["Ready"].message


@pytest.mark.parametrize(
    ("parts", "reason"), [({"credentials": "refused"}, "Rejected"), ({"credentials": None}, "ExpiresSoon")]
)
def test_credentials_that_are_refused_end_no_more(parts, reason):
    found = seen(MAIL, replace(SERVING, parts=WELL | {"consent": "they end on Friday."} | parts))
    assert found["CredentialsValid"].reason == reason


def test_a_consent_says_nothing_of_credentials_that_nobody_tried():
    found = seen(MAIL, replace(SERVING, parts={"consent": "they end on Friday."}))
    assert found["CredentialsValid"].reason == "NotReported"
