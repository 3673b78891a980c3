"""POST /webhooks/whatsapp and its status: what is taken, what is refused and how, and what is published."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from api_world import WEBSITE, Api, an_api
from doubles.twilio.inbound import Inbound
from doubles.twilio.signature import sign, sign_json
from doubles.twilio_world import ADA, HIDDEN, OURS

from fte_agent.domain.messages import Attachment, Identifier, Preference, ReplyTarget
from fte_runtime.asgi import raw_route
from fte_runtime.channels.twilio_whatsapp.routes import MAX_BODY_BYTES
from fte_runtime.config import ChannelSettings, ConfigError
from fte_runtime.events import RAW_EVENT, TRACEPARENT, decode, decode_event, is_envelope

TOKEN, PREVIOUS, FOREIGN = "1" * 32, "2" * 32, "3" * 32
PUBLIC = "https://support.example.org/eu"
MESSAGES, STATUSES = "/webhooks/whatsapp", "/webhooks/whatsapp/status"
INCOMING, EVENTS = "fte.tickets.incoming", "fte.channels.whatsapp.inbound"
FORM = "application/x-www-form-urlencoded"
STATUS = (("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("From", OURS), ("To", ADA), ("ErrorMessage", ""))
IMAGE, PLACE = Attachment("image/png", "https://m.example/1"), Attachment("location", "geo:1.5,2", "Street 5")

Fields = Sequence[tuple[str, str]]


def whatsapp(folder: Path, name: str = "whatsapp", sender: str = OURS, **changes: Any) -> ChannelSettings:
    token, previous = folder / "auth-token", folder / "auth-token-previous"
    token.write_text(f"{TOKEN}\n")
    settings = {
        "sender": sender.removeprefix("whatsapp:"),
        "account_sid_file": folder / "account-sid",
        "auth_token_file": token,
        "previous_auth_token_file": previous,
    }
    return ChannelSettings(name=name, type="TwilioWhatsApp", twilio_whatsapp=settings, **changes)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with an_api(WEBSITE, whatsapp(tmp_path), public_url=PUBLIC) as it:
        yield it


def a_message(body: str = "Hello", **changes: Any) -> Fields:
    return Inbound(ADA, body, **changes).fields("SM7", account_sid="AC1", sender=OURS)


async def post(
    api: Api,
    fields: Fields,
    *,
    path: str = MESSAGES,
    query: str = "",
    token: str = TOKEN,
    signed_url: str | None = None,
    **headers: str,
) -> httpx.Response:
    signature = sign(token, signed_url or PUBLIC + path + query, fields)
    told = {"content-type": f"{FORM}; charset=utf-8", "x-twilio-signature": signature} | headers
    return await api.http.post(path + query, content=urlencode(fields), headers=told)


async def test_a_signed_message_is_on_the_bus_before_twilio_hears_yes(api):
    response = await post(api, a_message(), traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    assert (response.status_code, response.text) == (200, "<Response/>")
    assert response.headers["content-type"].startswith("text/xml")
    assert response.headers["x-content-type-options"] == "nosniff"
    [(key, value, headers)] = api.publisher.on(INCOMING)
    assert key == b"whatsapp:+447700900123"
    assert is_envelope(headers)
    message = decode(value)
    assert (message.source, message.channel, message.channel_name) == ("twilio", "whatsapp", "whatsapp")
    assert message.dedupe_key == message.external_id == "SM7"
    assert message.sender == Identifier("phone", "+447700900123", verified=True)
    assert message.reply_target == ReplyTarget(ADA)
    assert (message.thread_key, message.body, message.display_name) == (ADA, "Hello", "Ada")
    assert message.metadata[TRACEPARENT] == "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    assert message.occurred_at == api.clock.now()


async def test_the_raw_event_travels_beside_the_message(api):
    await post(api, a_message())
    [(_, _, headers)] = api.publisher.on(INCOMING)
    assert headers[RAW_EVENT] == urlencode(a_message()).encode()
    assert api.publisher.on(EVENTS) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"customer": HIDDEN}, {"sender": Identifier("wa_bsuid", HIDDEN[9:], verified=True), "thread_key": HIDDEN}),
        (
            {"media": (("https://m.example/1", "image/png"),)},
            {"attachments": (Attachment("image/png", "https://m.example/1"),)},
        ),
        (
            {"location": ("1.5", "2", "Street 5", "")},
            {"attachments": (Attachment("location", "geo:1.5,2", "Street 5"),)},
        ),
        ({"button": ("Yes", "yes-1")}, {"body": "Yes"}),
        ({"reply_to": "SM6"}, {"in_reply_to": "SM6"}),
        ({"body": "Stop!"}, {"preference": Preference.STOP}),
        ({"body": "\u202ea\u200b\u05e9\0b"}, {"body": "\u202ea\u200b\u05e9b"}),
        ({"body": "x", "extra": (("Blank", ""), ("Twice", "b"), ("Twice", "a"))}, {"body": "x"}),
    ],
)
async def test_whatever_a_customer_does_arrives(api, changes, expected):
    fields = Inbound(**({"customer": ADA} | changes)).fields("SM7", account_sid="AC1", sender=OURS)
    assert (await post(api, fields)).status_code == 200
    message = decode(api.publisher.on(INCOMING)[0][1])
    assert {name: getattr(message, name) for name in expected} == expected


async def test_half_a_character_in_json_is_no_reason_to_lose_the_rest(api):
    body = json.dumps(dict(a_message("half \ud83d of one"))).encode()
    url, signature = sign_json(TOKEN, PUBLIC + MESSAGES, body)
    headers = {"content-type": "application/json", "x-twilio-signature": signature}
    response = await api.http.post(url.removeprefix(PUBLIC), content=body, headers=headers)
    assert response.status_code == 200
    assert decode(api.publisher.on(INCOMING)[0][1]).body == "half ? of one"
    changed = await api.http.post(url.removeprefix(PUBLIC), content=body + b" ", headers=headers)
    assert changed.status_code == 403


@pytest.mark.parametrize("body", [b'{"To": ', b"[]", b'"\xff"', b"[" * 100_000, b"null"])
async def test_json_that_is_none_is_named_to_who_signed_it_and_not_read_for_anybody_else(api, body):
    for token, status in ((TOKEN, 400), (FOREIGN, 403)):
        url, signature = sign_json(token, PUBLIC + MESSAGES, body)
        headers = {"content-type": "application/json", "x-twilio-signature": signature}
        response = await api.http.post(url.removeprefix(PUBLIC), content=body, headers=headers)
        assert response.status_code == status
    assert api.publisher.records == []


@pytest.mark.parametrize(
    "changes",
    [
        {"token": FOREIGN},
        {"token": PREVIOUS},
        {"signed_url": PUBLIC + STATUSES},
        {"signed_url": "http://api" + MESSAGES},
        {"x-twilio-signature": ""},
        {"query": "?a=1", "signed_url": PUBLIC + MESSAGES},
    ],
)
async def test_what_is_not_signed_for_us_is_refused_and_says_nothing_else(api, changes):
    refused = await post(api, a_message(), **changes)
    elsewhere = [(name, "whatsapp:+19995550100" if name == "To" else value) for name, value in a_message()]
    unknown = await post(api, elsewhere)
    malformed = await post(api, [("To", OURS)], token=FOREIGN)
    assert refused.status_code == 403
    assert refused.content == unknown.content == malformed.content
    assert api.publisher.records == []
    assert (
        api.metrics.registry.get_sample_value("fte_requests_refused_total", {"channel": "unknown", "status": "403"})
        == 3
    )


async def test_the_host_a_request_names_counts_for_nothing(api):
    headers = {"host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http"}
    assert (await post(api, a_message(), **headers)).status_code == 200
    assert (await post(api, a_message(), signed_url="http://evil.example" + MESSAGES, **headers)).status_code == 403


async def test_the_url_may_be_signed_with_its_port_and_query(api):
    ported = PUBLIC.replace("org", "org:443")
    assert (await post(api, a_message(), signed_url=ported + MESSAGES)).status_code == 200
    assert (await post(api, a_message(), query="?a=b%20c&d", signed_url=ported + MESSAGES + "?a=b%20c&d")).is_success


async def test_without_a_public_url_everything_is_refused(tmp_path):
    async with an_api(whatsapp(tmp_path)) as api:
        assert (await post(api, a_message(), signed_url=MESSAGES)).status_code == 403


async def test_while_the_token_rotates_the_previous_one_counts(tmp_path):
    channel = whatsapp(tmp_path)
    (tmp_path / "auth-token-previous").write_text(PREVIOUS)
    async with an_api(channel, public_url=PUBLIC) as api:
        for token, status in ((TOKEN, 200), (PREVIOUS, 200), (FOREIGN, 403)):
            assert (await post(api, a_message(), token=token)).status_code == status


@pytest.mark.parametrize("url", [PUBLIC, "https://support.example.org:port"])
async def test_a_missing_token_or_a_url_that_is_none_stops_the_start(tmp_path, url):
    channel = whatsapp(tmp_path)
    if url == PUBLIC:
        (tmp_path / "auth-token").unlink()
    with pytest.raises(ConfigError):
        async with an_api(channel, public_url=url):
            pass


async def test_each_number_has_its_channel_and_its_own_token(tmp_path):
    (tmp_path / "other").mkdir()
    shop = whatsapp(tmp_path / "other", "shop", "whatsapp:+14155550111")
    (tmp_path / "other" / "auth-token").write_text(FOREIGN)
    async with an_api(whatsapp(tmp_path), shop, public_url=PUBLIC) as api:
        fields = Inbound(ADA, "Hello").fields("SM7", account_sid="AC2", sender="whatsapp:+14155550111")
        assert (await post(api, fields)).status_code == 403
        assert (await post(api, fields, token=FOREIGN)).status_code == 200
        assert decode(api.publisher.on(INCOMING)[0][1]).channel_name == "shop"


async def test_the_bus_down_is_503_and_the_same_message_may_come_again(api):
    api.publisher.down = {"*"}
    refused = await post(api, a_message())
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (503, "not_confirmed")
    assert int(refused.headers["retry-after"]) > 0
    api.publisher.down = set()
    for _ in range(2):
        assert (await post(api, a_message())).status_code == 200
    assert {decode(value).dedupe_key for _, value, _ in api.publisher.on(INCOMING)} == {"SM7"}


async def test_a_paused_channel_takes_no_message_and_still_hears_what_became_of_its_own(tmp_path):
    async with an_api(WEBSITE, whatsapp(tmp_path, run_state="Paused"), public_url=PUBLIC) as api:
        refused = await post(api, a_message())
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
        assert refused.json()["errors"][0]["code"] == "paused"
        assert api.publisher.records == []
        assert (await post(api, a_message(), token=FOREIGN)).status_code == 403
        assert (await post(api, STATUS, path=STATUSES)).status_code == 200
        assert (await api.submit()).status_code == 202


async def test_a_status_is_an_event_on_the_channel_s_own_topic(api):
    response = await post(api, STATUS, path=STATUSES, query="?delivery=7")
    assert (response.status_code, response.text) == (200, "<Response/>")
    [(key, value, headers)] = api.publisher.on(EVENTS)
    assert (key, is_envelope(headers)) == (b"SM1", True)
    event = decode_event(value)
    assert (event.channel_name, event.kind, event.received_at) == ("whatsapp", "whatsapp", api.clock.now())
    assert event.fields == dict(STATUS)
    assert api.publisher.on(INCOMING) == []


async def test_a_status_that_is_not_acknowledged_is_not_taken(api):
    api.publisher.down = {EVENTS}
    assert (await post(api, STATUS, path=STATUSES)).status_code == 503
    assert (await post(api, STATUS, path=STATUSES, token=FOREIGN)).status_code == 403


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        (MESSAGES, [("To", OURS)], "MessageSid"),
        (MESSAGES, [("To", OURS), ("MessageSid", "SM1"), ("From", "sms:+1")], "From"),
        (STATUSES, [("From", OURS)], "MessageSid"),
        (STATUSES, [("From", OURS), ("MessageSid", "SM1")], "MessageStatus"),
    ],
)
async def test_what_twilio_signs_and_does_not_send_is_named(api, path, fields, field):
    response = await post(api, fields, path=path)
    assert (response.status_code, [e["field"] for e in response.json()["errors"]]) == (422, [field])
    assert (
        api.metrics.registry.get_sample_value("fte_requests_refused_total", {"channel": "whatsapp", "status": "422"})
        == 1
    )


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"To=%FF", FORM, 400),
        ("To=ü".encode(), FORM, 400),
        (b"&".join(b"a%d=" % n for n in range(501)), FORM, 400),
        (b"To=100%", FORM, 400),
        (b"To=%zz", FORM, 400),
        (b"", FORM, 403),
        (b"a=1", "multipart/form-data", 415),
        (b"a=1", "", 415),
        (b"a" * (MAX_BODY_BYTES + 1), FORM, 413),
    ],
)
async def test_what_cannot_be_read_is_refused_and_nothing_is_stored(api, content, content_type, status):
    headers = {"content-type": content_type, "x-twilio-signature": "x"}
    for path in (MESSAGES, STATUSES):
        response = await api.http.post(path, content=content, headers=headers)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
    assert api.publisher.records == []


async def test_a_body_within_the_limit_whose_record_is_not_is_refused(api):
    fields = a_message("\\" * (MAX_BODY_BYTES - 1000))
    content = urlencode(fields, safe="\\")
    headers = {"content-type": FORM, "x-twilio-signature": sign(TOKEN, PUBLIC + MESSAGES, fields)}
    response = await api.http.post(MESSAGES, content=content, headers=headers)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (413, "too_large")
    assert api.publisher.records == []


async def test_a_body_that_does_not_arrive_in_time_is_refused(api, monkeypatch):
    monkeypatch.setattr(raw_route, "BODY_SECONDS", 0.05)

    async def stalled():
        yield b"To="
        await asyncio.Event().wait()

    async with asyncio.timeout(5):
        response = await api.http.post(MESSAGES, content=stalled(), headers={"content-type": FORM})
    assert (response.status_code, response.headers["connection"]) == (408, "close")


async def test_a_body_that_ends_early_is_refused(api):
    app: Any = api.http._transport.app
    sent: list[Any] = []
    parts = iter([{"type": "http.request", "body": b"To=", "more_body": True}, {"type": "http.disconnect"}])

    async def receive():
        return next(parts)

    async def send(message):
        sent.append(message)

    headers = [(b"content-type", FORM.encode()), (b"content-length", b"100")]
    scope = {"type": "http", "method": "POST", "path": MESSAGES, "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert api.publisher.records == []


async def test_other_methods_are_told_which_ones_there_are(api):
    response = await api.http.get(MESSAGES)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json() == {"type": "about:blank", "title": "Method Not Allowed", "status": 405, "errors": []}
    assert response.headers["content-type"] == "application/problem+json"
    assert (await api.http.get("/nowhere")).json()["status"] == 404
