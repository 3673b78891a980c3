"""A request and an answer, whichever of the two APIs carries them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

Finish = Literal["stop", "length", "content_filter"]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call. ``arguments`` are a value to be encoded or text that stands as it is."""

    name: str
    arguments: Any = field(default_factory=dict)
    id: str = field(default_factory=lambda: f"call_{uuid4().hex[:24]}")

    @property
    def raw(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Text:
    """Words outside a tool call; ``refusal`` are those of a model that declines."""

    text: str
    refusal: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says at once."""

    items: tuple[Call | Text, ...] = ()
    finish: Finish = "stop"

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> "Answer":
        """An answer from JSON: {items: [{name, arguments} or {text, refusal?}], finish?}."""
        items = tuple(Call(**item) if "name" in item else Text(**item) for item in written.get("items", ()))
        return cls(items, written.get("finish", "stop"))

    @property
    def text(self) -> str:
        """All that costs."""
        return "".join(f"{item.name}{item.raw}" if isinstance(item, Call) else item.text for item in self.items)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing said before: of whom (``system``, ``user``, ``assistant``, ``call``, ``result``), and what."""

    kind: str
    text: str
    name: str = ""
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that passed the checks."""

    model: str
    items: tuple[Item, ...]
    tools: Sequence[Mapping[str, Any]]
    body: Mapping[str, Any]
    stream: bool = False

    @property
    def prompt(self) -> str:
        """All that a model reads, in the order in which a prefix is cached."""
        return json.dumps(self.tools) + "".join(f"\n{item.kind}: {item.name}{item.text}" for item in self.items)

    @property
    def results(self) -> list[str]:
        return [item.text for item in self.items if item.kind == "result"]

    @property
    def said(self) -> list[str]:
        return [item.text for item in self.items if item.kind == "user"]
