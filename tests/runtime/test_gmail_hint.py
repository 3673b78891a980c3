"""What a push says, as the double writes it and as nobody should."""

import json
from base64 import b64encode, urlsafe_b64encode

import pytest
from doubles.google.pubsub import Order
from doubles.google_world import DESK, a_double, a_shop
from hypothesis import given
from hypothesis import strategies as st

from fte_runtime.channels.gmail.hint import Hint, Unreadable, read

SUBSCRIPTION = "projects/desk-project/subscriptions/mail"
DATA = {"emailAddress": "Desk@Example.org", "historyId": "1234"}


def a_body(data=DATA, *, encode=urlsafe_b64encode, **changes):
    message = {"data": encode(json.dumps(data).encode()).decode(), "messageId": "7"} | changes
    return json.dumps({"message": message, "subscription": SUBSCRIPTION}).encode()


@pytest.mark.parametrize("number", [False, True])
async def test_the_double_s_pushes_are_hints(number):
    async with a_shop() as shop, a_double(shop) as google:
        google.push(Order(number=number))
        await google.pubsub.settled()
        [(_, push)] = shop.pushes
    hint = read(json.dumps(push).encode(), subscription=google.pubsub.subscription.name)
    assert hint == Hint(DESK, 1000, push["message"]["messageId"])


@pytest.mark.parametrize("encode", [urlsafe_b64encode, b64encode, lambda data: b64encode(data).rstrip(b"=")])
@pytest.mark.parametrize("history_id", ["1234", 1234])
def test_either_alphabet_and_a_string_or_a_number(encode, history_id):
    data = {"emailAddress": "~~~???>>>@Example.org", "historyId": history_id}
    assert a_body(data, encode=b64encode) != a_body(data, encode=urlsafe_b64encode)
    assert read(a_body(data, encode=encode)) == Hint("~~~???>>>@example.org", 1234, "7")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "json"),
        (b"\xff", "json"),
        (b"[" * 100_000, "json"),
        (b"[]", "push"),
        (b"{}", "message"),
        (b'{"message": []}', "message"),
        (b'{"message": {}}', "data"),
        (b'{"message": {"data": 1}}', "data"),
        (b'{"message": {"data": "!"}}', "json"),
        (b'{"message": {"data": "e30"}}', "emailAddress"),
        (b'{"message": {"data": "e30=!"}}', "json"),
        (a_body([]), "data"),
        (a_body({"emailAddress": 1, "historyId": "1"}), "text"),
        (a_body({"emailAddress": DESK}), "historyId"),
        (a_body(messageId=None), "text"),
        (a_body(messageId="7\x00"), "text"),
        (a_body(messageId="7\ud800"), "text"),
        (a_body(DATA | {"emailAddress": "desk@example.org\x00"}), "text"),
        (a_body(DATA | {"emailAddress": "\udfff@example.org"}), "text"),
        (a_body(DATA | {"emailAddress": "desk@example.org\n"}), "text"),
    ],
)
def test_what_is_authentic_and_says_nothing_is_an_outcome(body, why):
    assert read(body) == Unreadable(why)


@pytest.mark.parametrize("history_id", ["", "-1", "1.5", 1.5, -1, True, None, [], "٣", "9" * 21, 2**64, "1" * 400])
def test_a_history_id_is_a_whole_number_of_64_bits(history_id):
    assert read(a_body(DATA | {"historyId": history_id})) == Unreadable("historyId")


def test_only_our_subscription_s_pushes_count_where_one_is_named():
    assert isinstance(read(a_body(), subscription=SUBSCRIPTION), Hint)
    assert read(a_body(), subscription="projects/other/subscriptions/mail") == Unreadable("subscription")


@given(st.binary() | st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.dictionaries(
    st.sampled_from(["message", "data", "messageId", "emailAddress", "historyId"]), inner)).map(
    lambda value: json.dumps(value).encode()))  # fmt: skip
def test_no_body_raises(body):
    assert isinstance(read(body), Unreadable)
