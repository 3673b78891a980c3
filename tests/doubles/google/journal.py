"""What Google was asked and what it took: the questions oracles ask of it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doubles.journal import Entries


@dataclass(slots=True)
class Journal(Entries):
    """Entries in the order they happened. What their data hold:

    ``request``: operation, path, params, decision, mailbox · ``mail``: author (``api``, ``customer`` or ``person``),
    mailbox, id, thread_id, labels, date (ms), history_id, raw, and the headers message_id, to, subject, delivery ·
    ``change``: mailbox, id, labels, records (id, kind, labels), deleted · ``watch``: mailbox, topic, labels, include,
    expiration (ms; 0 when stopped) · ``push``: mailbox, message_id, forged, outcome (an HTTP status or an error's
    name).
    """

    def requests(self, operation: str) -> list[Mapping[str, Any]]:
        """Requests of one operation (`doubles.google.misbehaviour.Operation`)."""
        return [request for request in self.of("request") if request["operation"] == operation]

    def sent(self, to: str | None = None, *, author: str = "api") -> list[Mapping[str, Any]]:
        """Mail that a mailbox took to send from that author, to one address or to all."""
        return [m for m in self.of("mail") if m["author"] == author and (to is None or to in m["to"])]

    def duplicates(self, *names: str) -> dict[tuple[Any, ...], list[str]]:
        """Mail sent by the API that agrees in all ``names`` (default: one delivery's id), with its ids."""
        same: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for mail in self.sent():
            same[tuple(mail[name] for name in names or ("delivery",))].append(mail["id"])
        return {key: ids for key, ids in same.items() if len(ids) > 1}
