"""Lists in pages: https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from doubles.twilio.account import Account, Message


def matching(messages: Iterable[Message], query: Mapping[str, str], now: datetime) -> list[Message]:
    """Messages to be listed, newest first; counts down what a rule hides.

    A message not yet sent has no ``date_sent``; the filter then takes when it was created, which the page leaves open.
    """
    found = []
    for message in messages:
        if query.get("To", message.to) == message.to and query.get("From", message.sender) == message.sender:
            if message.hidden_lists:
                message.hidden_lists -= 1
            elif not (message.hidden_until and now < message.hidden_until) and _in_time(message, query):
                found.append(message)
    found.sort(key=lambda message: message.created)
    return found[::-1]


def page(account: Account, messages: list[Message], query: Mapping[str, str]) -> dict[str, Any]:
    """One page. The token names the last message before it, so new messages move no page."""
    size = min(int(query.get("PageSize", 50)), 1000)
    number = int(query.get("Page", 0))
    start = 0
    if token := query.get("PageToken"):
        start = [message.sid for message in messages].index(token.removeprefix("PA")) + 1
    shown = messages[start : start + size]
    uri = f"/2010-04-01/Accounts/{account.sid}/Messages.json"
    asked = {name: value for name, value in query.items() if name not in ("Page", "PageToken")} | {"PageSize": size}
    more = None
    if start + size < len(messages):
        more = f"{uri}?{urlencode(asked | {'Page': number + 1, 'PageToken': f'PA{shown[-1].sid}'})}"
    return {
        "messages": [message.resource(account.sid) for message in shown],
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": f"{uri}?{urlencode(query)}",
        "first_page_uri": f"{uri}?{urlencode(asked | {'Page': 0})}",
        "previous_page_uri": None,
        "next_page_uri": more,
    }


def _in_time(message: Message, query: Mapping[str, str]) -> bool:
    """``DateSent``, ``DateSent<`` and ``DateSent>``, ends included; a whole day where only a date is given."""
    for name, value in query.items():
        if not name.startswith("DateSent"):
            continue
        moment = (message.sent or message.created).replace(microsecond=0)
        limit = datetime.fromisoformat(value)
        if "T" not in value:
            moment, limit = (each.replace(hour=0, minute=0, second=0, tzinfo=UTC) for each in (moment, limit))
        kept = {"DateSent": moment == limit, "DateSent<": moment <= limit, "DateSent>": moment >= limit}
        if not kept[name]:
            return False
    return True
