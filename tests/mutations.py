"""Safeguards taken away, one at a time, in the process that tests/faults.py runs: the oracle must notice each."""

import re
from collections.abc import Callable, Sequence
from types import MappingProxyType

from fte_agent.channels import TRAITS, kinds
from fte_database import sql
from fte_database.repositories import delivery_claims
from fte_runtime.bus.base import Record
from fte_runtime.worker.consume import Consume


def commit_without_compare() -> None:
    """A claim commits whoever has the conversation by now. Dropping the epoch alone is not seen: the lease and what
    is answered are compared, too, and each of them would do against a single second worker."""
    statement = sql.QUERIES["close_burst"]
    for column in ("epoch", "answered_through_seq"):
        statement, count = re.subn(rf"AND {column} = (\$\d+)", r"AND \1::bigint IS NOT NULL", statement)
        assert count == 1, column
    statement, count = re.subn(r"\n\s+AND lease_owner IS NOT NULL", "", statement)
    assert count == 1
    sql.QUERIES = MappingProxyType({**sql.QUERIES, "close_burst": statement})


def offset_before_store() -> None:
    """A record's offset is committed before the record is stored."""

    async def take(self: Consume, records: list[Record]) -> None:
        while records:
            await self._consumer.commit(records[0])
            await self._taker.take(records.pop(0))

    Consume._take_partition = take  # type: ignore[assignment,method-assign]


def resend_without_look_up() -> None:
    """What may have left is sent again, on every kind of channel."""

    def every_kind(_: object) -> Sequence[str]:
        return sorted(TRAITS)

    assert delivery_claims.kinds is kinds, "a claim decides elsewhere now what may be sent again"
    delivery_claims.kinds = every_kind  # type: ignore[assignment]


MUTATIONS: dict[str, Callable[[], None]] = {
    each.__name__: each for each in (commit_without_compare, offset_before_store, resend_without_look_up)
}
