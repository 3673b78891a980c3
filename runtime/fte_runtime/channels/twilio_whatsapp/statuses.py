"""Status callbacks: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status."""

from collections.abc import Mapping

from fte_agent.channels import WHATSAPP
from fte_agent.domain.delivery import DeliveryState, DeliveryStatus
from fte_runtime.channels.twilio_whatsapp.failures import WINDOW_CLOSED

_STATES = {
    "accepted": DeliveryState.ACCEPTED,
    "scheduled": DeliveryState.ACCEPTED,
    "queued": DeliveryState.ACCEPTED,
    "sending": DeliveryState.ACCEPTED,
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "partially_delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}
"""https://www.twilio.com/docs/messaging/api/message-resource#message-status-values."""


def status_of(fields: Mapping[str, str], channel_name: str) -> DeliveryStatus | None:
    """What a callback says of one message; None when it is no callback, or of a status that is not known here."""
    reported, sid = fields.get("MessageStatus", ""), fields.get("MessageSid", "")
    state = _STATES.get(reported)
    if state is None or not sid:
        return None
    error_code = fields.get("ErrorCode") or None
    return DeliveryStatus(
        channel=WHATSAPP,
        channel_name=channel_name,
        provider_id=sid,
        state=state,
        reported=reported,
        error_code=error_code,
        window_closed=error_code == str(WINDOW_CLOSED),
    )
