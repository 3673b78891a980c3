"""The HTTP server around an application: what it does with connections that do not get on, or are too many."""

import asyncio
import contextlib

import pytest
from hostile_requests import AMBIGUOUS
from ports import free_port
from served import HEAD, Start, faults
from starlette.responses import PlainTextResponse

from fte_runtime.commands import guarded_http, server

pytestmark = pytest.mark.slow


async def test_it_tells_when_it_listens() -> None:
    listening, port = asyncio.Event(), free_port()
    async with server.serving(PlainTextResponse("well"), port, grace_seconds=0, listening=listening):
        await asyncio.wait_for(listening.wait(), 20)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD + b"x: " + b"a" * 40_000 + b"\r\n\r\n"],
        [HEAD, b"x: ", *[b"a" * 1000] * 40],
        [HEAD, *[f"x{n}: {n}\r\n".encode() for n in range(4000)]],
        [b"POST /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n"],
    ],
    ids=["at once", "one header without end", "headers without end", "address"],
)
async def test_a_head_that_goes_on_is_refused_and_not_read_further(start: Start, pieces: list[bytes]) -> None:
    served = await start()
    answer = await served.told(*pieces)  # lost to who goes on writing: their system is told that nobody listens
    assert answer == b"" or (answer.startswith(b"HTTP/1.1 431 ") and faults(answer) == ["too_large"])
    assert await served.status() == 200


async def test_a_head_of_the_limit_before_a_large_body_is_taken(start: Start) -> None:
    served = await start()
    body = b"b" * 300_000
    filler = b"x: " + b"a" * (guarded_http.MAX_HEAD_BYTES - 400) + b"\r\n"
    lines = b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    whole = HEAD + filler + lines
    for pieces in ([whole + body], [whole[:-1], whole[-1:] + body], [whole[:5000], whole[5000:], body]):
        assert (await served.told(*pieces)).endswith(b"\r\n\r\n" + body)


@pytest.mark.parametrize("said", [b"", b"\r\n", b"POST", HEAD], ids=["nothing", "blank", "a word", "half"])
async def test_who_does_not_get_on_is_closed(start: Start, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(guarded_http, "HEAD_SECONDS", 0.2)
    served = await start()
    answer = await served.told(said)
    assert answer == b"" if not said else faults(answer) == ["too_slow"]


async def test_who_speaks_a_byte_at_a_time_has_no_more_time(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded_http, "HEAD_SECONDS", 0.5)
    served = await start()
    reader, writer = await served.open(HEAD)
    answer = asyncio.create_task(reader.read())
    async with asyncio.timeout(20):
        while not answer.done():
            writer.write(b"a")
            await asyncio.wait([answer], timeout=0.05)
    with contextlib.suppress(ConnectionResetError):  # who goes on writing may not be told
        assert faults(await answer) == ["too_slow"]
    writer.close()


async def test_later_requests_of_a_connection_are_guarded_too(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded_http, "HEAD_SECONDS", 0.3)
    served = await start()
    one = HEAD + b"content-length: 2\r\n\r\nhi"
    reader, writer = await served.open(one)
    assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
    writer.write(HEAD)
    assert faults(await asyncio.wait_for(reader.read(), 20)) == ["too_slow"]
    writer.close()
    reader, writer = await served.open(one)
    await reader.readuntil(b"hi")
    writer.write(HEAD + b"x: " + b"a" * 40_000)
    assert faults(await asyncio.wait_for(reader.read(), 20)) == ["too_large"]
    writer.close()


async def test_a_head_behind_a_request_at_work_is_bounded(start: Start) -> None:
    served = await start()
    slow = b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n"
    answer = await served.told(slow, HEAD, *[b"x: " + b"a" * 1000 + b"\r\n"] * 100)
    assert b" 200 " not in answer, "the connection ended before the first request was answered"
    served.free.set()


CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        [b"0\r\nx: ", *[b"a" * 1000] * 40],
        [b"0\r\n", *[b"x: a\r\n" * 200] * 40],
        [b"1;", *[b"a" * 1000] * 40],
        [b"1\r\na\r\n" * 20_000],
    ],
    ids=["trailer without end", "trailers without end", "extension without end", "a byte each"],
)
@pytest.mark.parametrize("head", [CHUNKED, CHUNKED.replace(b"POST /echo", b"GET /nowhere")], ids=["read", "not read"])
async def test_what_is_no_body_is_bounded_behind_the_head_too(start: Start, head: bytes, pieces: list[bytes]) -> None:
    served = await start()
    answer = await served.told(head, *pieces)
    assert b" 200 " not in answer
    assert await served.status() == 200


