"""Where Pub/Sub posts: the double pushes over HTTP through the whole application."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator

import pytest
from api_world import WEBSITE, Api, an_api
from doubles.google.forgeries import FORGERIES, token
from doubles.google.misbehaviour import Rule
from doubles.google_world import AUDIENCE, DESK, TOPIC, a_double

from fte_runtime.channels import registry
from fte_runtime.config import ChannelSettings

EMAIL = "push@project.iam.gserviceaccount.com"
SUBSCRIPTION = "projects/desk-project/subscriptions/mail"


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(registry.PLUGINS, "Gmail", "fte_runtime.channels.gmail")


@pytest.fixture
async def google():
    async with a_double() as double:
        yield double


def mailbox(google, name="mail", **changes):
    pub_sub = {
        "topic": TOPIC,
        "audience": AUDIENCE,
        "service_account": EMAIL,
        "subscription": SUBSCRIPTION,
        "certs_url": google.certs_url,
    }
    run_state = changes.pop("run_state", "Active")
    settings = {"mailbox": DESK, "credentials_file": "/nowhere", "pub_sub": pub_sub | changes.pop("pub_sub", {})}
    return ChannelSettings(name=name, type="Gmail", run_state=run_state, gmail=settings | changes)


@pytest.fixture
async def api(google) -> AsyncIterator[Api]:
    async with an_api(WEBSITE, mailbox(google)) as api:
        yield api


def body(history_id="1001", address=DESK, subscription=SUBSCRIPTION):
    told = {"emailAddress": address, "historyId": history_id}
    data = urlsafe_b64encode(json.dumps(told).encode()).decode()
    return json.dumps({"message": {"data": data, "messageId": "m1"}, "subscription": subscription}).encode()


async def push(api, google, content=None, forged=None, **facts):
    given = {"audience": AUDIENCE, "email": EMAIL} | facts
    bearer = token(google.certs.keys[0], forged=forged, **given)
    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"} if bearer else {}
    return await api.http.post("/webhooks/gmail", content=body() if content is None else content, headers=headers)


def hints(api):
    return [
        (key, json.loads(value)["data"]["fields"]) for key, value, _ in api.publisher.on("fte.channels.email.inbound")
    ]


def counted(api, channel, outcome):
    return api.metrics.registry.get_sample_value("fte_hints_total", {"channel": channel, "outcome": outcome})


async def test_a_push_is_a_hint_on_the_bus_before_it_is_acknowledged(api, google):
    assert (await push(api, google)).status_code == 204
    assert hints(api) == [(DESK.encode(), {"history_id": "1001", "push_id": "m1"})]
    assert counted(api, "mail", "told") == 1
    api.publisher.down = {"*"}
    refused = await push(api, google)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("forged", FORGERIES)
async def test_a_forged_push_is_401_and_leaves_nothing(api, google, forged):
    refused = await push(api, google, forged=forged)
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["code"] == "unauthorised"
    assert api.publisher.records == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"[" * 5000, body("soon"), body(address="other@example.org"), body(subscription="projects/x/y")],
)
async def test_an_authentic_push_that_says_nothing_is_acknowledged_and_counted(api, google, content):
    assert (await push(api, google, content)).status_code == 204
    assert api.publisher.records == []
    assert counted(api, "unknown", "nothing") == 1


async def test_without_google_s_keys_it_is_sent_again(api, google):
    google.script.replace([Rule(on="certs", status=503, times=None)])
    assert (await push(api, google)).status_code == 503
    assert api.publisher.records == []


async def test_a_body_beyond_all_measure_is_refused_unread(api, google):
    assert (await push(api, google, b"x" * 40_000)).status_code == 413


async def test_a_paused_mailbox_keeps_its_hints_for_later(google):
    async with an_api(mailbox(google, run_state="Paused")) as api:
        assert (await push(api, google)).status_code == 204
        assert api.publisher.records == [] and counted(api, "mail", "paused") == 1


async def test_each_subscription_speaks_for_its_own_mailboxes_alone(google):
    other = mailbox(google, "billing", mailbox="billing@example.org", pub_sub={"service_account": "b@example.org"})
    async with an_api(mailbox(google), other) as api:
        assert (await push(api, google, body(address="billing@example.org"))).status_code == 204
        assert hints(api) == []
        assert (await push(api, google, body(address="billing@example.org"), email="b@example.org")).status_code == 204
        assert [key for key, _ in hints(api)] == [b"billing@example.org"]


async def test_without_pub_sub_nobody_may_push(google):
    settings = {"mailbox": DESK, "credentials_file": "/nowhere"}
    async with an_api(ChannelSettings(name="mail", type="Gmail", gmail=settings)) as api:
        assert (await push(api, google)).status_code == 401


async def test_keys_that_cannot_be_had_for_one_channel_hold_up_no_push_to_another(google):
    """A channel names its own place of keys: a wrong one is its own trouble."""
    astray = {"certs_url": f"{google.url}/nowhere", "audience": "https://elsewhere.example.org/webhooks/gmail"}
    first = mailbox(google, "first", mailbox="first@example.org", pub_sub=astray)
    async with an_api(WEBSITE, first, mailbox(google)) as api:
        assert (await push(api, google)).status_code == 204
        assert [key for key, _ in hints(api)] == [DESK.encode()]
        for_the_first = await push(api, google, body(address="first@example.org"), audience=astray["audience"])
        assert for_the_first.status_code == 503


async def test_a_push_that_only_the_unreachable_keys_may_prove_is_sent_again(google):
    """The token is good for one channel, and the mailbox is another's, of which nothing is known now."""
    astray = {"certs_url": f"{google.url}/nowhere", "subscription": "projects/desk-project/subscriptions/first"}
    first = mailbox(google, "first", mailbox="first@example.org", pub_sub=astray)
    async with an_api(WEBSITE, mailbox(google), first) as api:
        told = body(address="first@example.org", subscription=astray["subscription"])
        assert (await push(api, google, told)).status_code == 503
