"""Tokens, about: a quarter of the bytes. And the provider's cache of prefixes.

From 1,024 tokens on a prefix seen before is cached, in steps of 128:
https://developers.openai.com/api/docs/guides/prompt-caching.
"""

from dataclasses import dataclass, field

SHORTEST_CACHED = 1024
STEP = 128
BYTES = 4


def count(text: str) -> int:
    """Tokens of a text, at least one."""
    return max(1, -(-len(text.encode("utf-8", "surrogatepass")) // BYTES))


@dataclass(slots=True)
class PrefixCache:
    """What was asked before, by whoever asked."""

    _seen: dict[str, list[str]] = field(default_factory=dict)

    def take(self, owner: str, prompt: str) -> int:
        """Tokens of ``prompt`` that the cache has; it has all of it afterwards."""
        seen = self._seen.setdefault(owner, [])
        known = max((count(prompt[: _common(prompt, other)]) for other in seen), default=0)
        seen.append(prompt)
        return known // STEP * STEP if known >= SHORTEST_CACHED else 0


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
