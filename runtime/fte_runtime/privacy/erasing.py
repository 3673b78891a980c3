"""The erasure of one customer over all stores, in an order that a crash anywhere leaves open to be done again.

Dead letters first, while it is known what names the customer; then every table at once; then the topics, which need to
know nobody. A receipt without topics is half an erasure: asked again, it goes on there.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from typing import Any, Protocol
from uuid import UUID

from fte_agent.domain.messages import Channel
from fte_database.repositories.privacy.erasures import Erasure, Refusal
from fte_runtime.bus.base import Eraser, Publisher, Record
from fte_runtime.dead_letters import DeadLetters
from fte_runtime.events import Topics
from fte_runtime.privacy.letters import erase_letters
from fte_runtime.privacy.topics import erase_topics


class Erasures(Protocol):
    """`fte_database.repositories.privacy.erasures.ErasureStore`."""

    def alone(self) -> AbstractAsyncContextManager[None]:
        """Within it no other erasure works on dead letters."""

    async def spellings(self, customer: UUID) -> tuple[str, ...] | None:
        """What names the customer; None for an unknown one."""

    async def receipt(self, customer: UUID) -> Erasure | None:
        """Of an erasure that the tables know."""

    async def refusal(self, customer: UUID) -> Refusal | None:
        """What stands in the way."""

    async def erase(
        self, customer: UUID, actor: str, *, force: bool = False, letters: int = 0
    ) -> Erasure | Refusal | None:
        """Erase the customer in every table."""

    async def finish(self, erasure: UUID, topics: Mapping[str, Any]) -> Erasure | None:
        """Write down what became of the topics."""


class Reader(Protocol):
    """Reads whole topics."""

    def records(self, topic: str) -> AsyncIterator[Record]:
        """Every record that is there when asked."""


class Erasing:
    """Erases customers of the employee whose topics are ``topics``, and whose channels are of the kinds ``bound``."""

    def __init__(
        self,
        *,
        store: Erasures,
        topics: Topics,
        bound: Collection[Channel],
        reader: Reader,
        publisher: Publisher,
        eraser: Eraser,
    ) -> None:
        self._store = store
        self._bound = frozenset(bound)
        self._topics = topics
        self._publisher = publisher
        self._eraser = eraser
        self._letters = DeadLetters(topic=topics.dlq, prefix=topics.prefix, reader=reader, publisher=publisher)

    async def erase(self, customer: UUID, actor: str, *, force: bool = False) -> Erasure | Refusal | None:
        """The receipt, the same however often it is asked for; why it is refused; None for an unknown customer.

        Raises:
            BusUnavailable: it is not done, or not yet to its end; the same call goes on.
        """
        done = await self._store.receipt(customer)
        if done is None:
            spellings = await self._store.spellings(customer)
            if spellings is None:
                return None
            if not force and (refused := await self._store.refusal(customer)) is not None:
                return refused
            async with self._store.alone():
                letters = await erase_letters(
                    self._letters, self._topics.dlq, spellings, eraser=self._eraser, publisher=self._publisher
                )
            outcome = await self._store.erase(customer, actor, force=force, letters=letters)
            if not isinstance(outcome, Erasure):
                return outcome
            done = outcome
        if done.finished_at is not None:
            return done
        told = await erase_topics(self._eraser, self._topics, self._bound)
        return await self._store.finish(done.id, told) or await self._store.receipt(customer)


def receipt_json(erasure: Erasure) -> dict[str, Any]:
    """A receipt as JSON values: ids, numbers, times, and who asked for it."""
    return {
        **asdict(erasure),
        "id": str(erasure.id),
        "customers": [str(each) for each in erasure.customers],
        "shared": [str(each) for each in erasure.shared],
        "erased_at": erasure.erased_at.isoformat(),
        "finished_at": erasure.finished_at.isoformat() if erasure.finished_at else None,
    }
