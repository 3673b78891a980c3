"""What goes wrong, and when: rules that a test writes down, taken in order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Operation = Literal["responses", "chat", "embeddings", "models", "*"]
MODEL_CALLS = ("responses", "chat")


@dataclass(frozen=True, slots=True)
class Rule:
    """One misbehaviour. The first rule that fits a request is used up by it; the fields are also the JSON syntax.

    Which requests: ``on`` an operation (None: either that asks a model), ``about`` a part of the body; ``times`` it
    is used (None: for ever).

    What happens, each alone or together:

    - ``status``, ``code``, ``type``, ``message``, ``retry_after`` (the header as it stands): an error instead of the
      answer. ``location``: the header of a redirect.
    - ``body``, ``content_type``: that text instead of the answer's or error's own; ``echo``: with the key and the
      request's text behind it, as a careless proxy does.
    - ``nothing``: an answer without ``choices`` or ``output``. ``error``: with status 200, that error's code in it.
    - ``cut``: no answer. ``hang`` keeps the connection open until the client goes, ``reset`` ends it by TCP RST,
      ``close`` in good order, ``half`` after half the answer.
    - ``delay``: seconds before the answer. ``drip``: one byte of it in so many seconds. ``padding``: so many spaces
      after it. ``gzip``: compressed, asked for or not.
    - ``usage``: False leaves out what the answer cost. ``shuffled``: embeddings out of order.
    """

    on: Operation | None = None
    about: str = ""
    times: int | None = 1
    status: int | None = None
    code: str | None = None
    type: str | None = None
    message: str = "Scripted"
    retry_after: str | None = None
    location: str | None = None
    body: str | None = None
    content_type: str | None = None
    echo: bool = False
    nothing: bool = False
    error: str | None = None
    cut: Literal["hang", "reset", "close", "half"] | None = None
    delay: float = 0
    drip: float = 0
    padding: int = 0
    gzip: bool = False
    usage: bool = True
    shuffled: bool = False

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> "Rule":
        """A rule from JSON; unknown names are refused."""
        if unknown := set(written) - {known.name for known in fields(cls)}:
            raise ValueError(f"a rule has no {', '.join(sorted(unknown))}")
        return cls(**written)

    @property
    def answers(self) -> bool:
        """Whether an ordinary answer is made, whatever becomes of it on the way."""
        return self.status is None and self.body is None and self.cut in (None, "half")

    def fits(self, operation: str, text: str) -> bool:
        on = operation in MODEL_CALLS if self.on is None else self.on in ("*", operation)
        return on and self.about in text


ORDERLY = Rule()


@dataclass(slots=True)
class Script:
    """Rules with what is left of each."""

    _left: list[tuple[Rule, int | None]] = field(default_factory=list)

    def add(self, *rules: Rule) -> None:
        self._left += [(rule, rule.times) for rule in rules]

    def replace(self, rules: Iterable[Rule]) -> None:
        self._left.clear()
        self.add(*rules)

    def take(self, operation: str, text: str) -> Rule:
        """The rule for this request; ``ORDERLY`` when none fits."""
        for place, (rule, left) in enumerate(self._left):
            if rule.fits(operation, text):
                if left is not None:
                    self._left[place : place + 1] = [(rule, left - 1)] if left > 1 else []
                return rule
        return ORDERLY

    @property
    def unused(self) -> list[Rule]:
        """Rules that never ended: a test that scripts a fault may ask whether it came."""
        return [rule for rule, left in self._left if left is not None]
