"""What a fault of the truth test is, and the list of all of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from truth_world import World

TOLD_SECONDS, RECOVERED_SECONDS, ANSWERED_SECONDS = 60.0, 10.0, 30.0

Broken = Callable[[World], AsyncIterator[None]]
Mended = Callable[[World], Awaitable[bool]]


@dataclass(frozen=True)
class Fault:
    """``broken`` breaks the world up to its ``yield`` and mends it after that.

    ``reasons`` are those that ``Ready`` may give. ``bare`` says that it needs the processes themselves, as only the
    bare control plane has them. ``mended`` says whether the product mended it by itself: then nothing need be told.
    """

    name: str
    reasons: tuple[str, ...]
    broken: Broken
    bare: bool = False
    told_within: float = TOLD_SECONDS
    recovered_within: float = RECOVERED_SECONDS
    answered_within: float = ANSWERED_SECONDS
    mended: Mended | None = None


FAULTS: list[Fault] = []


def fault(
    name: str,
    *reasons: str,
    bare: bool = False,
    recovered: float = RECOVERED_SECONDS,
    mended: Mended | None = None,
) -> Callable[..., Broken]:
    """Put a generator of a world on the list."""

    def listed(broken: Broken) -> Broken:
        FAULTS.append(Fault(name, reasons, broken, bare, recovered_within=recovered, mended=mended))
        return broken

    return listed
