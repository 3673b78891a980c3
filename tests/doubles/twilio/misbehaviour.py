"""What goes wrong, and when: rules that a test writes down, taken in order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Operation = Literal["create", "list", "fetch", "account", "senders", "*"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One misbehaviour. The first rule that fits a request is used up by it; the fields are also the JSON syntax.

    Which requests: ``on`` an operation, ``to`` exactly that customer, ``body`` a part of the text; ``times`` it is
    used (None: for ever).

    What happens, each alone or together:

    - ``status``, ``code``, ``message``, ``retry_after`` (seconds): an error instead of the answer.
    - ``cut``: no answer. ``hang`` keeps the connection open until the client goes, ``reset`` ends it by TCP RST.
    - ``accepted``: with ``status`` or ``cut`` on ``create``: the message was taken all the same.
    - ``delay``: seconds before the answer, after the message was taken.
    - ``hidden_lists``, ``hidden_seconds``: the message taken is not listed for so many lists or so long.
    - ``statuses``: the callbacks of this message in this order, such as ``("sent", "failed:63024")``; repeats are
      repeated, ``()`` means none. ``callbacks`` says whether they come before or after the POST's own answer.
    """

    on: Operation = "create"
    to: str | None = None
    body: str | None = None
    times: int | None = 1
    status: int | None = None
    code: int | None = None
    message: str = "Scripted"
    retry_after: int | None = None
    cut: Literal["hang", "reset"] | None = None
    accepted: bool = False
    delay: float = 0
    hidden_lists: int = 0
    hidden_seconds: float = 0
    statuses: tuple[str, ...] | None = None
    callbacks: Literal["before", "after"] = "after"

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> "Rule":
        """A rule from JSON; unknown names are refused."""
        if unknown := set(written) - {known.name for known in fields(cls)}:
            raise ValueError(f"a rule has no {', '.join(sorted(unknown))}")
        statuses = written.get("statuses")
        return cls(**{**written, "statuses": None if statuses is None else tuple(statuses)})

    @property
    def takes(self) -> bool:
        """Whether a message to be created is taken."""
        return self.accepted or (self.status is None and self.cut is None)

    def fits(self, operation: str, form: Mapping[str, str]) -> bool:
        return (
            self.on in ("*", operation)
            and self.to in (None, form.get("To"))
            and (self.body is None or self.body in form.get("Body", ""))
        )


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

    def take(self, operation: str, form: Mapping[str, str]) -> Rule:
        """The rule for this request; ``ORDERLY`` when none fits."""
        for place, (rule, left) in enumerate(self._left):
            if rule.fits(operation, form):
                if left is not None:
                    self._left[place : place + 1] = [(rule, left - 1)] if left > 1 else []
                return rule
        return ORDERLY

    @property
    def unused(self) -> list[Rule]:
        """Rules that never ended: a test that scripts a fault may ask whether it came."""
        return [rule for rule, left in self._left if left is not None]
