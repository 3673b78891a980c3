"""What the Twilio double posts: published signatures, the vendor's own validator, retries and status callbacks."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import requests
from doubles.twilio.double import TwilioDouble
from doubles.twilio.inbound import Inbound
from doubles.twilio.misbehaviour import Rule
from doubles.twilio.signature import sign, sign_json
from doubles.twilio_world import (
    ADA,
    HIDDEN,
    OURS,
    PUBLIC,
    Shop,
    a_double,
    a_shop,
    arrived,
    create,
    listed,
)
from multidict import MultiDict
from twilio.request_validator import RequestValidator


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with a_shop() as shop:
        yield shop


@pytest.fixture
async def twilio(shop: Shop) -> AsyncIterator[TwilioDouble]:
    async with a_double(shop) as double:
        yield double


# Signatures


def test_the_published_form_signature() -> None:
    """The example of https://www.twilio.com/docs/usage/webhooks/webhooks-security, as in the vendor's own tests."""
    caller = "+14158675309"
    form = (("CallSid", "CA1234567890ABCDE"), ("Caller", caller), ("Digits", "1234"), ("From", caller))
    signed = sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", (("To", "+18005551212"), *form))
    assert signed == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_the_published_body_signature() -> None:
    body = b'{"property": "value", "boolean": true}'
    url, signed = sign_json("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", body)
    assert url.endswith("&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620")
    assert signed == "a9nBmqA0ju/hNViExpshrM61xv4="


@pytest.mark.parametrize(
    "inbound",
    [
        Inbound(ADA, "How long?"),
        Inbound(ADA, "", extra=(("Blank", ""), ("Label", ""))),
        Inbound(ADA, "twice", extra=(("Tag", "b"), ("Tag", "a"), ("Tag", "b"))),
        Inbound(ADA, "größer & mehr + 100 %\n", profile_name="Zoë 🦊"),
        Inbound(HIDDEN, "who am I"),
        Inbound(ADA, media=(("https://api.twilio.com/m/1", "image/jpeg"),), location=("1.5", "2", "Here", "")),
    ],
)
@pytest.mark.parametrize("port", ["", ":443"])
async def test_the_vendors_validator_accepts_what_the_double_posts(
    shop: Shop, twilio: TwilioDouble, inbound: Inbound, port: str
) -> None:
    await twilio.receive(inbound)
    ((request, _),) = shop.posts
    validator = RequestValidator(twilio.account.auth_token)
    url = f"{PUBLIC}{port}/webhooks/whatsapp"
    form = MultiDict(shop.forms()[0])
    assert validator.validate(url, form, request.headers["X-Twilio-Signature"])
    form["Body"] = "changed"
    assert not validator.validate(url, form, request.headers["X-Twilio-Signature"])


async def test_the_vendors_validator_accepts_a_json_body(shop: Shop, twilio: TwilioDouble) -> None:
    await twilio.receive(Inbound(ADA, "as JSON", as_json=True))
    ((request, body),) = shop.posts
    validator = RequestValidator(twilio.account.auth_token)
    url, signature = f"{PUBLIC}{request.path_qs}", request.headers["X-Twilio-Signature"]
    assert json.loads(body)["Body"] == "as JSON"
    assert validator.validate(url, body, signature)
    assert not validator.validate(url, body + " ", signature)


# What customers write


async def test_a_hidden_phone_is_in_no_field(shop: Shop, twilio: TwilioDouble) -> None:
    await twilio.receive(Inbound(HIDDEN, "hi"))
    fields = dict(shop.forms()[0])
    assert (fields["From"], fields["ExternalUserId"]) == (HIDDEN, HIDDEN)
    assert "WaId" not in fields and "WaId" not in fields["ChannelMetadata"]


async def test_parts_of_a_message_have_their_documented_names(shop: Shop, twilio: TwilioDouble) -> None:
    photo = ("https://api.twilio.com/m/1", "image/jpeg")
    await twilio.receive(Inbound(ADA, media=(photo,), reply_to="SM" + "1" * 32))
    await twilio.receive(Inbound(ADA, location=("51.5", "-0.1", "10 Downing Street", "Home")))
    await twilio.receive(Inbound(ADA, "Yes", button=("Yes", "yes-1")))
    media, place, button = (dict(form) for form in shop.forms())
    assert (media["NumMedia"], media["MediaUrl0"], media["MediaContentType0"]) == ("1", *photo)
    assert (media["OriginalRepliedMessageSid"], media["OriginalRepliedMessageSender"]) == ("SM" + "1" * 32, OURS)
    assert (place["Latitude"], place["Longitude"], place["Label"]) == ("51.5", "-0.1", "Home")
    assert (button["ButtonText"], button["ButtonPayload"]) == ("Yes", "yes-1")
    assert all(form["MessageSid"] == form["SmsSid"] for form in (media, place, button))


