"""Whatever listens where a tenant points the migration: it ends in time with a reason, and says nothing of a password.

It runs in the employee's own Job, with that Job's memory: the operator connects to no database (ADR 30).
"""

import asyncio
import time

import pytest
from hostile_brokers import listening
from hostile_databases import SERVERS

from fte_database.errors import DatabaseError
from fte_database.migrate import migrate
from fte_database.pool import CONNECT_SECONDS
from fte_runtime.commands.migrate import reason_of

pytestmark = pytest.mark.slow
REASONS = ("Unreachable", "TimedOut", "TLSFailed")
"""What keeps it away, as far as that can be told; docs/troubleshooting.md says what to look at for each."""


@pytest.mark.parametrize("name", SERVERS)
async def test_it_ends_in_time_with_a_reason(name):
    begun = time.monotonic()
    async with listening(SERVERS[name]) as address:
        with pytest.raises(DatabaseError) as caught:
            async with asyncio.timeout(60):  # beyond every bound
                await migrate(f"postgresql://helper:canary-77aa@{address}/db", "shop/helper")
    assert reason_of(caught.value) in REASONS
    assert "canary" not in str(caught.value)
    assert time.monotonic() - begun < 4 * CONNECT_SECONDS, "with and without TLS, and a slow machine"
