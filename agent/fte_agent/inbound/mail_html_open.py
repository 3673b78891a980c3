"""Which elements of an HTML text are open, and whether one of them hides what is in it.

End tags are left out as often as not. What ends an element then is told by
https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inbody, as far as it takes to know what a reader sees.
"""

from collections import Counter
from itertools import islice

_EMPTY = "area base br col embed hr img input link meta source track wbr"
_VOID = frozenset(_EMPTY.split())
_FRAMES = frozenset({"html", "head", "body"})
"""Written or not, these are there; their end tags end nothing."""

_LINES = (
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hr main menu nav ol p pre section summary table ul"
)
_END_A_PARAGRAPH = frozenset(_LINES.split())
_OTHERS = "applet button caption dd dt iframe li object select tbody td tfoot th thead tr"
_SPECIAL = _END_A_PARAGRAPH | frozenset(_OTHERS.split())
"""No end tag of an element within a line ends one of these."""

_SIBLINGS = {
    "li": ({"li"}, {"ul", "ol", "menu"}),
    "dd": ({"dd", "dt"}, {"dl"}),
    "dt": ({"dd", "dt"}, {"dl"}),
    "option": ({"option"}, {"select"}),
    "tr": ({"tr"}, {"table"}),
    "td": ({"td", "th"}, {"tr", "table"}),
    "th": ({"td", "th"}, {"tr", "table"}),
}
"""What an element ends that is open in the same list, table or row."""

_LEVELS = 50
"""How far up is looked: mails have a few dozen levels, and time stays in proportion to a text's length."""


class OpenElements:
    """Told of every tag in turn."""

    def __init__(self) -> None:
        self._stack: list[str] = []
        self._count: Counter[str] = Counter()
        self._hidden_at: int | None = None
        """How many elements were open where the hiding one began."""
        self._kept_at: int | None = None

    def __contains__(self, tag: str) -> bool:
        return self._count[tag] > 0

    @property
    def hidden(self) -> bool:
        """Whether a reader does not see what comes now."""
        return self._hidden_at is not None

    @property
    def kept(self) -> bool:
        """Whether ends of lines are shown as they stand."""
        return self._kept_at is not None

    def start(self, tag: str, *, unseen: bool, kept: bool = False) -> None:
        """``tag`` begins; ``unseen`` says that it hides what is in it, ``kept`` that it keeps ends of lines.

        A body ends what was left open above it.
        """
        if tag in _END_A_PARAGRAPH and "p" in self:
            self._pop_to("p")
        if tag in _SIBLINGS:
            self._end_sibling(*_SIBLINGS[tag])
        if tag == "body":
            self._stack.clear()
            self._count.clear()
            self._hidden_at = self._kept_at = None
        if tag in _VOID or tag in _FRAMES:
            return
        if unseen and not self.hidden:
            self._hidden_at = len(self._stack)
        if kept and not self.kept:
            self._kept_at = len(self._stack)
        self._stack.append(tag)
        self._count[tag] += 1

    def end(self, tag: str) -> None:
        """``tag`` ends, and what is open in it."""
        if tag in self and (tag in _SPECIAL or self._is_near(tag)):
            self._pop_to(tag)

    def _is_near(self, tag: str) -> bool:
        for each in islice(reversed(self._stack), _LEVELS):
            if each == tag:
                return True
            if each in _SPECIAL:
                return False
        return False

    def _end_sibling(self, siblings: set[str], around: set[str]) -> None:
        for each in islice(reversed(self._stack), _LEVELS):
            if each in siblings:
                self._pop_to(each)
                return
            if each in around:
                return

    def _pop_to(self, tag: str) -> None:
        while self._stack:
            last = self._stack.pop()
            self._count[last] -= 1
            if self._hidden_at is not None and len(self._stack) <= self._hidden_at:
                self._hidden_at = None
            if self._kept_at is not None and len(self._stack) <= self._kept_at:
                self._kept_at = None
            if last == tag:
                return
