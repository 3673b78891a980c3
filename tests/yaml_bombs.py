"""Texts that cost whoever parses them as YAML out of all proportion, each within a ConfigMap's megabyte."""


def _nested(link: str, levels: int = 12, width: int = 8) -> str:
    """Anchors on anchors: each level is `width` times the one before, `link` says how they are taken in."""
    first = "a0: &a0 {" + ", ".join(f"k{n}: 1" for n in range(10)) + "}"
    level = "a{n}: &a{n} " + link
    rest = [level.format(n=n, aliases=", ".join([f"*a{n - 1}"] * width)) for n in range(1, levels + 1)]
    return "\n".join([first, *rest, "knowledge_snapshot: null", "snapshot: null", "channels: []"])


BOMBS = {
    "merges of merges": _nested("{{<<: [{aliases}]}}"),
    "lists of lists": _nested("[{aliases}]"),
    "a list without end": "channels:\n" + "- a\n" * 200_000,
    "channels without end": "channels:\n" + "- name: a\n" * 90_000,
    "a document deep": "knowledge_snapshot: " + "[" * 400_000,
    "a key without end": "knowledge_snapshot" * 50_000,
    "a text without end": "knowledge_snapshot: '" + "0" * 900_000 + "'",
    "empty lines": "\n" * 900_000,
}
