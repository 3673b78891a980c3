"""The Twilio double against Twilio's own client library, and against a SIGKILL.

Whoever tests against the double trusts it to be Twilio; this is where that is earned.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests
from data_plane import until
from doubles.twilio.account import Account
from doubles.twilio.double import TwilioDouble
from doubles.twilio.inbound import Inbound
from doubles.twilio.journal import Journal
from doubles.twilio.misbehaviour import Rule
from doubles.twilio_world import (
    ADA,
    HIDDEN,
    OURS,
    PUBLIC,
    Shop,
    Wire,
    a_double,
    a_shop,
    arrived,
    create,
    library,
    listed,
)
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.messaging.v2.channels_sender import ChannelsSenderContext

SERVER = Path(__file__).resolve().parent.parent / "doubles" / "twilio_server.py"


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with a_shop() as shop:
        yield shop


@pytest.fixture
async def twilio(shop: Shop) -> AsyncIterator[TwilioDouble]:
    async with a_double(shop) as double:
        yield double


# What we send


async def test_the_library_creates_fetches_and_lists(twilio: TwilioDouble) -> None:
    await twilio.receive(Inbound(ADA, "hi"))
    created = await create(twilio)
    await twilio.settled()
    fetched = await asyncio.to_thread(created.fetch)
    assert created.sid.startswith("SM") and (created.status, created.date_sent, created.error_code) == (
        "queued",
        None,
        None,
    )
    assert (fetched.status, fetched.body, fetched.to, fetched.from_) == ("delivered", "Hello", ADA, OURS)
    assert fetched.direction == "outbound-api" and fetched.date_sent.tzinfo == UTC
    assert await listed(twilio, to=ADA, from_=OURS) == [created.sid]
    assert [message["sid"] for message in twilio.journal.accepted(ADA)] == [created.sid]


async def test_a_list_comes_in_pages_newest_first(twilio: TwilioDouble) -> None:
    sids = [(await create(twilio, body=str(number))).sid for number in range(5)]
    assert await listed(twilio, to=ADA, page_size=2) == sids[::-1]
    assert len(twilio.journal.requests("GET", "/Messages.json")) == 3


async def test_a_list_is_bounded_in_time(twilio: TwilioDouble) -> None:
    received = await twilio.receive(Inbound(ADA, "old", ago=timedelta(hours=2)))
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert await listed(twilio, to=OURS, date_sent_before=hour_ago) == [received.sid]
    assert await listed(twilio, to=OURS, date_sent_after=hour_ago) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "+447700900123"}, 21211),
        ({"to": "whatsapp:0123"}, 21211),
        ({"from_": "14155238886"}, 21212),
        ({"from_": "whatsapp:+14155550000"}, 63007),
        ({"body": ""}, 21619),
        ({"body": "x" * 1601}, 21617),
        ({"content_sid": "HX1"}, 21655),
        ({"content_sid": "HX" + "0" * 32, "content_variables": "{1: x}"}, 21656),
        ({"content_sid": "HX" + "0" * 32, "content_variables": json.dumps({"1": "x" * 1601})}, 21658),
        ({"status_callback": "http://my_host/status"}, 21609),
    ],
)
async def test_a_wrong_message_is_refused_with_the_documented_code(
    twilio: TwilioDouble, changes: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await create(twilio, **changes)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert twilio.journal.accepted() == []


@pytest.mark.parametrize("changes", [{"to": HIDDEN}, {"to": "whatsapp:US.ENT.118"}, {"body": "x" * 1600}])
async def test_a_right_message_is_taken(twilio: TwilioDouble, changes: dict[str, str]) -> None:
    assert (await create(twilio, **changes)).sid in await listed(twilio)


@pytest.mark.parametrize(
    ("hours", "changes", "end"),
    [
        (23, {}, ("delivered", None)),
        (25, {}, ("failed", 63016)),
        (25, {"content_sid": "HX" + "0" * 32}, ("delivered", None)),
    ],
)
async def test_free_form_text_outside_the_window_is_taken_and_fails(
    shop: Shop, twilio: TwilioDouble, hours: int, changes: dict[str, str], end: tuple[str, int | None]
) -> None:
    await twilio.receive(Inbound(ADA, "hi", ago=timedelta(hours=hours)))
    message = await create(twilio, **changes)
    await twilio.settled()
    fetched = await asyncio.to_thread(message.fetch)
    assert (fetched.status, fetched.error_code) == end
    assert dict(shop.forms()[-1]).get("ErrorCode") == (end[1] and str(end[1]))


async def test_a_colleague_at_the_console_is_seen_and_told_apart(shop: Shop, twilio: TwilioDouble) -> None:
    sid = twilio.write_from_console(ADA, "I will look into it")
    await twilio.settled()
    assert await listed(twilio, from_=OURS, to=ADA) == [sid]
    assert shop.statuses() == ["sent", "delivered"]
    assert shop.posts[0][0].path == "/webhooks/status"
    assert twilio.journal.accepted() == []
    assert [message["sid"] for message in twilio.journal.accepted(author="console")] == [sid]


async def test_the_journal_finds_what_was_sent_twice(twilio: TwilioDouble) -> None:
    once = await create(twilio, body="once", status_callback=f"{PUBLIC}/s?d=1")
    twice = [await create(twilio, body="twice", status_callback=f"{PUBLIC}/s?d={number}") for number in (1, 2)]
    assert twilio.journal.duplicates("to", "body") == {(ADA, "twice"): [message.sid for message in twice]}
    assert list(twilio.journal.duplicates("status_callback").values()) == [[once.sid, twice[0].sid]]
    assert twilio.journal.by_customer() == {ADA: ["once", "twice", "twice"]}


# Misbehaviour


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, 20429), (500, 20500), (503, 20503), (400, 21610), (400, 63016), (400, 63024), (400, 21211), (401, 20003)],
)
async def test_a_scripted_error_comes_once_and_takes_nothing(twilio: TwilioDouble, status: int, code: int) -> None:
    twilio.script.add(Rule(status=status, code=code))
    with pytest.raises(TwilioRestException) as refused:
        await create(twilio)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert twilio.journal.accepted() == []
    assert (await create(twilio)).sid


async def test_too_many_requests_say_when_to_come_again(twilio: TwilioDouble) -> None:
    twilio.script.add(Rule(on="account", status=429, code=20429, retry_after=7))
    async with httpx.AsyncClient(auth=(twilio.account.sid, twilio.account.auth_token)) as client:
        answer = await client.get(f"{twilio.url}/2010-04-01/Accounts/{twilio.account.sid}.json")
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (429, "7", 20429)


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(
    ("cut", "seconds", "error"),
    [("hang", 0.5, requests.exceptions.ReadTimeout), ("reset", 20, requests.exceptions.ConnectionError)],
)
async def test_an_answer_that_never_comes_says_nothing_of_the_message(
    twilio: TwilioDouble, cut: Any, seconds: float, error: type[Exception], accepted: bool
) -> None:
    twilio.script.add(Rule(cut=cut, accepted=accepted))
    with pytest.raises(error):
        await create(twilio, seconds=seconds)
    await arrived(twilio.journal)
    assert len(twilio.journal.accepted(ADA)) == len(await listed(twilio, to=ADA)) == int(accepted)


async def test_an_error_may_lie_about_what_was_taken(twilio: TwilioDouble) -> None:
    twilio.script.add(Rule(status=500, accepted=True))
    with pytest.raises(TwilioRestException):
        await create(twilio)
    assert len(twilio.journal.accepted()) == 1


async def test_a_message_may_be_listed_late(twilio: TwilioDouble) -> None:
    twilio.script.add(Rule(hidden_lists=2), Rule(hidden_seconds=3600))
    counted, timed = (await create(twilio)).sid, (await create(twilio)).sid
    assert [await listed(twilio, to=ADA) for _ in range(3)] == [[], [], [counted]]
    twilio.account.clock = lambda: datetime.now(UTC) + timedelta(hours=1)
    assert await listed(twilio, to=ADA) == [timed, counted]


async def test_a_slow_answer_is_an_answer(twilio: TwilioDouble) -> None:
    twilio.script.add(Rule(delay=0.2))
    begun = asyncio.get_running_loop().time()
    assert (await create(twilio)).sid
    assert asyncio.get_running_loop().time() - begun >= 0.2


async def test_a_rule_waits_for_its_request(twilio: TwilioDouble) -> None:
    rule = Rule(to=ADA, body="second", status=503, times=2)
    twilio.script.add(rule)
    assert (await create(twilio, body="first")).sid
    for _ in range(2):
        with pytest.raises(TwilioRestException):
            await create(twilio, body="the second")
        left = twilio.script.unused
    assert left == [] and (await create(twilio, body="second")).sid


def test_a_rule_with_an_unknown_name_is_no_rule() -> None:
    assert Rule.of({"statuses": ["sent"]}) == Rule(statuses=("sent",))
    with pytest.raises(ValueError, match="answer"):
        Rule.of({"answer": 500})


async def test_a_wrong_or_changed_token_is_refused(twilio: TwilioDouble) -> None:
    async with library(twilio, token="wrong") as client:
        with pytest.raises(TwilioRestException) as refused:
            await asyncio.to_thread(client.api.v2010.accounts(twilio.account.sid).fetch)
    assert (refused.value.status, refused.value.code) == (401, 20003)
    async with library(twilio) as client:
        assert (await asyncio.to_thread(client.api.v2010.accounts(twilio.account.sid).fetch)).status == "active"
        twilio.account.auth_token = "rotated"
        with pytest.raises(TwilioRestException):
            await asyncio.to_thread(client.api.v2010.accounts(twilio.account.sid).fetch)


# Senders


async def test_a_senders_webhook_is_read_and_set(twilio: TwilioDouble) -> None:
    update = ChannelsSenderContext.MessagingV2ChannelsSenderRequestsUpdate
    async with library(twilio) as client:
        senders = client.messaging.v2.channels_senders
        (found,) = await asyncio.to_thread(lambda: senders.list(channel="whatsapp"))
        assert (found.sender_id, found.status) == (OURS, "ONLINE")
        change = update({"webhook": {"callback_url": f"{PUBLIC}/new"}})
        changed = await asyncio.to_thread(lambda: senders(found.sid).update(change))
        fetched = await asyncio.to_thread(senders(found.sid).fetch)
    assert changed.webhook == fetched.webhook
    assert changed.webhook["callback_url"] == f"{PUBLIC}/new"
    assert changed.webhook["status_callback_url"] == f"{PUBLIC}/webhooks/status"


# The library's asynchronous side


async def test_the_asynchronous_client_meets_the_same_provider(twilio: TwilioDouble) -> None:
    async with aiohttp.ClientSession() as session:

        def client_of(seconds: float) -> Client:
            client = Client(twilio.account.sid, twilio.account.auth_token, http_client=Wire(session, seconds))
            client.api.base_url = client.messaging.base_url = twilio.url
            return client

        client = client_of(seconds=20)
        form = {"to": ADA, "from_": OURS, "body": "Hello"}
        sid = (await client.messages.create_async(**form)).sid
        assert [message.sid for message in await client.messages.list_async(to=ADA)] == [sid]
        for rule, seconds, error in (
            (Rule(status=429, code=20429), 20, TwilioRestException),
            (Rule(cut="hang", accepted=True), 0.5, TimeoutError),
            (Rule(cut="reset", accepted=True), 20, aiohttp.ClientConnectionError),
        ):
            twilio.script.add(rule)
            with pytest.raises(error):
                await client_of(seconds).messages.create_async(**form)
    await arrived(twilio.journal, count=4)
    assert len(twilio.journal.accepted()) == 3


async def test_a_webhook_is_set_by_the_asynchronous_client_too(twilio: TwilioDouble) -> None:
    update = ChannelsSenderContext.MessagingV2ChannelsSenderRequestsUpdate
    sender = twilio.account.senders[0]
    async with aiohttp.ClientSession() as session:
        client = Client(twilio.account.sid, twilio.account.auth_token, http_client=Wire(session, seconds=20))
        client.messaging.base_url = twilio.url
        change = update({"webhook": {"callback_url": f"{PUBLIC}/new"}})
        await client.messaging.v2.channels_senders(sender.sid).update_async(change)
    assert sender.webhook["callback_url"] == f"{PUBLIC}/new"


# As a process


async def test_a_double_elsewhere_takes_the_same_orders(shop: Shop, twilio: TwilioDouble) -> None:
    async with httpx.AsyncClient(base_url=f"{twilio.url}/_double") as orders:
        await orders.post("/account", json={"auth_token": "new", "statuses": ["sent"]})
        received = (await orders.post("/inbound", json={"customer": ADA, "body": "hi", "ago": 60})).json()
        await orders.post("/again", json={"sid": received["sid"]})
        await orders.post("/script", json=[{"on": "account", "status": 503}])
        console = (await orders.post("/console", json={"to": ADA, "body": "I do", "statuses": []})).json()
        outcomes = (await orders.post("/report", json={"sid": console["sid"], "statuses": ["read"]})).json()
    assert received["outcomes"][0]["status"] == outcomes[0]["status"] == 200
    assert [dict(form)["MessageSid"] for form in shop.forms()] == [received["sid"], received["sid"], console["sid"]]
    assert shop.statuses() == ["read"]
    assert (twilio.account.auth_token, twilio.account.statuses) == ("new", ("sent",))
    assert twilio.script.unused == [Rule(on="account", status=503)]


@asynccontextmanager
async def process(*options: str | Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    command = [sys.executable, str(SERVER), *(str(option) for option in options)]
    running = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert running.stdout is not None
    url = (await asyncio.wait_for(running.stdout.readline(), 30)).decode().strip()
    try:
        async with httpx.AsyncClient(base_url=url, auth=(Account().sid, Account().auth_token)) as client:
            yield running, client
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def test_the_journal_outlives_a_kill_and_is_gone_on_from(tmp_path: Path) -> None:
    journal, script = tmp_path / "journal", tmp_path / "script.json"
    script.write_text(json.dumps([{"cut": "hang", "accepted": True}]))
    messages = f"/2010-04-01/Accounts/{Account().sid}/Messages.json"
    form = {"To": ADA, "From": OURS, "Body": "Hello"}
    async with process("--journal", journal, "--script", script) as (running, client):
        assert (await client.post("/_double/inbound", json={"customer": ADA, "body": "hi"})).json()["sid"]
        with pytest.raises(httpx.ReadTimeout):
            await client.post(messages, data=form, timeout=0.5)

        async def written() -> bool:
            return bool(Journal.read(journal).accepted(ADA))

        await until(written)
        running.send_signal(signal.SIGKILL)
        await running.wait()
    with journal.open("ab") as torn:
        torn.write(b'{"at": 1, "kind": "acc')
    (message,) = Journal.read(journal).accepted(ADA)
    async with process("--journal", journal) as (_, client):
        found = (await client.get(messages, params={"To": ADA})).json()["messages"]
        again = (await client.post(messages, data=form)).json()["sid"]
    assert [entry["sid"] for entry in found] == [message["sid"]]
    assert Journal.read(journal).duplicates("to", "body") == {(ADA, "Hello"): [message["sid"], again]}
    assert len(Journal.read(journal).of("received")) == 1
