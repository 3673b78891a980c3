"""The poller against a loopback server in the place of every API."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from ports import free_port

import fte_operator.health
from fte_operator.health import ANSWER_BYTES, HealthPoller
from fte_operator.workqueue import Key

KEY = Key("DigitalFTE", "shop", "helper")
WELL = {"ok": True, "error": None}
GOOD = {"status": "ok", "kafka": WELL, "database": WELL, "channels": {"website": WELL}}
BAD = GOOD | {"database": {"ok": False, "error": "gone"}}


class Apis:
    """Answers for every API; `answer` is what the next request gets, `asked` are the paths so far."""

    def __init__(self):
        self.answer = lambda: web.json_response(GOOD)
        self.by_host = {}
        self.asked = []
        self.url = ""
        self.speaks = asyncio.Event()
        self.speaks.set()

    async def handle(self, request):
        self.asked.append(request.path)
        await self.speaks.wait()
        return self.by_host.get(request.url.host, self.answer)()


@pytest.fixture
async def apis():
    served = Apis()
    app = web.Application()
    app.router.add_get("/{path:.*}", served.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.port = runner.addresses[0][1]
    await web.TCPSite(runner, "127.0.0.2", served.port).start()
    served.url = f"http://127.0.0.1:{served.port}/{{namespace}}/{{name}}"
    yield served
    served.speaks.set()
    await runner.cleanup()


@asynccontextmanager
async def polling(url, enqueue, period=0.02):
    poller = HealthPoller(url)
    task = asyncio.create_task(poller.run(period, enqueue))
    try:
        yield poller.health
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(met):
    async with asyncio.timeout(10):
        while not met():  # noqa: ASYNC110 - a condition over the poller's state, which tells nobody
            await asyncio.sleep(0.005)


async def test_a_newcomer_is_asked_at_once_and_everybody_concerned_hears_of_it(apis):
    heard = []
    async with polling(apis.url, heard.append, period=3600) as health:
        await asyncio.sleep(0)  # the first round is over an empty list
        health.watch(KEY, ["website"])
        assert health.of(KEY) is None
        await until(lambda: health.of(KEY) == {})
    assert apis.asked == ["/shop/helper/health"]
    assert set(heard) == {KEY, Key("SupportChannel", "shop", "website")}


async def test_only_changes_are_heard_of(apis):
    heard = []
    async with polling(apis.url, heard.append) as health:
        health.watch(KEY, [])
        await until(lambda: len(apis.asked) > 5)
        assert heard == [KEY]
        apis.answer = lambda: web.json_response(BAD)
        await until(lambda: len(heard) > 1)
        assert health.of(KEY) == {"database": "gone"}
        count = len(apis.asked)
        await until(lambda: len(apis.asked) > count + 5)
        assert heard == [KEY, KEY]
        apis.answer = lambda: web.json_response(GOOD)
        await until(lambda: health.of(KEY) == {})
        assert heard == [KEY, KEY, KEY]
        health.forget(KEY)
        assert health.of(KEY) is None


async def test_at_a_start_during_an_outage_nothing_is_known_before_the_second_report(apis):
    apis.answer = lambda: web.json_response(BAD)
    known = []
    async with polling(apis.url, lambda key: known.append((len(apis.asked), health.of(key)))) as health:
        health.watch(KEY, [])
        await until(lambda: known)
    assert known[0][0] >= 2
    assert known[0][1] == {"database": "gone"}


async def test_what_becomes_known_of_a_channel_is_heard_of_once(apis):
    part = "channel website credentials"
    heard = []
    async with polling(apis.url, heard.append) as health:
        health.watch(KEY, ["website"])
        await until(lambda: heard)
        assert health.known_parts(KEY) == frozenset()
        heard.clear()
        apis.answer = lambda: web.json_response(
            GOOD | {"channels": {"website": WELL | {"parts": {"credentials": WELL}}}}
        )
        await until(lambda: health.known_parts(KEY) == {part})
        count = len(apis.asked)
        await until(lambda: len(apis.asked) > count + 3)
        assert sorted(heard) == sorted({KEY, Key("SupportChannel", "shop", "website")})
        assert health.of(KEY) == {}


def too_long():
    return web.Response(body=json.dumps(BAD).encode() + b" " * ANSWER_BYTES)


async def test_of_a_report_only_what_is_read_is_kept(apis):
    strangers = {f"stranger-{n}": WELL | {"ok": n % 2 == 0, "parts": {"credentials": WELL}} for n in range(500)}
    mine = WELL | {"parts": {"credentials": WELL, "invented": WELL}}
    apis.answer = lambda: web.json_response(GOOD | {"channels": {"website": mine} | strangers})
    async with polling(apis.url, lambda key: None) as health:
        health.watch(KEY, ["website"])
        await until(lambda: health.of(KEY) is not None)
        assert (health.of(KEY), health.known_parts(KEY)) == ({}, {"channel website credentials"})


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(text="no report"),
        lambda: web.json_response(BAD, status=503),
        lambda: web.Response(status=302, headers={"Location": "/elsewhere"}),
        too_long,
    ],
    ids=["no report", "not 200", "redirect", "too long"],
)
async def test_an_answer_that_is_no_report_changes_nothing(apis, answer):
    async with polling(apis.url, lambda key: None) as health:
        apis.answer = lambda: web.json_response(BAD)
        health.watch(KEY, [])
        await until(lambda: health.of(KEY))
        apis.answer = answer
        count = len(apis.asked)
        await until(lambda: len(apis.asked) > count + 3)
        assert health.of(KEY) == {"database": "gone"}
    assert set(apis.asked) == {"/shop/helper/health"}, "no redirect is followed"


async def test_nobody_there_counts_as_known_and_well():
    heard = []
    async with polling(f"http://127.0.0.1:{free_port()}", heard.append) as health:
        health.watch(KEY, [])
        await until(lambda: heard)
        assert health.of(KEY) == {}


async def test_interim_answers_without_end_are_not_read_on(monkeypatch):
    """An HTTP client passes over them, for as long as they come."""
    monkeypatch.setattr("fte_operator.health.ANSWER_SECONDS", 3600)
    ended = asyncio.Event()

    async def speak(_, writer):
        try:
            while True:
                writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)
                await writer.drain()
        except ConnectionError:
            ended.set()
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server, polling(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", lambda key: None) as health:
        health.watch(KEY, [])
        await until(lambda: ended.is_set() and health.of(KEY) == {})


async def test_one_namespace_s_silent_apis_keep_no_other_waiting(apis, monkeypatch):
    monkeypatch.setattr("fte_operator.health.ANSWER_SECONDS", 3600)
    never = asyncio.Event()

    async def wait(_, writer):
        await never.wait()
        writer.transport.abort()

    server = await asyncio.start_server(wait, "127.0.0.1", 0)
    silent = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    good = apis.url.removeprefix("http://").partition("/")[0]
    monkeypatch.setattr("fte_operator.health._exchange", _led(silent, good))
    async with polling("http://{namespace}/{name}", lambda key: None) as health:
        for n in range(100):
            health.watch(Key("DigitalFTE", "silent", f"helper-{n}"), [])
        health.watch(KEY, [])
        await until(lambda: len(apis.asked) > 3)
        assert health.of(KEY) == {}
    never.set()
    server.close()
    await server.wait_closed()


async def test_who_was_silent_again_and_again_keeps_no_other_waiting(apis, monkeypatch):
    monkeypatch.setattr("fte_operator.health.AT_ONCE", 1)
    monkeypatch.setattr("fte_operator.health.ANSWER_SECONDS", 0.01)
    asked = []
    server = await asyncio.start_server(lambda _, writer: asked.append(writer), "127.0.0.1", 0)
    silent = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    good = apis.url.removeprefix("http://").partition("/")[0]
    monkeypatch.setattr("fte_operator.health._exchange", _led(silent, good))
    known = Key("DigitalFTE", "silent", "helper")
    async with polling("http://{namespace}/{name}", lambda key: None) as health:
        health.watch(known, [])
        await until(lambda: health.silent(known))
        monkeypatch.setattr("fte_operator.health.ANSWER_SECONDS", 3600)
        before = len(asked)
        await until(lambda: len(asked) > before)
        health.watch(KEY, [])
        await until(lambda: health.of(KEY) == {})
    for writer in asked:
        writer.transport.abort()
    server.close()


def _led(silent, good):
    """Where the namespaces lead."""
    exchange = fte_operator.health._exchange

    async def led(host, port, authority, path):
        where, _, port = {"silent": silent}.get(host, good).partition(":")
        return await exchange(where, int(port), authority, path)

    return led


async def test_what_has_no_address_is_not_asked_and_known_to_be_silent(apis):
    heard = []
    async with polling(f"http://{{address}}:{apis.port}", heard.append) as health:
        health.watch(KEY, [])
        await until(lambda: health.silent(KEY))
        assert (apis.asked, heard, health.of(KEY)) == ([], [KEY, KEY], {})
        health.watch(KEY, [], ("127.0.0.1",))
        await until(lambda: not health.silent(KEY))
    assert heard == [KEY, KEY, KEY]


async def test_each_pod_is_asked_and_the_fault_of_one_is_a_fault(apis):
    apis.by_host["127.0.0.2"] = lambda: web.json_response(BAD)
    async with polling(f"http://{{address}}:{apis.port}", lambda key: None) as health:
        health.watch(KEY, ["website"], ("127.0.0.1", "127.0.0.2"))
        await until(lambda: health.of(KEY) == {"database": "gone (1 of 2 pods)"})
        apis.answer = lambda: web.json_response(BAD)
        await until(lambda: health.of(KEY) == {"database": "gone"})
        del apis.by_host["127.0.0.2"]
        apis.answer = lambda: web.json_response(GOOD)
        await until(lambda: health.of(KEY) == {})


async def test_of_one_whose_pods_were_all_silent_one_is_asked(apis):
    async with polling(f"http://{{address}}:{apis.port}", lambda key: None) as health:
        apis.answer = lambda: web.Response(status=503)
        health.watch(KEY, ["website"], ("127.0.0.1", "127.0.0.2"))
        await until(lambda: health.silent(KEY))
        asked, rounds = len(apis.asked), health._entries[KEY].missed
        await until(lambda: health._entries[KEY].missed > rounds + 5)
        assert len(apis.asked) - asked <= health._entries[KEY].missed - rounds + 1
        apis.answer = lambda: web.json_response(GOOD)
        await until(lambda: not health.silent(KEY))


async def test_a_pod_that_says_nothing_keeps_no_other_from_being_heard(apis):
    apis.by_host["127.0.0.2"] = lambda: web.Response(status=503)
    async with polling(f"http://{{address}}:{apis.port}", lambda key: None) as health:
        health.watch(KEY, ["website"], ("127.0.0.1", "127.0.0.2"))
        await until(lambda: len(apis.asked) > 10)
        assert (health.of(KEY), health.silent(KEY)) == ({}, False)


async def test_whoever_comes_back_is_asked_at_once(apis):
    async with polling(apis.url, lambda key: None, period=3600) as health:
        health.watch(KEY, [])
        await until(lambda: health.of(KEY) == {})
        health.forget(KEY)
        health.watch(KEY, [])
        await until(lambda: health.of(KEY) == {})
    assert len(apis.asked) == 2


async def test_a_url_that_no_name_server_could_know_ends_nobody_s_health(apis):
    async with polling(f"http://{'a' * 64}.{{namespace}}", lambda key: None) as health:
        health.watch(KEY, [])
        await until(lambda: health.silent(KEY))


async def test_a_silent_api_is_given_up(apis, monkeypatch):
    monkeypatch.setattr("fte_operator.health.ANSWER_SECONDS", 0.05)
    apis.speaks.clear()
    async with polling(apis.url, lambda key: None) as health:
        health.watch(KEY, [])
        await until(lambda: health.of(KEY) == {})
