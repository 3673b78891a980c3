"""What the Google double pushes and signs, judged by Google's own library."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest
import requests
from data_plane import until
from doubles.google.double import GoogleDouble
from doubles.google.forgeries import FORGERIES
from doubles.google.misbehaviour import Rule
from doubles.google.pubsub import Order
from doubles.google_world import AUDIENCE, DESK, TOPIC, Shop, a_double, a_mail, a_shop, call
from google.auth.exceptions import TransportError
from google.auth.transport.requests import Request
from google.oauth2 import id_token
from jwt.exceptions import PyJWTError

SHOWN_BY_CLAIMS_ALONE = {"issuer", "email", "unverified", "unverified text", "no email"}
"""Forgeries that the token's signature, times and audience do not show: the receiver must look at the claims."""


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with a_shop() as shop:
        yield shop


@pytest.fixture
async def google(shop: Shop) -> AsyncIterator[GoogleDouble]:
    async with a_double(shop) as double:
        yield double


async def watch(google: GoogleDouble, **more: Any) -> None:
    await call(google, lambda users: users.watch(userId="me", body={"topicName": TOPIC} | more))


async def verify(google: GoogleDouble, authorization: str, path: str = "v1") -> dict[str, Any]:
    """Google's own check of a token, against the double's keys."""
    url = f"{google.url}/oauth2/{path}/certs"

    def ask() -> dict[str, Any]:
        with requests.Session() as session:
            token = authorization.removeprefix("Bearer ")
            return dict(id_token.verify_token(token, Request(session), audience=AUDIENCE, certs_url=url))

    return await asyncio.to_thread(ask)


def told(push: dict[str, Any]) -> dict[str, Any]:
    return json.loads(urlsafe_b64decode(push["message"]["data"]))


@pytest.mark.parametrize("path", ["v1", "v3"])
async def test_google_s_library_accepts_what_is_pushed(google: GoogleDouble, shop: Shop, path: str) -> None:
    await watch(google, labelIds=["INBOX"], labelFilterBehavior="include")
    google.deliver(a_mail())
    google.deliver(a_mail(Message_ID="<sent@example.org>"), labels=["SENT"])
    await google.pubsub.settled()
    [(authorization, push)] = shop.pushes
    claims = await verify(google, authorization, path)
    assert claims["iss"] == "https://accounts.google.com" and claims["email_verified"] is True
    assert claims["email"] == google.pubsub.subscription.email
    assert push["subscription"] == google.pubsub.subscription.name
    assert push["message"]["messageId"] and push["message"]["publishTime"].endswith("Z")
    first = google.mailbox().history[0].id
    assert told(push) == {"emailAddress": DESK, "historyId": str(first)}


@pytest.mark.parametrize("forged", FORGERIES)
async def test_google_s_library_sees_through_what_a_signature_shows(
    google: GoogleDouble, shop: Shop, forged: Any
) -> None:
    google.push(Order(forged=forged))
    await google.pubsub.settled()
    [(authorization, _)] = shop.pushes
    if forged in SHOWN_BY_CLAIMS_ALONE:
        await verify(google, authorization)
    else:
        with pytest.raises((ValueError, PyJWTError, RecursionError)):
            await verify(google, authorization)
    assert google.journal.of("push")[0]["forged"] == forged


async def test_keys_rotate_and_old_ones_are_published_for_a_while(google: GoogleDouble, shop: Shop) -> None:
    google.push()
    await google.pubsub.settled()
    google.certs.rotate("google 3")
    google.push()
    await google.pubsub.settled()
    (old, _), (new, _) = shop.pushes
    assert await verify(google, old) and await verify(google, new)
    google.certs.rotate("google 4")
    with pytest.raises(ValueError, match="not found"):
        await verify(google, old)


async def test_certificates_say_how_long_they_hold_and_may_be_out_of_reach(google: GoogleDouble, shop: Shop) -> None:
    async def asked() -> requests.Response:
        return await asyncio.to_thread(requests.get, google.certs_url, timeout=20)

    answer = await asked()
    assert answer.headers["Cache-Control"] == "public, max-age=20000, must-revalidate"
    assert set(answer.json()) == {known.kid for known in google.certs.keys}
    google.script.add(Rule(on="certs", status=503), Rule(on="certs", padding=100_000))
    google.push()
    await google.pubsub.settled()
    with pytest.raises(TransportError):
        await verify(google, shop.pushes[0][0])
    assert len((await asked()).content) > 100_000


async def test_a_push_comes_again_until_it_is_acknowledged(google: GoogleDouble, shop: Shop) -> None:
    shop.answers = [503, 404, 302, 202]
    google.push()
    await google.pubsub.settled()
    assert len({push["message"]["messageId"] for _, push in shop.pushes}) == 1
    assert [push["outcome"] for push in google.journal.of("push")] == [503, 404, 302, 202]


async def test_a_receiver_that_is_away_is_asked_again(google: GoogleDouble, shop: Shop) -> None:
    subscription = google.pubsub.subscription
    there, subscription.attempts = subscription.endpoint, 2
    subscription.endpoint = "http://127.0.0.1:1/push"
    google.push()
    await google.pubsub.settled()
    assert [push["outcome"] for push in google.journal.of("push")] == ["ClientConnectorError"] * 2
    subscription.endpoint = there
    google.push()
    await google.pubsub.settled()
    assert len(shop.pushes) == 1


async def test_pushes_are_lost_doubled_and_changed_as_ordered(google: GoogleDouble, shop: Shop) -> None:
    await watch(google)
    google.deliver(a_mail(), push=Order(times=0))
    await google.pubsub.settled()
    assert shop.pushes == []
    google.deliver(a_mail(), push=Order(times=2, number=True, history_id="7"))
    await google.pubsub.settled()
    assert [told(push)["historyId"] for _, push in shop.pushes] == [7, 7]
    google.push(Order(body=json.dumps({"message": None})))
    await google.pubsub.settled()
    assert shop.pushes[-1][1] == {"message": None}


async def test_a_push_may_be_late(google: GoogleDouble, shop: Shop) -> None:
    google.push(Order(delay=3600, history_id="8"))
    google.push(Order(history_id="9"))

    async def arrived() -> bool:
        return bool(shop.pushes)

    await until(arrived)
    assert [told(push)["historyId"] for _, push in shop.pushes] == ["9"]


async def test_without_a_watch_nothing_is_pushed(google: GoogleDouble, shop: Shop) -> None:
    google.deliver(a_mail())
    await google.pubsub.settled()
    assert shop.pushes == []
