"""What the webhooks tell of themselves in the published contract, since they take the raw request."""

from typing import Any

from fte_runtime.asgi.problems import described

_TEXT = {"type": "string"}
_SIGNATURE = {
    "name": "X-Twilio-Signature",
    "in": "header",
    "required": True,
    "description": "https://www.twilio.com/docs/usage/webhooks/webhooks-security, over the configured public URL.",
    "schema": _TEXT,
}
_DIGEST = {
    "name": "bodySHA256",
    "in": "query",
    "required": False,
    "description": "Hex digest of a JSON body, which the signature covers by way of the URL.",
    "schema": _TEXT,
}


def _told(operation: str, summary: str, text: str, required: list[str], fields: list[str]) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": required,
        "properties": dict.fromkeys((*required, *fields), _TEXT),
        "additionalProperties": _TEXT,
    }
    bodies = ("application/x-www-form-urlencoded", "application/json")
    return {
        "operation_id": operation,
        "summary": summary,
        "description": text,
        "response_description": "The record that carries it is acknowledged; the TwiML says nothing.",
        "responses": {
            200: {"content": {"text/xml": {"schema": _TEXT}}},
            **described(
                s400="The body is not what it says it is.",
                s403="Not signed for a channel of ours.",
                s408="The body did not arrive in time.",
                s413="The body, or the record made of it, is too large.",
                s415="The body is neither a form nor JSON.",
                s422="A field is missing or wrong; each is named.",
                s503="Not confirmed, too many at once, or the channel is paused: safe to repeat after Retry-After.",
            ),
        },
        "openapi_extra": {
            "parameters": [_SIGNATURE, _DIGEST],
            "requestBody": {"required": True, "content": {body: {"schema": schema} for body in bodies}},
        },
    }


MESSAGE = _told(
    "receive_whatsapp_message",
    "Receive a WhatsApp message",
    "The fields of https://www.twilio.com/docs/messaging/guides/webhook-request; the channel is the one named by To.",
    ["MessageSid", "From", "To"],
    ["Body", "NumMedia", "ProfileName", "ButtonText", "Latitude", "Longitude", "OriginalRepliedMessageSid"],
)
STATUS = _told(
    "receive_whatsapp_status",
    "Receive what became of a WhatsApp message of ours",
    "The fields of https://www.twilio.com/docs/messaging/guides/track-outbound-message-status; the channel is the one "
    "named by From.",
    ["MessageSid", "MessageStatus", "From"],
    ["To", "ErrorCode"],
)
