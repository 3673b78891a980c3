"""The prototype's one web form: what is submitted, as a message."""

from collections.abc import Mapping
from datetime import datetime

from fte_agent.domain.messages import InboundMessage
from fte_agent.inbound import web_form
from fte_agent.inbound.faults import invalid

NAME = "website"
TOPIC_PREFIX = "prototype"


def message_of(fields: Mapping[str, object], now: datetime) -> InboundMessage:
    """The message of a filled-in form. A program's is refused; production takes and marks it: password managers do it.

    Raises:
        InvalidMessage: a field is missing or wrong.
    """
    given = web_form.parse(fields, max_chars=web_form.MAX_BODY_CHARS)
    if given.looks_automated:
        raise invalid("hp", "must be left empty")
    ticket = web_form.ticket_id(TOPIC_PREFIX, NAME, given)
    return web_form.to_message(given, channel_name=NAME, ticket=ticket, now=now)