@pytest.mark.parametrize(
    ("begin", "one", "end", "few"),
    [
        (HEAD + b"connection: close\r\n", b"x:a\r\n", b"content-length: 0\r\n\r\n", guarded_http.MAX_HEADERS - 9),
        (CHUNKED.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"), b"1\r\na\r\n", b"0\r\n\r\n", 500),
    ],
    ids=["headers", "chunks"],
)
async def test_tiny_ones_count_by_their_number(start: Start, begin: bytes, one: bytes, end: bytes, few: int) -> None:
    """Two thousand of them are but 12 KB, and take as much time as large ones."""
    served = await start()
    assert b" 200 " in await served.told(begin + one * few + end)
    assert b" 200 " not in await served.told(begin + one * 2000 + end)


async def test_a_trailer_is_no_header(start: Start) -> None:
    """A proxy judges the headers and lets trailers through: none may say whom it heard (RFC 9110 §6.5.1)."""
    served = await start()
    asked = CHUNKED.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    answer = await served.told(asked + b"1\r\na\r\n0\r\nx-forwarded-for: 192.0.2.1\r\n\r\n")
    assert answer.endswith(b"\r\n\r\na")
    assert b"x-forwarded-for" not in served.names


async def test_a_body_in_chunks_is_taken(start: Start) -> None:
    served = await start()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in [b"c" * 200] * 500)
    answer = await served.told(CHUNKED.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"), chunks, b"0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n" + b"c" * 100_000)


async def test_a_connection_may_be_used_for_long(start: Start) -> None:
    served = await start()
    reader, writer = await served.open()
    for _ in range(50):
        writer.write(HEAD + b"x: " + b"a" * 1000 + b"\r\ncontent-length: 2\r\n\r\nhi")
        assert (await asyncio.wait_for(reader.readuntil(b"hi"), 20)).startswith(b"HTTP/1.1 200")
    writer.close()


async def cut_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, more: bytes) -> None:
    """Send ``more`` now and then until the server has gone."""
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(more)
                await writer.drain()
                await asyncio.sleep(0.05)
    writer.close()


@pytest.mark.parametrize("path", [b"POST /echo", b"GET /nowhere"], ids=["read", "not read"])
async def test_a_body_without_end_has_its_time(start: Start, monkeypatch: pytest.MonkeyPatch, path: bytes) -> None:
    monkeypatch.setattr(guarded_http, "HEAD_SECONDS", 1000)
    monkeypatch.setattr(guarded_http, "REQUEST_SECONDS", 0.5)
    served = await start()
    await cut_off(*await served.open(CHUNKED.replace(b"POST /echo", path)), b"1\r\na\r\n")


@pytest.mark.parametrize(
    ("start_of_body", "more"),
    [(b"1\r\na\r\n", b"1\r\na\r\n"), (b"", b"1\r\na\r\n" * 900), (b"", b"no chunk\r\n")],
    ids=["too slow", "too large", "malformed"],
)
async def test_a_request_that_was_answered_before_it_was_read_has_no_second_answer(
    start: Start, monkeypatch: pytest.MonkeyPatch, start_of_body: bytes, more: bytes
) -> None:
    monkeypatch.setattr(guarded_http, "REQUEST_SECONDS", 1.0)
    served = await start()
    reader, writer = await served.open(CHUNKED.replace(b"POST /echo", b"GET /nowhere") + start_of_body)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    assert head.startswith(b"HTTP/1.1 404")
    writer.write(more * 3)
    rest = await asyncio.wait_for(reader.read(), 20)
    assert b"HTTP/1.1" not in rest
    writer.close()


async def test_an_answer_that_nobody_reads_has_its_time(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded_http, "HEAD_SECONDS", 1000)
    monkeypatch.setattr(guarded_http, "UNREAD_SECONDS", 0.3)
    served = await start()
    body = b"b" * 8_000_000  # more than a system's buffers hold
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1024)
    writer.write(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()
    await cut_off(reader, writer, b"G")


async def test_what_is_no_http_is_told_so(start: Start) -> None:
    served = await start()
    assert faults(await served.told(b"hello\r\n\r\n")) == ["malformed"]


@pytest.mark.parametrize("said", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_what_two_servers_would_read_differently_ends_the_connection(start: Start, said: bytes) -> None:
    served = await start()
    answer = await served.told(said.replace(b"/support/submit", b"/echo"))
    assert answer.count(b"HTTP/1.1 ") <= 1, "and nothing behind it was taken for a request"
    assert b" 200 " not in answer


@pytest.mark.parametrize(
    "said",
    [
        b"POST / HT",
        HEAD + b"content-length: 5\r\n\r\nHel",
        HEAD + b"content-length: 5\r\n\r\nHello",
        CHUNKED.replace(b"POST /echo", b"GET /nowhere"),
    ],
    ids=["silent", "half a body", "answered already", "answered before it was read"],
)
async def test_connections_that_wait_for_their_visitor_make_room(
    start: Start, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 20)
    served = await start()
    idle = []
    for _ in range(40):
        idle.append(await served.open(said))
        assert await served.status() == 200
    idle += await asyncio.gather(*(served.open(said) for _ in range(100)))  # accepted many at a time
    for _ in range(5):
        assert await served.status() == 200
    for _, writer in idle:
        writer.close()


async def test_connections_that_end_their_request_after_its_answer_make_room(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 20)
    served = await start()
    idle = []
    for _ in range(40):
        reader, writer = await served.open(CHUNKED.replace(b"POST /echo", b"GET /nowhere"))
        idle.append(writer)
        assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"HTTP/1.1 404")
        writer.write(b"0\r\n\r\n")
        assert await served.status() == 200
    for writer in idle:
        writer.close()


async def test_where_all_are_at_work_one_more_is_refused_until_a_place_is_free(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 10)
    served = await start()
    busy = [await served.open(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n") for _ in range(10)]
    await served.becomes(503)
    served.free.set()
    await served.becomes(200)
    for _, writer in busy:
        writer.close()
