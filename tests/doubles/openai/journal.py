"""What an endpoint was asked and what it answered: the questions oracles ask of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doubles.journal import Entries


def key_mark(key: str) -> str:
    """A key as the journal shows it: part of its hash, empty for none."""
    return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""


@dataclass(slots=True)
class Journal(Entries):
    """Entries in the order they happened. What their data hold:

    ``request``: operation, path, key (`key_mark`), headers (names alone), body (as sent), decision · ``answer``:
    operation, id, model, input_tokens, cached_tokens, output_tokens, reported.
    """

    def requests(self, operation: str | None = None) -> list[Mapping[str, Any]]:
        """Requests of one operation (`doubles.openai.misbehaviour.Operation`), or all."""
        return [request for request in self.of("request") if operation in (None, request["operation"])]

    def bodies(self, operation: str | None = None) -> list[Mapping[str, Any]]:
        """What the requests were sent with."""
        return [request["body"] for request in self.requests(operation)]

    def asked(self, about: str) -> int:
        """How many requests hold that text."""
        return sum(about in json.dumps(request["body"], ensure_ascii=False) for request in self.requests())

    def decisions(self) -> list[str]:
        """What became of the requests, in order."""
        return [request["decision"] for request in self.requests()]

    def keys(self) -> set[str]:
        """Marks of the keys that were shown."""
        return {request["key"] for request in self.requests()}

    def tokens(self) -> tuple[int, int]:
        """What the answers cost, input and output, whether they told it or not."""
        answers = self.of("answer")
        return sum(a["input_tokens"] for a in answers), sum(a["output_tokens"] for a in answers)

    def cached(self) -> list[int]:
        """Of each answer, the input tokens that a cache had."""
        return [answer["cached_tokens"] for answer in self.of("answer")]
