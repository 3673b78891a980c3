"""Whether messages are read and answered: what the workers say, what brokers and database know without them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from fte_agent.ports import Clock
from fte_database.repositories.health import WorkerReport
from fte_runtime.bus.base import GroupState
from fte_runtime.sight import Sight
from fte_runtime.worker.budget import PART as BUDGET
from fte_runtime.worker.embedder import EMBEDDER
from fte_runtime.worker.model import PART as MODEL

SILENT_SECONDS = 20.0
"""A worker that has said nothing for so long is gone, or cannot write."""

UNREAD_SECONDS = 30.0
"""A record that waits longer is told; workers read one within a second."""

UNANSWERED_SECONDS = 180.0
"""A message that waits longer is told: one turn may take 120 s, and one more be made after it failed."""

Part = dict[str, object]


class Group(Protocol):
    """The consumer group of the workers, seen from outside."""

    async def look(self) -> GroupState:
        """Its state now; raises `BusUnavailable`."""


class Answering:
    """The parts of ``/health`` that speak of the work itself; each is absent while it is not known."""

    def __init__(
        self,
        *,
        workers: Callable[[], Awaitable[Sequence[WorkerReport]]],
        unanswered: Callable[[], Awaitable[float | None]],
        group: Group,
        clock: Clock,
    ) -> None:
        async def waiting() -> Mapping[str, Part]:
            return answered_by(await unanswered())

        self._clock = clock
        self._workers = Sight("what the workers report", workers, clock)
        self._waiting = Sight("unanswered messages", waiting, clock)
        self._group = Sight("who reads the messages", group.look, clock)

    @property
    def sights(self) -> tuple[Sight[Any], ...]:
        """What the parts are judged by."""
        return self._group, self._workers, self._waiting

    async def now(self, *, brokers: bool, database: bool) -> Mapping[str, Part]:
        """What is known now by ``brokers`` and ``database``, as far as these can be reached."""
        group, workers, waiting = await asyncio.gather(
            self._group.now(brokers), self._workers.now(database), self._waiting.now(database)
        )
        found = {} if workers is None else said_by(workers)
        read = {} if group is None else read_by(group, self._clock.now().timestamp())
        return found | dict(waiting or {}) | read

    async def aclose(self) -> None:
        """End looks that still run."""
        for sight in self.sights:
            await sight.aclose()


def answered_by(oldest: float | None) -> dict[str, Part]:
    """``unanswered``: whether the ``oldest`` message without an answer, its age in seconds, waits too long."""
    late = oldest is not None and oldest > UNANSWERED_SECONDS
    error = f"a message has waited for its answer for more than {UNANSWERED_SECONDS:g} s" if late else None
    return {"unanswered": part(error, oldest_seconds=oldest)}


def said_by(workers: Sequence[WorkerReport]) -> dict[str, Part]:
    """``workers``: whether one still reports. ``roles``: what those that do say is wrong; ``model`` and
    ``embedder``: of hosted ones.

    ``budget`` is a note and no fault, whatever is ``said`` of it: a person answers, as was wished.

    Where none ever reported nothing is known: their release may be one that does not.
    """
    if not workers:
        return {}
    alive = [worker for worker in workers if worker.age <= SILENT_SECONDS]
    silent = None if alive else f"no worker has reported for {SILENT_SECONDS:g} s"
    roles: dict[str, str | None] = {}
    notes: dict[str, str | None] = {}
    for worker in sorted(alive, key=lambda each: each.worker):
        for role, error in sorted(worker.roles.items()):
            roles[role] = roles.get(role) or error
        for name, said in worker.notes.items():
            notes[name] = notes.get(name) or said
    known = {name: part(roles.pop(name)) for name in (MODEL, EMBEDDER) if name in roles}
    known |= {BUDGET: part(None, said=notes[BUDGET])} if BUDGET in notes else {}
    wrong = "; ".join(f"{role}: {error}" for role, error in roles.items() if error)
    return {"workers": part(silent, alive=len(alive)), "roles": part(wrong or None, roles=roles)} | known


def read_by(group: GroupState, now: float) -> dict[str, Part]:
    """``readers``: whether every partition has one. ``unread``: how old the oldest unread record is at ``now``.

    A topic that is not there is told elsewhere, and a group that is being rearranged says nothing of its readers.
    """
    if not group.partitions:
        return {}
    age = None if group.oldest is None else max(0.0, now - group.oldest)
    late = age is not None and age > UNREAD_SECONDS
    error = f"a message has waited to be read for more than {UNREAD_SECONDS:g} s" if late else None
    found = {"unread": part(error, oldest_seconds=age)}
    if group.assigned is None:
        return found
    lack = f"{group.partitions - group.assigned} of {group.partitions} partitions have no reader"
    readers = part(lack if group.assigned < group.partitions else None, assigned=group.assigned)
    return {"readers": readers, **found}


def part(error: str | None, **facts: object) -> Part:
    """One part of the report: whether it is well, what is wrong with it, and what it was judged by."""
    return {"ok": error is None, "error": error, **facts}
