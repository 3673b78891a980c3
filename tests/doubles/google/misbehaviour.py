"""What goes wrong, and when: rules that a test writes down, taken in order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Operation = Literal[
    "token", "certs", "profile", "watch", "stop", "history", "list", "get", "send", "thread", "aliases", "*"
]


@dataclass(frozen=True, slots=True)
class Rule:
    """One misbehaviour. The first rule that fits a request is used up by it; the fields are also the JSON syntax.

    Which requests: ``on`` an operation, ``about`` a part of its path or parameters; ``times`` it is used (None: for
    ever).

    What happens, each alone or together:

    - ``status``, ``reason``, ``message``, ``retry_after`` (seconds): an error instead of the answer. On ``token`` the
      reason is the ``error`` of RFC 6749 and the message its description.
    - ``page``: with ``status``, an HTML page instead of JSON, as something in between may send it.
    - ``cut``: no answer. ``hang`` keeps the connection open until the client goes, ``reset`` ends it by TCP RST,
      ``close`` in good order.
    - ``accepted``: with ``status`` or ``cut`` on ``send``: the mail was taken all the same.
    - ``delay``: seconds before the answer, after the mail was taken.
    - ``padding``: so many spaces after the answer. ``drip``: one byte of it in so many seconds. ``goodbye``: the
      connection ends after it, unannounced, as one that was idle for minutes does.
    """

    on: Operation = "send"
    about: str = ""
    times: int | None = 1
    status: int | None = None
    reason: str = "backendError"
    message: str = "Scripted"
    retry_after: int | None = None
    page: bool = False
    cut: Literal["hang", "reset", "close"] | None = None
    accepted: bool = False
    delay: float = 0
    padding: int = 0
    drip: float = 0
    goodbye: bool = False

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> "Rule":
        """A rule from JSON; unknown names are refused."""
        if unknown := set(written) - {known.name for known in fields(cls)}:
            raise ValueError(f"a rule has no {', '.join(sorted(unknown))}")
        return cls(**written)

    @property
    def takes(self) -> bool:
        """Whether a mail to be sent is taken."""
        return self.accepted or (self.status is None and self.cut is None)

    def fits(self, operation: str, text: str) -> bool:
        return self.on in ("*", operation) and self.about in text


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
