"""What the web form's routes tell of themselves in the published contract, since they take the raw request."""

from typing import Any

from fte_agent.inbound.web_form import MAX_BODY_CHARS, Submission
from fte_runtime.asgi.problems import described
from fte_runtime.channels.web_form.limits import MAX_BODY_BYTES


def _submission() -> dict[str, Any]:
    schema = Submission.model_json_schema()
    schema["properties"]["message"]["maxLength"] = MAX_BODY_CHARS
    schema["properties"]["email"]["format"] = "email"
    schema["properties"]["consent"]["const"] = True
    return schema


_ACCEPTED: dict[str, Any] = {
    "type": "object",
    "required": ["ticket_id", "status_url", "token", "message", "estimated_response_time"],
    "properties": {
        "ticket_id": {"type": "string", "format": "uuid"},
        "status_url": {
            "type": "string",
            "description": "Where the ticket is read: a page in a browser, JSON with the token as bearer.",
        },
        "token": {"type": "string", "description": "Opens this ticket, and no other."},
        "message": {"type": "string"},
        "estimated_response_time": {"type": "string", "description": "In words; no promise."},
    },
}
_CITATION: dict[str, Any] = {
    "type": "object",
    "required": ["uri", "title", "heading"],
    "properties": {name: {"type": "string"} for name in ("uri", "title", "heading")},
}
_TICKET: dict[str, Any] = {
    "type": "object",
    "required": ["ticket_id", "status", "address_confirmed", "confirmation", "messages"],
    "properties": {
        "ticket_id": {"type": "string", "format": "uuid"},
        "status": {"type": "string", "description": "``received`` until it is stored."},
        "address_confirmed": {
            "type": "boolean",
            "description": "The form's address is proven to be its sender's.",
        },
        "confirmation": {
            "type": "string",
            "enum": ["unavailable", "possible", "asked", "code", "wrong", "expired", "confirmed", "conflict"],
            "description": "What came last of confirming it; ``unavailable`` while no code can be sent.",
        },
        "delayed": {"type": "boolean", "description": "It takes longer than usual to be stored."},
        "messages": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["author", "text", "citations", "at"],
                "properties": {
                    "author": {"type": "string", "enum": ["customer", "ai", "human", "system"]},
                    "text": {"type": "string"},
                    "citations": {"type": "array", "items": _CITATION},
                    "at": {"type": "string", "format": "date-time"},
                },
            },
        },
    },
}

_CODE: dict[str, Any] = {
    "type": "object",
    "required": ["code"],
    "additionalProperties": False,
    "properties": {"code": {"type": "string", "pattern": "^[0-9]{6}$", "description": "As the mail has it."}},
}
_TAKEN: dict[str, Any] = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string"}},
}

SUBMIT: dict[str, Any] = {
    "operation_id": "submit_form",
    "summary": "Submit the form",
    "description": "The same submission_id of the same sender is the same ticket, so a submission may be repeated. "
    "With other content it is refused; where that is noticed too late, it is one more message of the ticket.",
    "status_code": 202,
    "response_description": "The record that carries the work is acknowledged.",
    "responses": {
        202: {"content": {"application/json": {"schema": _ACCEPTED}}},
        **described(
            s403="The page's origin is not one of the form's allowedOrigins.",
            s408="The body did not arrive in time.",
            s409="The submission_id was sent before with other content: send this under a new one.",
            s413=f"The body has more than {MAX_BODY_BYTES} bytes.",
            s415="The body is not declared as JSON.",
            s422="A field is missing or wrong; each is named.",
            s429="A flood, of which nothing more is stored; Retry-After says when to try again.",
            s503="Not confirmed, too many at once, or the form is paused: safe to repeat after Retry-After.",
        ),
    },
    "openapi_extra": {"requestBody": {"required": True, "content": {"application/json": {"schema": _submission()}}}},
}
TICKET: dict[str, Any] = {
    "operation_id": "read_ticket",
    "summary": "Read a ticket",
    "description": "For whoever holds its token; every other ticket is 401, whether it exists or not. A browser, "
    "which accepts text/html and sends no token, is given a page that asks with the token in its fragment.",
    "responses": {
        200: {"content": {"application/json": {"schema": _TICKET}, "text/html": {"schema": {"type": "string"}}}},
        304: {"description": "It is as If-None-Match says."},
        **described(s401="The token does not open this ticket.", s503="It cannot be read now."),
    },
    "openapi_extra": {
        "parameters": [{"name": "ticket_id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "security": [{"ticketToken": []}],
    },
}
CONFIRM: dict[str, Any] = {
    "operation_id": "confirm_address",
    "summary": "Confirm the ticket's address",
    "description": "For whoever holds the ticket's token. An empty body asks for a code, which goes by mail to the "
    "address in the form; a body with that code confirms the address. What came of it is told by the ticket.",
    "status_code": 202,
    "response_description": "The record that carries it is acknowledged.",
    "responses": {
        202: {"content": {"application/json": {"schema": _TAKEN}}},
        **described(
            s400="The body did not arrive whole.",
            s401="The token does not open this ticket.",
            s408="The body did not arrive in time.",
            s409="The ticket is not stored yet (try again), its address is confirmed, or no mailbox can send a code.",
            s413="The body is too large for a code.",
            s415="The body is not declared as JSON.",
            s422="The body is neither empty nor a code of six digits.",
            s429="Too many for this ticket; Retry-After says when to try again.",
            s503="Not confirmed, too many at once, or the form is paused: safe to repeat after Retry-After.",
        ),
    },
    "openapi_extra": {
        "parameters": [{"name": "ticket_id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"required": False, "content": {"application/json": {"schema": _CODE}}},
        "security": [{"ticketToken": []}],
    },
}
