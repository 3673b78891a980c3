"""The roles of one process: all of them run, or the process ends and is started again."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

logger = logging.getLogger(__name__)

CUT_SECONDS = 2.0
"""How long a role that was cancelled may take to leave."""


class Role(Protocol):
    """A loop with a task of its own."""

    async def run(self) -> None:
        """Work until told to stop; an error that leaves it is one nobody foresaw."""


class Supervisor:
    """Starts roles as separate tasks, so that none waits for another, and ends them together."""

    def __init__(self, roles: Mapping[str, Role], *, stopping: asyncio.Event, shutdown_seconds: float) -> None:
        self._roles = roles
        self._stopping = stopping
        self._shutdown_seconds = shutdown_seconds
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def alive(self) -> bool:
        """Whether every role runs."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks.values())

    async def run(self) -> bool:
        """Run until ``stopping`` or until a role ends by itself; True when all ended as told."""
        self._tasks = {name: asyncio.create_task(role.run(), name=name) for name, role in self._roles.items()}
        told = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({told, *self._tasks.values()}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        self._stopping.set()
        _, late = await asyncio.wait(self._tasks.values(), timeout=self._shutdown_seconds)
        for task in late:
            logger.error("role did not stop in time", extra={"role": task.get_name()})
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=CUT_SECONDS)
        ended = {name: task for name, task in self._tasks.items() if task.done() and not task.cancelled()}
        failed = {name: error for name, task in ended.items() if (error := task.exception())}
        for name, error in failed.items():
            logger.critical("role died", extra={"role": name}, exc_info=error)
        return not failed
