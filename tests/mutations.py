"""Safeguards taken away, one at a time, in the process that tests/faults.py runs: the oracle must notice each."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from fte_agent.channels import TRAITS, kinds
from fte_database import sql
from fte_database.repositories import delivery_claims
from fte_runtime.bus.base import Record
from fte_runtime.channels.gmail import reading
from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.position import ROLE, Position
from fte_runtime.channels.gmail.pushes import HINTS
from fte_runtime.channels.gmail.resources import Page
from fte_runtime.channels.gmail.sender import GmailSender
from fte_runtime.channels.gmail.sync import Sync
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


def cursor_before_reading() -> None:
    """A mailbox's position moves on before what is up to it is on the bus."""
    catch_up = Sync._catch_up

    async def move_first(self: Sync) -> None:
        text = await self._cursors.read(self.key, ROLE)
        if text is None:
            await catch_up(self)
            return
        before = Position.read(text)
        ahead = before.moved((await self._account.profile()).history_id, before.newest)
        await self._cursors.move(self.key, ROLE, before=text, after=str(ahead))
        await self._history(before)

    Sync._catch_up = move_first  # type: ignore[method-assign]


def first_page_alone() -> None:
    """History ends with its first page."""
    history = Account.history

    async def one_page(*arguments: Any, **named: Any) -> Page:
        return replace(await history(*arguments, **named), next_page_token=None)

    Account.history = one_page  # type: ignore[method-assign]


def cursor_by_push() -> None:
    """A mailbox is read from the history id that a push names."""
    catch_up = Sync._catch_up

    async def pushed_on(self: Sync) -> None:
        text, hint = await self._cursors.read(self.key, ROLE), await self._cursors.read(self.key, HINTS)
        if text is not None and hint is not None:
            before = Position.read(text)
            pushed = before.moved(int(hint.partition(" ")[0]), before.newest)
            await self._cursors.move(self.key, ROLE, before=text, after=str(pushed))
        await catch_up(self)

    Sync._catch_up = pushed_on  # type: ignore[method-assign]


def sent_is_received() -> None:
    """What the mailbox sent is read as if somebody had written it to us."""
    receipt = reading.Receipt

    def received(*facts: Any, sent: bool) -> object:
        return receipt(*facts, sent=False)

    reading.Receipt = received  # type: ignore[assignment,misc]


def own_reply_is_a_colleague_s() -> None:
    """Our mark on what was sent is not looked at."""
    tell_of = reading.Reader._tell_of

    async def unmarked(self: reading.Reader, mail: Any, message: Any) -> None:
        await tell_of(self, replace(mail, delivery=""), message)

    reading.Reader._tell_of = unmarked  # type: ignore[method-assign]


def look_up_finds_nothing() -> None:
    """A mailbox is not asked for what may have been sent."""

    async def nothing(self: GmailSender, delivery: object) -> None:
        return None

    GmailSender.look_up = nothing  # type: ignore[assignment,method-assign]


MUTATIONS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        commit_without_compare,
        offset_before_store,
        resend_without_look_up,
        cursor_before_reading,
        first_page_alone,
        cursor_by_push,
        sent_is_received,
        own_reply_is_a_colleague_s,
        look_up_finds_nothing,
    )
}
