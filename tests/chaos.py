"""A data plane under customers' steady writing and random faults, and the oracle's word on it afterwards."""

import asyncio
import time
from pathlib import Path

import ledger
from chaos_world import open_world
from ledger_world import violations

WRITERS = 4


async def run(folder: Path, *, seconds: float, every: float, seed: int) -> dict[str, object]:
    """Customers and faults for ``seconds``, then quiet, then figures; ``violations`` is empty when all was kept."""
    async with open_world(folder, seed) as world:
        writers = [asyncio.create_task(world.write()) for _ in range(WRITERS)]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(min(every, max(end - time.monotonic(), 0)))
            await world.fault()
        for writer in writers:
            writer.cancel()
        outcomes = await asyncio.gather(*writers, return_exceptions=True)
        for failed in (each for each in outcomes if not isinstance(each, asyncio.CancelledError)):
            raise AssertionError("a writer ended") from (failed if isinstance(failed, Exception) else None)
        quiet = time.monotonic()
        await world.settled()
        left = await ledger.unfinished(world.plane.database_url)
        found = await violations(world.plane, world.provider, world.promised())
        return {
            "seed": seed,
            "faults": dict(sorted(world.done.items())),
            "messages": len(world.promised()),
            "posts": world.customers.posts,
            "refused": world.refused,
            "conversations": len(await world.plane.rows(ledger.CONVERSATIONS)),
            "sent": len(world.provider.journal.accepted()),
            "settled_seconds": round(time.monotonic() - quiet, 1),
            "violations": [*found, *(f"{count} {name} left" for name, count in left.items())],
        }
