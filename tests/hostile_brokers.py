"""Listeners that a tenant could name as brokers: what they send to whoever connects, by name."""

import asyncio
import random
import struct
from contextlib import asynccontextmanager

from aiokafka.protocol.admin import ApiVersionResponse_v0
from aiokafka.protocol.metadata import MetadataResponse_v1

MIB = 1024 * 1024
VERSIONS = [(key, 0, 2) for key in (0, 1, 2, 3, 10, 18, 19, 32, 33, 37)]


async def request(reader):
    """The correlation id of the next request."""
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    return (await reader.readexactly(size))[4:8]


def frame(body):
    return struct.pack(">i", len(body)) + body


async def versions(reader, writer):
    """A correct start, as of a broker."""
    writer.write(frame(await request(reader) + ApiVersionResponse_v0(0, VERSIONS).encode()))


async def pour(writer, chunk):
    while True:
        writer.write(chunk)
        await writer.drain()


def announced(size, chunk=b"\0" * 65536):
    async def serve(reader, writer):
        writer.write(struct.pack(">i", size))
        await pour(writer, chunk)

    return serve


def flood(chunk):
    async def serve(reader, writer):
        await pour(writer, chunk)

    return serve


async def silent(reader, writer):
    await reader.read()


async def closing(reader, writer):
    return


async def closing_after_a_request(reader, writer):
    await request(reader)


async def a_byte_now_and_then(reader, writer):
    writer.write(struct.pack(">i", 1000))
    while True:
        writer.write(b"\0")
        await writer.drain()
        await asyncio.sleep(0.05)


async def right_then_a_flood(reader, writer):
    await versions(reader, writer)
    writer.write(struct.pack(">i", 2**31 - 1))
    await pour(writer, b"\xff" * 65536)


async def right_then_silent(reader, writer):
    await versions(reader, writer)
    await reader.read()


async def right_then_nobody_leads(reader, writer):
    await versions(reader, writer)
    while True:
        writer.write(frame(await request(reader) + MetadataResponse_v1([], 5, []).encode()))


async def a_million_versions(reader, writer):
    """A frame of 24 MB, small beside what it is once decoded."""
    given = await request(reader)
    count = 4_000_000
    writer.write(frame(given + struct.pack(">hi", 0, count) + b"\0\1\0\0\0\2" * count))
    await reader.read()


async def versions_upside_down(reader, writer):
    given = await request(reader)
    writer.write(frame(given + ApiVersionResponse_v0(0, [(3, 9, 1)]).encode()))
    await reader.read()


async def another_correlation(reader, writer):
    await request(reader)
    writer.write(frame(b"\x7f\0\0\0" + ApiVersionResponse_v0(0, VERSIONS).encode()))
    await reader.read()


async def brokers_elsewhere(reader, writer):
    """Metadata that sends the client to hosts which are none."""
    await versions(reader, writer)
    brokers = [(node, "x" * 30_000, 2**31 - 1, None) for node in range(20)]
    while True:
        writer.write(frame(await request(reader) + MetadataResponse_v1(brokers, 1, []).encode()))


def generated(seed):
    """Sizes and bytes at random, some after a right start, some in answer to each request."""
    chance = random.Random(seed)

    async def serve(reader, writer):
        if chance.random() < 0.5:
            await versions(reader, writer)
        for _ in range(200):
            if chance.random() < 0.5:
                given = await request(reader)
            else:
                given = chance.randbytes(4)
            body = given + chance.randbytes(chance.choice((0, 1, 7, 300, 70_000)))
            size = chance.choice((len(body), len(body), 0, -1, len(body) - 1, 2**31 - 1, chance.getrandbits(31)))
            writer.write(struct.pack(">i", size) + body)
            await writer.drain()
        await reader.read()

    return serve


HOSTILE = {
    "2 GiB announced": announced(2**31 - 1),
    "1 GiB announced": announced(2**30),
    "200 MiB announced": announced(200 * MIB),
    "a negative size": announced(-5),
    "endless zeros": flood(b"\0" * 65536),
    "endless ones": flood(b"\xff" * 65536),
    "endless HTTP": flood(b"HTTP/1.1 200 OK\r\n\r\n" * 1000),
    "silent": silent,
    "closing": closing,
    "closing after a request": closing_after_a_request,
    "a byte now and then": a_byte_now_and_then,
    "right, then a flood": right_then_a_flood,
    "right, then silent": right_then_silent,
    "right, then nobody leads": right_then_nobody_leads,
    "a million versions": a_million_versions,
    "versions upside down": versions_upside_down,
    "another correlation": another_correlation,
    "brokers elsewhere": brokers_elsewhere,
} | {f"generated {seed}": generated(seed) for seed in range(14)}


@asynccontextmanager
async def listening(serve, host="127.0.0.1"):
    """The address of a broker that does `serve` on every connection."""
    tasks = set()

    async def connected(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client is gone, or the test is over
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(connected, host, 0)
    try:
        yield f"{host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
