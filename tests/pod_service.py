"""An address for each port that leads to whichever API pod is ready, as a Service's do."""

import asyncio
from contextlib import AsyncExitStack, suppress

from pods import Pods


async def served(stack: AsyncExitStack, pods: Pods, name: str) -> str:
    """The base URL of the API's port of that name, until the stack is left."""
    server = await asyncio.start_server(lambda r, w: _lead(pods, name, r, w), "127.0.0.1", 0)
    stack.callback(server.close)
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _lead(pods: Pods, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection to the Service's address: to a ready API pod, or nowhere."""
    port = pods.api_port(name)
    if port is None:
        writer.close()
        return
    with suppress(OSError):
        inward, outward = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pump(reader, outward), _pump(inward, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
