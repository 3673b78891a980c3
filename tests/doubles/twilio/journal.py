"""What the provider was asked and what it took: the questions oracles ask of it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doubles.journal import Entries


@dataclass(slots=True)
class Journal(Entries):
    """Entries in the order they happened, of one account. What their data hold:

    ``request``: method, path, params, decision, sid · ``accepted``: sid, to, from, body, content_sid,
    content_variables, status_callback, author (``api`` or ``console``) · ``received``: sid, from, to, body ·
    ``status``: sid, status, error_code · ``webhook``: purpose, url, fields, signature, outcome (an HTTP status or an
    error's name), answer.
    """

    def requests(self, method: str, ending: str) -> list[Mapping[str, Any]]:
        """Requests with that method whose path ends so."""
        return [r for r in self.of("request") if r["method"] == method and r["path"].endswith(ending)]

    def accepted(self, to: str | None = None, *, author: str = "api") -> list[Mapping[str, Any]]:
        """Messages the account took from that author, to one customer or to all."""
        return [m for m in self.of("accepted") if m["author"] == author and to in (None, m["to"])]

    def by_customer(self) -> dict[str, list[str]]:
        """The bodies accepted from the API, in order, for each ``To``."""
        found: dict[str, list[str]] = defaultdict(list)
        for message in self.accepted():
            found[message["to"]].append(message["body"])
        return dict(found)

    def duplicates(self, *names: str) -> dict[tuple[Any, ...], list[str]]:
        """Messages of the API that agree in all ``names`` (default: customer and content), with their SIDs.

        ``duplicates("status_callback")`` finds one delivery sent twice where its id rides in the callback's URL.
        """
        same: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for message in self.accepted():
            key = tuple(message[name] for name in names or ("to", "body", "content_sid", "content_variables"))
            same[key].append(message["sid"])
        return {key: sids for key, sids in same.items() if len(sids) > 1}

    def webhooks(self, purpose: str) -> list[Mapping[str, Any]]:
        """Attempts to reach the customer's server; ``purpose`` is ``inbound``, ``status`` or ``fallback``."""
        return [attempt for attempt in self.of("webhook") if attempt["purpose"] == purpose]
