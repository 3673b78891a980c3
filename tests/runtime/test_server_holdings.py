"""What one visitor's connections make the HTTP server hold: one request each, of bounded size once it is parsed."""

import asyncio
import gc

import pytest
from data_plane import until
from served import HEAD, Served, Start, faults
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from fte_runtime.commands import guarded_http
from fte_runtime.commands.guarded_http import MAX_HEAD_BYTES, MAX_HEADERS

pytestmark = pytest.mark.slow
HELD = b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n"
ONE = HEAD + b"content-length: 5\r\n\r\nHello"
TINY = b"aa:\r\n"
"""Of all headers the one that grows most when it is parsed: 5 bytes to over 100."""


def unanswered(served: Served) -> int:
    """Requests that the process holds, wherever, and has not answered."""
    found = [each for each in gc.get_objects() if isinstance(each, RequestResponseCycle)]
    return sum(not each.response_complete and (each.scope["server"] or ("", 0))[1] == served.port for each in found)


@pytest.mark.parametrize(
    "behind", [ONE, ONE * 200, HEAD + TINY * 50 + b"\r\n", HEAD], ids=["one", "many", "large", "half"]
)
async def test_a_connection_holds_one_request_whatever_it_sends_behind(start: Start, behind: bytes) -> None:
    served = await start()
    opened = [await served.open(HELD + behind) for _ in range(20)]
    await until(lambda: _is(served.asked >= 21), 20, "the first request of each at work")
    assert unanswered(served) == 20
    served.free.set()
    for reader, writer in opened:
        answer = await asyncio.wait_for(reader.read(), 20)
        assert answer.count(b"HTTP/1.1 ") == 1 and answer.endswith(b"held")
        assert b"connection: close\r\n" in answer
        writer.close()
    assert served.asked == 21, "what stood behind is not done, so it may be sent again (RFC 9112 §9.3.2)"


async def test_who_asks_while_they_are_answered_is_answered_the_first_and_closed(start: Start) -> None:
    served = await start()
    reader, writer = await served.open(HELD)
    await until(lambda: _is(served.asked == 2), 20, "the first request at work")
    writer.write(ONE)
    assert await served.status() == 200  # by then the server has read that, too
    served.free.set()
    answer = await asyncio.wait_for(reader.read(), 20)
    assert answer.count(b"HTTP/1.1 ") == 1 and answer.endswith(b"held")
    writer.close()


async def test_who_waits_for_each_answer_is_not_closed_for_a_blank_line(start: Start) -> None:
    """RFC 9112 §2.2: old clients end a body with one more."""
    served = await start()
    reader, writer = await served.open()
    for _ in range(5):
        writer.write(ONE + b"\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"Hello"), 20)
        assert answer.startswith(b"HTTP/1.1 200") and b"connection: close" not in answer
    writer.close()


async def test_what_is_sent_on_behind_a_request_is_not_taken_for_long(start: Start) -> None:
    served = await start()
    answer = await served.told(HELD + ONE, *[b"a" * 1000] * (MAX_HEAD_BYTES // 1000 + 1000))
    assert answer == b"", "the connection ended before the first request was answered"
    served.free.set()


def headers(count: int, last: bytes = b"connection: close\r\n") -> bytes:
    """So many, with the host and ``last``."""
    return HEAD + TINY * (count - 2) + last


@pytest.mark.parametrize("size", [10**6, 7], ids=["at once", "in pieces"])
async def test_a_request_has_at_most_so_many_headers(start: Start, size: int) -> None:
    served = await start()

    async def told(said: bytes) -> bytes:
        return await served.told(*(said[at : at + size] for at in range(0, len(said), size)))

    assert (await told(headers(MAX_HEADERS) + b"\r\n")).startswith(b"HTTP/1.1 200")
    asked = served.asked
    answer = await told(headers(MAX_HEADERS + 1) + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ") and faults(answer) == ["too_large"]
    assert served.asked == asked


async def test_trailers_count_with_the_headers(start: Start) -> None:
    served = await start()
    chunked = headers(MAX_HEADERS - 50, b"transfer-encoding: chunked\r\n") + b"\r\n"
    answer = await served.told(chunked, b"5\r\nHello\r\n0\r\n" + TINY * 52)
    assert b" 200 " not in answer


async def test_heads_that_do_not_end_hold_no_more_headers_than_one_may_have(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded_http, "HEAD_SECONDS", 1000)
    served = await start()
    for said, refused in ((headers(MAX_HEADERS - 1), False), (headers(6000), True)):
        reader, writer = await served.open(said)
        assert await served.status() == 200  # by then the server has read that, too
        assert reader.at_eof() is refused or faults(await asyncio.wait_for(reader.read(), 20)) == ["too_large"]
        writer.close()


async def _is(true: bool) -> bool:
    return true
