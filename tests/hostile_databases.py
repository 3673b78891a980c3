"""Listeners that a tenant could name as a database: what they send to whoever connects, by name."""

import struct

from hostile_brokers import flood, pour, silent

MUCH = 64 * 1024 * 1024
"""What counts as endless: the pod's memory ends not far beyond it, this process's does not."""


async def closing(reader, writer):
    await reader.read(8)


async def started(reader, writer):
    """The dialogue as far as the start, without TLS."""
    await reader.readexactly(8)
    writer.write(b"N")
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    await reader.readexactly(size - 4)


def after_start(*chunks, endless=b""):
    async def serve(reader, writer):
        await started(reader, writer)
        for chunk in chunks:
            writer.write(chunk)
        for _ in range(MUCH // len(endless) if endless else 0):
            writer.write(endless)
            await writer.drain()
        await reader.read()

    return serve


async def tls_and_garbage(reader, writer):
    await reader.readexactly(8)
    writer.write(b"S")
    await pour(writer, b"\0" * 65536)


SERVERS = {
    "silent": silent,
    "closing": closing,
    "endless zeros": flood(b"\0" * 65536),
    "endless N": flood(b"N" * 65536),
    "TLS, then garbage": tls_and_garbage,
    "silent after the start": after_start(),
    "2 GiB announced": after_start(b"R" + struct.pack(">i", 2**31 - 1), endless=b"\0" * 65536),
    "a negative size": after_start(b"R" + struct.pack(">i", -5), endless=b"\0" * 65536),
    "an endless error": after_start(b"E" + struct.pack(">i", 2**31 - 1), endless=b"Mno\0" * 10_000),
    "notices without end": after_start(endless=(b"N" + struct.pack(">i", 10) + b"Mhello") * 5_000),
    "an authentication nobody knows": after_start(b"R" + struct.pack(">ii", 8, 99)),
}
