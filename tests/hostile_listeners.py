"""Every hostile broker and database at one address, as a process of its own.

``python tests/hostile_listeners.py HOST`` prints where each listens, as JSON, then a line with its name at each
connection, until SIGTERM.
"""

import asyncio
import json
import sys
from contextlib import AsyncExitStack

from hostile_brokers import HOSTILE, listening
from hostile_databases import SERVERS


def _tell(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def announcing(name, serve):
    async def connected(reader, writer):
        _tell(name)
        await serve(reader, writer)

    return connected


async def _serve(host):
    async with AsyncExitStack() as open_for_all:
        where = {}
        for kind, table in (("broker", HOSTILE), ("database", SERVERS)):
            for name, serve in table.items():
                listener = listening(announcing(f"{kind}: {name}", serve), host)
                where[f"{kind}: {name}"] = await open_for_all.enter_async_context(listener)
        _tell(json.dumps(where))
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
