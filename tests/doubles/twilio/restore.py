"""An account as its journal left it, so that a double killed and started again still knows what it took."""

from datetime import datetime

from doubles.journal import Entry
from doubles.twilio.account import Account, Message
from doubles.twilio.journal import Journal


def restore(account: Account, journal: Journal) -> None:
    """Messages, windows and statuses; not the rules, nor callbacks that were under way."""
    for entry in journal.entries:
        if entry.kind == "accepted":
            _accepted(account, entry)
        elif entry.kind == "received":
            told = dict(entry.data)
            account.hear(told.pop("sid"), **told | {"at": datetime.fromisoformat(told["at"])})
        elif entry.kind == "status":
            account.progress(entry.data["sid"], entry.data["status"], entry.data["error_code"])


def _accepted(account: Account, entry: Entry) -> None:
    told = entry.data
    at = datetime.fromtimestamp(entry.at, account.clock().tzinfo)
    account.messages[told["sid"]] = Message(
        told["sid"],
        told["to"],
        told["from"],
        told["body"],
        "outbound-api",
        "queued",
        at,
        at,
        status_callback=told["status_callback"],
    )
