"""How far the readers of channels' histories have come."""

import pytest

from fte_database.pool import Database
from fte_database.repositories.cursors import ChannelCursorStore

pytestmark = pytest.mark.postgres


async def test_a_reader_goes_on_where_it_was(database: Database) -> None:
    cursors = ChannelCursorStore(database)
    assert await cursors.read("whatsapp", "poll") is None
    assert await cursors.move("whatsapp", "poll", before=None, after="a")
    assert await cursors.move("whatsapp", "poll", before="a", after="b")
    assert await cursors.read("whatsapp", "poll") == "b"


async def test_readers_and_channels_are_apart(database: Database) -> None:
    cursors = ChannelCursorStore(database)
    assert await cursors.move("whatsapp", "poll", before=None, after="a")
    assert await cursors.read("whatsapp", "outside") is None
    assert await cursors.read("shop", "poll") is None


async def test_who_was_overtaken_moves_nothing(database: Database) -> None:
    cursors = ChannelCursorStore(database)
    assert await cursors.move("whatsapp", "poll", before=None, after="b")
    assert not await cursors.move("whatsapp", "poll", before=None, after="a")
    assert not await cursors.move("whatsapp", "poll", before="a", after="c")
    assert await cursors.read("whatsapp", "poll") == "b"
