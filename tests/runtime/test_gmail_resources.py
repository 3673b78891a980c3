"""The API's answers as values: what the double does not show."""

from datetime import UTC, datetime

import pytest
from doubles.google.double import GoogleDouble
from doubles.google_world import a_mail

from fte_runtime.channels.gmail import resources
from fte_runtime.channels.gmail.failures import NoAnswer, Unreachable
from fte_runtime.channels.gmail.resources import Found, Profile
from fte_runtime.channels.gmail.transport import Call, Wire

MAIL = {"id": "1", "threadId": "2", "internalDate": "0", "historyId": "3", "sizeEstimate": 4}


def test_an_address_is_in_lower_case():
    assert resources.profile({"emailAddress": "Desk@Example.org", "historyId": "7"}) == Profile("desk@example.org", 7)
    assert resources.addresses({"sendAs": [{"sendAsEmail": "Desk@Example.org", "isPrimary": True}]}) == {
        "desk@example.org"
    }


def test_an_address_that_is_not_confirmed_is_not_ours():
    pending = {"sendAsEmail": "boss@example.org", "verificationStatus": "pending"}
    accepted = {"sendAsEmail": "billing@example.org", "verificationStatus": "accepted"}
    assert resources.addresses({"sendAs": [pending, accepted]}) == {"billing@example.org"}


def test_history_of_other_things_adds_nothing():
    records = [
        {"id": "5", "labelsAdded": [{}]},
        {"id": "6", "messagesAdded": [{"message": {"id": "1", "threadId": "2"}}]},
    ]
    assert resources.history({"history": records, "historyId": "9"}).messages == (Found("1", "2"),)


@pytest.mark.parametrize(
    "changes",
    [{"id": 1}, {"threadId": None}, {"internalDate": 0}, {"internalDate": "9" * 30}, {"historyId": "x"},
     {"raw": "a"}, {"raw": 1}, {"labelIds": [1]}, {"labelIds": None}, {"payload": []}, {"payload": {"headers": [{}]}}],
)  # fmt: skip
def test_a_message_of_another_form_is_none(changes):
    assert resources.message(MAIL).date == datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises(NoAnswer):
        resources.message(MAIL | changes)


async def test_what_nobody_waits_for_any_more_is_not_sent():
    async with GoogleDouble() as google:
        google.deliver(a_mail())
        wire, call = Wire(1000), Call()
        call.authorised = True
        call.abort()
        with pytest.raises(Unreachable), wire.during(call, fresh=True):
            wire.http.request(google.certs_url)
        assert google.journal.requests("certs") == []
