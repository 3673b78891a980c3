"""What Twilio's callbacks say of a message."""

import pytest

from fte_agent.channels import WHATSAPP
from fte_agent.domain.delivery import DeliveryState, DeliveryStatus
from fte_runtime.channels.twilio_whatsapp.statuses import status_of


def callback(status, **changes):
    return {"MessageSid": "SM1", "MessageStatus": status, "SmsStatus": status} | changes


@pytest.mark.parametrize(
    ("reported", "state"),
    [
        ("accepted", DeliveryState.ACCEPTED),
        ("queued", DeliveryState.ACCEPTED),
        ("sending", DeliveryState.ACCEPTED),
        ("sent", DeliveryState.SENT),
        ("delivered", DeliveryState.DELIVERED),
        ("read", DeliveryState.READ),
        ("undelivered", DeliveryState.FAILED),
        ("failed", DeliveryState.FAILED),
        ("canceled", DeliveryState.FAILED),
    ],
)
def test_each_status_is_of_one_state(reported, state):
    assert status_of(callback(reported), "wa") == DeliveryStatus(WHATSAPP, "wa", "SM1", state, reported)


@pytest.mark.parametrize(("code", "closed"), [("63016", True), ("63024", False)])
def test_a_failure_names_its_code_and_whether_the_window_was_closed(code, closed):
    status = status_of(callback("failed", ErrorCode=code), "wa")
    assert (status.error_code, status.window_closed) == (code, closed)


@pytest.mark.parametrize(
    "fields", [{}, callback("on hold"), {"MessageStatus": "sent"}, {"MessageSid": "SM1", "SmsStatus": "received"}]
)
def test_what_is_no_callback_says_nothing(fields):
    assert status_of(fields, "wa") is None
