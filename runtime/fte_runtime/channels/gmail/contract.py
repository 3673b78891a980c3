"""What the webhook of pushes tells of itself in the published contract, since it takes the raw request."""

from typing import Any

from fte_runtime.asgi.problems import described

_TEXT = {"type": "string"}

PUSH: dict[str, Any] = {
    "operation_id": "receive_gmail_push",
    "summary": "Receive a push of Gmail by Pub/Sub",
    "description": "https://developers.google.com/workspace/gmail/api/guides/push: a hint that a mailbox changed.",
    "status_code": 204,
    "response_description": "Acknowledged: the hint is on the bus, or the push is authentic and says nothing to us.",
    "responses": {
        **described(
            s400="The body is not what it says it is.",
            s401="The token is not of a subscription of ours.",
            s408="The body did not arrive in time.",
            s413="The body is too large.",
            s503="Not confirmed, too many at once, or Google's keys cannot be had: sent again by Pub/Sub.",
        ),
    },
    "openapi_extra": {
        "parameters": [
            {
                "name": "Authorization",
                "in": "header",
                "required": True,
                "description": "An OIDC token: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions.",
                "schema": _TEXT,
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["message"],
                        "properties": {
                            "message": {
                                "type": "object",
                                "required": ["data", "messageId"],
                                "properties": {"data": _TEXT, "messageId": _TEXT, "publishTime": _TEXT},
                            },
                            "subscription": _TEXT,
                        },
                    }
                }
            },
        },
    },
}