@pytest.mark.parametrize(
    ("fragment", "answers", "attempts"),
    [("", [503, 200], 1), ("#rp=5xx", [503, 200], 2), ("#rp=all&rc=3", [500, 404, 500, 500, 500], 4), ("", [200], 1)],
)
async def test_a_webhook_is_tried_again_as_its_url_says(
    shop: Shop, twilio: TwilioDouble, fragment: str, answers: list[int], attempts: int
) -> None:
    twilio.account.senders[0].webhook["callback_url"] += fragment
    shop.answers = answers
    received = await twilio.receive(Inbound(ADA, "hi"))
    assert len(received.outcomes) == len(shop.posts) == attempts
    assert len({request.headers["I-Twilio-Idempotency-Token"] for request, _ in shop.posts}) == 1


async def test_a_server_that_is_down_is_tried_once_more_then_the_fallback(shop: Shop, twilio: TwilioDouble) -> None:
    nobody = "http://127.0.0.1:1/in"
    twilio.account.senders[0].webhook |= {"callback_url": nobody, "fallback_url": f"{PUBLIC}/fallback"}
    received = await twilio.receive(Inbound(ADA, "hi"))
    assert [outcome.failure or outcome.status for outcome in received.outcomes] == ["ct", "ct", 200]
    assert dict(shop.forms()[0])["ErrorUrl"] == nobody


async def test_a_lost_webhook_leaves_the_message_in_the_list(shop: Shop, twilio: TwilioDouble) -> None:
    received = await twilio.receive(Inbound(ADA, "hi", lost=True))
    assert shop.posts == []
    assert await listed(twilio, to=OURS) == [received.sid]


async def test_the_same_message_may_come_twice(shop: Shop, twilio: TwilioDouble) -> None:
    received = await twilio.receive(Inbound(ADA, "hi"))
    await twilio.receive_again(received.sid)
    assert shop.forms()[0] == shop.forms()[1]


# Status callbacks


@pytest.mark.parametrize(
    "statuses", [("delivered", "sent", "read"), ("sent", "sent", "delivered", "delivered"), ("failed:63024",), ()]
)
async def test_callbacks_come_as_scripted_and_signed(
    shop: Shop, twilio: TwilioDouble, statuses: tuple[str, ...]
) -> None:
    twilio.script.add(Rule(statuses=statuses))
    message = await create(twilio, status_callback=f"{PUBLIC}/status?delivery=1")
    await twilio.settled()
    assert shop.statuses() == [status.partition(":")[0] for status in statuses]
    validator = RequestValidator(twilio.account.auth_token)
    for (request, _), form in zip(shop.posts, shop.forms(), strict=True):
        assert validator.validate(f"{PUBLIC}{request.path_qs}", dict(form), request.headers["X-Twilio-Signature"])
        assert (dict(form)["MessageSid"], dict(form)["ChannelToAddress"]) == (message.sid, "+447700900123")


async def test_callbacks_may_come_before_the_answer(shop: Shop, twilio: TwilioDouble) -> None:
    shop.held.clear()
    twilio.script.add(Rule(statuses=("sent", "delivered"), callbacks="before"))
    with pytest.raises(requests.exceptions.ReadTimeout):
        await create(twilio, seconds=0.5)
    shop.held.set()
    await arrived(twilio.journal)
    await twilio.settled()
    assert shop.statuses() == ["sent", "delivered"]


async def test_callbacks_hold_no_answer_up(shop: Shop, twilio: TwilioDouble) -> None:
    shop.held.clear()
    assert (await create(twilio, seconds=5)).sid
    shop.held.set()


async def test_a_status_never_goes_back(twilio: TwilioDouble) -> None:
    twilio.script.add(Rule(statuses=()))
    message = await create(twilio)
    await twilio.report(message.sid, "read", "sent")
    assert (await asyncio.to_thread(message.fetch)).status == "read"
