"""A kind of channel from outside is served by the API with nothing but its entries in the two tables."""

from datetime import timedelta

import pytest
from api_world import WEBSITE, an_api

from fte_agent import channels as traits
from fte_agent.channels import Frame, Style, Traits, Unconfirmed
from fte_runtime.channels import registry
from fte_runtime.config import ChannelSettings
from fte_runtime.events import RAW_EVENT, decode

ECHO = Traits(
    identifier_kind="echo",
    topic="caves",
    style=Style(aim_chars=100, max_chars=1000, frame=Frame.BARE),
    unconfirmed=Unconfirmed.LOOK_UP_THEN_RESEND,
    quiet=timedelta(),
)


@pytest.fixture(autouse=True)
def entries(monkeypatch):
    monkeypatch.setitem(traits.TRAITS, "echo", ECHO)
    monkeypatch.setitem(registry.PLUGINS, "Echo", "echo_channel")


async def test_its_route_takes_a_message_to_the_bus_and_the_others_do_not_notice():
    async with an_api(WEBSITE, ChannelSettings(name="cave", type="Echo", echo_channel={})) as api:
        assert (await api.http.post("/echo?id=1", content=b"Hello")).text == "heard"
        assert (await api.submit()).status_code == 202
        [(key, value, headers), (_, form, _)] = api.publisher.on("fte.tickets.incoming")
        assert (key, decode(value).body, decode(value).channel_name) == (b"echo:wanderer", "Hello", "cave")
        assert decode(form).channel_name == "website"
        assert headers[RAW_EVENT] == b"Hello"
        assert "cave" in (await api.health())["channels"]


async def test_what_it_refuses_is_told_and_counted_as_everywhere():
    async with an_api(ChannelSettings(name="cave", type="Echo")) as api:
        assert (await api.http.post("/echo?id=1", content=b"a" * 1001)).status_code == 413
        api.publisher.down = {"*"}
        assert (await api.http.post("/echo?id=1", content=b"a")).status_code == 503
        for status in ("413", "503"):
            labels = {"channel": "cave", "status": status}
            assert api.metrics.registry.get_sample_value("fte_requests_refused_total", labels) == 1


async def test_a_type_that_is_not_bound_is_not_served():
    async with an_api(WEBSITE) as api:
        assert (await api.http.post("/echo?id=1")).status_code == 404
        assert (await api.http.post("/webhooks/whatsapp")).status_code == 404
