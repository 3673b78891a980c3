"""Positions that mean something in one mailbox alone, since each has a history of its own.

A SupportChannel may be deleted and made anew under its name, for another mailbox: what the last one left is then as if
it were not there, else mail would be skipped, or old mail answered.
"""

from collections.abc import Collection

from fte_runtime.channels.base import Cursors


class OwnCursors:
    """Cursors of which ``readers`` belong to ``mailbox``; the others are the channel's, whatever it reads."""

    def __init__(self, cursors: Cursors, mailbox: str, readers: Collection[str]) -> None:
        self._cursors = cursors
        self._mailbox = mailbox
        self._readers = frozenset(readers)

    async def read(self, channel_name: str, reader: str) -> str | None:
        """As `Cursors.read`; None too for the position of another mailbox."""
        text = await self._cursors.read(channel_name, reader)
        return self._own(text) if reader in self._readers else text

    async def move(self, channel_name: str, reader: str, *, before: str | None, after: str) -> bool:
        """As `Cursors.move`; the position of another mailbox gives way."""
        if reader not in self._readers:
            return await self._cursors.move(channel_name, reader, before=before, after=after)
        stored = await self._cursors.read(channel_name, reader)
        if self._own(stored) != before:
            return False
        return await self._cursors.move(channel_name, reader, before=stored, after=f"{after} {self._mailbox}")

    def _own(self, text: str | None) -> str | None:
        """One that names no mailbox was always ours."""
        position, _, mailbox = (text or "").rpartition(" ")
        if "@" not in mailbox:
            return text
        return position if mailbox == self._mailbox else None
