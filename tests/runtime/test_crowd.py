"""The whole program ``fte-api`` under a crowd: others are answered, and the probes find it alive."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import floods
import httpx
import pytest
from data_plane import DataPlane
from hostile_requests import CRAMMED, ENDLESS, HEAVY, IDLE, WAITING
from ports import free_port

pytestmark = pytest.mark.slow

NOWHERE = "127.0.0.1:9"
SECONDS = 5.0
"""What a visitor waits at most, and the kubelet."""


@pytest.fixture
def many_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    floods.many_files()
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@asynccontextmanager
async def an_api_alone(folder: Path, database_url: str) -> AsyncIterator[DataPlane]:
    """An API whose Kafka is away; the form's page needs neither it nor PostgreSQL."""
    plane = DataPlane(folder, database_url, NOWHERE)
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / "url").write_text(plane.database_url)
    (secrets / "status-token-current").write_text("0" * 64)
    try:
        await plane.api()
        yield plane
    finally:
        await plane.end()


@pytest.fixture
async def plane(tmp_path: Path, many_files: None) -> AsyncIterator[DataPlane]:
    async with an_api_alone(tmp_path, f"postgresql://nobody@{NOWHERE}/none") as plane:
        yield plane


async def whatsapp_too(plane: DataPlane) -> None:
    """Start another API that has a WhatsApp sender besides."""
    token = plane.folder / "auth-token"
    token.write_text("1" * 32)
    settings = {"sender": "+14155238886", "account_sid_file": str(token), "auth_token_file": str(token)}
    plane.channels.append({"name": "whatsapp", "type": "TwilioWhatsApp", "twilio_whatsapp": settings})
    plane.public = {"public_url": "https://support.example.org"}
    plane.api_port, plane.api_metrics_port = free_port(), free_port()
    await plane.api()


async def everybody_is_served(plane: DataPlane, times: int = 3) -> None:
    """A new visitor, on a connection of their own, and the kubelet."""
    for _ in range(times):
        for url in (f"http://127.0.0.1:{plane.api_port}/support/", f"{plane.inner}/healthz", f"{plane.inner}/readyz"):
            async with httpx.AsyncClient(timeout=SECONDS) as http:
                assert (await http.get(url)).status_code == 200, url


@asynccontextmanager
async def under(attack: floods.Attack, plane: DataPlane) -> AsyncIterator[None]:
    """While that goes on, from when it is all there."""
    target = floods.Target("127.0.0.1", plane.api_port)
    attacking = asyncio.create_task(attack(target))
    async with asyncio.timeout(60):
        await target.begun.wait()
    yield
    assert not attacking.done()
    attacking.cancel()
    await asyncio.gather(attacking, return_exceptions=True)


@pytest.mark.parametrize("said", IDLE.values(), ids=IDLE)
async def test_two_thousand_idle_sockets_keep_nobody_out(plane: DataPlane, said: bytes) -> None:
    async with under(floods.held(said), plane):
        await everybody_is_served(plane)


@pytest.mark.parametrize("said", HEAVY.values(), ids=HEAVY)
async def test_a_thousand_heads_of_tiny_headers_hold_little(plane: DataPlane, said: bytes) -> None:
    async with under(floods.held(said, 1000), plane):
        await everybody_is_served(plane, 5)
        assert plane.resident_mib() < 200


@pytest.mark.parametrize(("start", "more"), ENDLESS.values(), ids=ENDLESS)
async def test_who_goes_on_and_on_holds_nobody_up(plane: DataPlane, start: bytes, more: bytes) -> None:
    async with under(floods.endless(start, more), plane):
        await everybody_is_served(plane, 5)
        assert plane.resident_mib() < 400


@pytest.mark.parametrize("request_", CRAMMED.values(), ids=CRAMMED)
async def test_whole_bodies_that_take_long_to_read_hold_nobody_up(plane: DataPlane, request_: bytes) -> None:
    """On 60 connections: what takes 30 ms each held up a probe for more than the kubelet waits."""
    await whatsapp_too(plane)
    async with under(floods.hammering(request_, 60), plane):
        await everybody_is_served(plane, 5)


@pytest.mark.parametrize("request_", WAITING.values(), ids=WAITING)
async def test_a_database_that_hangs_takes_no_connection_from_the_form(
    tmp_path: Path, many_files: None, request_: bytes
) -> None:
    async def hole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass
        writer.close()

    server = await asyncio.start_server(hole, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, an_api_alone(tmp_path, f"postgresql://nobody@127.0.0.1:{port}/none") as plane:
        await plane.http.get("/health")  # the first one waits for the first look
        async with under(floods.hammering(request_, 1010, 1.0), plane):
            await everybody_is_served(plane, 20)
