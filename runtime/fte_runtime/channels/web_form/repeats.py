"""What this process took lately, to tell a repeat from another text under the same id."""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from fte_runtime.errors import SubmissionChanged

MAX_SUBMISSIONS = 10_000


class Submissions:
    """The content of the `MAX_SUBMISSIONS` latest tickets, by its id (`fte_agent.inbound.web_form.content_id`).

    What another pod took is not known here: its ticket gets the other text as a further message.
    """

    def __init__(self) -> None:
        self._contents: OrderedDict[int, str] = OrderedDict()
        self._under_way: dict[int, str] = {}
        self._copies: Counter[int] = Counter()

    @contextmanager
    def taking(self, ticket: UUID, content: str) -> Iterator[None]:
        """While ``content`` is taken; it is the ticket's from now on unless that fails.

        Raises:
            SubmissionChanged: the ticket has another, or is about to.
        """
        key = ticket.int  # hashed in C, and several times
        known = self._contents.get(key) or self._under_way.get(key)
        if known is not None and known != content:
            raise SubmissionChanged
        self._under_way[key] = content
        self._copies[key] += 1
        try:
            yield
            self._contents[key] = content
            if len(self._contents) > MAX_SUBMISSIONS:
                self._contents.popitem(last=False)
        finally:
            self._copies[key] -= 1
            if not self._copies[key]:
                del self._copies[key], self._under_way[key]
