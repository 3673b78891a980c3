"""Limits per network: what is believed of where a form comes from, and that one network keeps out no other."""

from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from typing import Any

import httpx
import pytest
from api_world import WEBSITE, Api, an_api
from runtime_doubles import FakeClock
from starlette.requests import Request

from fte_runtime.asgi.network import network_of
from fte_runtime.channels.web_form import limits
from fte_runtime.channels.web_form.limits import FormLimits
from fte_runtime.errors import TooManyFromNetwork, TooManyRequests
from fte_runtime.events import decode


def request(peer: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return Request({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "hops", "network"),
    [
        ("192.0.2.7", [], 0, "192.0.2.0/24"),
        ("192.0.2.7", ["198.51.100.1"], 0, "192.0.2.0/24"),
        ("10.0.0.1", ["198.51.100.1"], 1, "198.51.100.0/24"),
        ("10.0.0.1", ["203.0.113.1, 198.51.100.1"], 1, "198.51.100.0/24"),
        ("10.0.0.1", ["203.0.113.1", "198.51.100.1"], 1, "198.51.100.0/24"),
        ("10.0.0.1", ["192.0.2.9, 203.0.113.1,198.51.100.1"], 2, "203.0.113.0/24"),
        ("192.0.2.7", [], 1, "192.0.2.0/24"),
        ("192.0.2.7", ["203.0.113.1"], 2, "192.0.2.0/24"),
        ("10.0.0.1", ["unknown"], 1, "10.0.0.0/24"),
        ("10.0.0.1", ["198.51.100.1:4711"], 1, "198.51.100.0/24"),
        ("10.0.0.1", ["[2001:db8:1:2ff::1]:4711"], 1, "2001:db8:1:200::/56"),
        ("2001:db8:1:2ff::1", [], 0, "2001:db8:1:200::/56"),
        ("fe80::1%eth0", [], 0, "fe80::/56"),
        ("::ffff:192.0.2.7", [], 0, "192.0.2.0/24"),
        ("64:ff9b::203.0.113.7", [], 0, "203.0.113.0/24"),
        ("10.0.0.1", ["64:ff9b::198.51.100.9"], 1, "198.51.100.0/24"),
        ("64:ff9b:1:fffe::203.0.113.7", [], 0, "203.0.113.0/24"),
        ("::ffff:0:203.0.113.7", [], 0, "203.0.113.0/24"),
        ("2002:cb00:7107::1", [], 0, "203.0.113.0/24"),
        ("2002:cb00:7107:ff00::1", [], 0, "203.0.113.0/24"),
        ("2001:0:53aa:64c:0:1:34ff:8ef8", [], 0, "203.0.113.0/24"),
        ("64:ff9c::203.0.113.7", [], 0, "64:ff9c::/56"),
        ("::1", [], 0, "::/56"),
        ("a socket", [], 0, "unknown"),
        ("192.0.2.7", ["203.0.113.1, 198.51.100.1"], None, "198.51.100.0/24"),
        ("192.0.2.7", [], None, "192.0.2.0/24"),
    ],
)
def test_the_network_is_what_the_last_trusted_proxy_heard(
    peer: str, forwarded: list[str], hops: int | None, network: str
) -> None:
    assert network_of(request(peer, *forwarded), hops) == network


@pytest.fixture
async def proxied() -> AsyncIterator[Api]:
    async with an_api(WEBSITE, trusted_proxy_hops=1) as it:
        yield it


def excess(api: Api) -> list[bool]:
    """Of each form that was taken, whether it is more than the employee answers."""
    return [decode(value).excess for _, value, _ in api.publisher.on("fte.tickets.incoming")]


async def post(api: Api, address: str, **changes: Any) -> httpx.Response:
    """One form that claims what it likes to the left of what the proxy heard."""
    headers = {"x-forwarded-for": f"203.0.113.9, {address}"}
    return await api.http.post("/support/submit", json=api.form(**changes), headers=headers)


async def test_one_network_with_invented_addresses_keeps_no_other_out(proxied: Api) -> None:
    answers = [await post(proxied, f"198.51.100.{n % 256}", email=f"{n}@example.org") for n in range(400)]
    assert [answer.status_code for answer in answers] == [202] * (30 + 300) + [429] * 70
    refused = answers[-1]
    assert [e["code"] for e in refused.json()["errors"]] == ["too_many_from_network"]
    assert int(refused.headers["retry-after"]) >= 1
    for honest in range(20):
        assert (await post(proxied, f"192.0.{honest}.1", email="ada@example.org")).status_code == 202
    assert not any(excess(proxied)[-20:]), "and the employee answers them"


async def test_nobody_said_how_many_proxies_and_yet_the_last_one_s_word_keeps_the_reserve() -> None:
    async with an_api(WEBSITE) as guessing:
        answers = [await post(guessing, "198.51.100.1", email=f"{n}@example.org") for n in range(600)]
        codes = {e["code"] for answer in answers if answer.status_code == 429 for e in answer.json()["errors"]}
        assert codes == {"too_many_requests"}, "a guess is nobody's fault"
        for honest in range(15):
            assert (await post(guessing, f"192.0.{honest}.1", email="ada@example.org")).status_code == 202
        assert not any(excess(guessing)[-15:])


async def test_nobody_uses_up_the_share_of_whom_they_claim_to_be(proxied: Api) -> None:
    for _ in range(60):
        await post(proxied, "198.51.100.1", email="ada@example.org")
    assert (await post(proxied, "192.0.2.1", email="ada@example.org")).status_code == 202
    assert excess(proxied) == [False] * 30 + [True] * 30 + [False]


PER_MINUTE = 60


def a_form(clock: FakeClock, per_minute: int = PER_MINUTE) -> FormLimits:
    return FormLimits(clock, per_minute, networks_known=True)


def taken(form: FormLimits, network: str, people: Any) -> bool:
    """Whether the employee answers the next one."""
    with suppress(TooManyRequests):
        return form.take(f"{next(people)}@example.org", network)
    return False


def test_networks_that_are_at_it_leave_a_reserve_to_those_not_seen_lately() -> None:
    clock, people = FakeClock(), count()
    form = a_form(clock)
    for _ in range(100):
        for network in ("a", "b", "c"):
            taken(form, network, people)
    reserve = [taken(form, f"new {n}", people) for n in range(PER_MINUTE // limits.RESERVE + 1)]
    assert reserve == [True] * (PER_MINUTE // limits.RESERVE) + [False]
    clock.advance(15)
    assert not taken(form, "a", people), "what comes back is the reserve first"
    assert [taken(form, "late", people) for _ in range(limits.NEWCOMER + 1)] == [True] * limits.NEWCOMER + [False]
    clock.advance(limits.LATELY_SECONDS + 1)
    for _ in range(100):
        for network in ("d", "e", "f"):
            taken(form, network, people)
    assert not taken(form, "d", people)
    assert taken(form, "a", people), "forgotten by now"


def test_the_employee_answers_no_more_than_the_form_allows_and_ten_times_as_many_are_stored() -> None:
    form, people, answered = a_form(FakeClock()), count(), []
    with pytest.raises(TooManyRequests):
        for n in count():
            answered.append(form.take(f"{next(people)}@example.org", f"network {n}"))
    assert answered == [True] * PER_MINUTE + [False] * PER_MINUTE * limits.FLOOD


def test_the_network_at_fault_is_told_and_the_form_s_own_limit_is_another() -> None:
    form, people = a_form(FakeClock(), 6), count()
    with pytest.raises(TooManyFromNetwork):
        for _ in range(6 * limits.FLOOD):
            form.take(f"{next(people)}@example.org", "a")
    with pytest.raises(TooManyRequests) as full:
        for n in count():
            form.take(f"{next(people)}@example.org", f"other {n}")
    assert not isinstance(full.value, TooManyFromNetwork)
