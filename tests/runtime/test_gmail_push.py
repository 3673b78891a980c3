"""Whether a push is Google's: tokens that are and that are not, keys that rotate, and a place of keys that fails."""

import asyncio
import time
from datetime import UTC, datetime

import pytest
from doubles.google.certs import Certs
from doubles.google.forgeries import FORGERIES, claims_of, token
from doubles.google.keys import key
from doubles.google.misbehaviour import Rule
from doubles.google_world import AUDIENCE, a_double
from jwt.utils import base64url_encode
from runtime_doubles import FakeClock

from fte_runtime.channels.gmail import certificates
from fte_runtime.channels.gmail.certificates import LONGEST, MAX_BYTES, PAUSE, Certificates, CertificatesUnavailable
from fte_runtime.channels.gmail.push import MAX_TOKEN_CHARS, NotGoogle, PushTokens

EMAIL = "push@project.iam.gserviceaccount.com"
WHY = {
    "key": "token", "kid": "key", "no kid": "algorithm", "none": "algorithm", "secret": "algorithm",
    "issuer": "issuer", "audience": "token", "email": "email", "unverified": "email_verified",
    "unverified text": "email_verified", "expired": "token", "early": "token", "no expiry": "token",
    "no email": "email_verified", "no token": "bearer", "garbage": "token", "deep": "token",
}  # fmt: skip


class World:
    def __init__(self, google):
        self.google, self.clock = google, FakeClock()
        self.certificates = Certificates(google.certs_url, self.clock, seconds=60)
        self.tokens = PushTokens(self.certificates, audience=AUDIENCE, email=EMAIL.upper())

    @property
    def certs(self) -> Certs:
        return self.google.certs

    @property
    def asked(self) -> int:
        """How often Google's keys were asked for."""
        return len(self.google.journal.requests("certs"))

    def token(self, forged=None) -> str:
        return token(self.certs.keys[0], audience=AUDIENCE, email=EMAIL, forged=forged)

    def signed(self, **claims) -> str:
        return self.certs.keys[0].sign(claims_of(AUDIENCE, EMAIL, _now()) | claims)

    async def verify(self, given=None) -> None:
        await self.tokens.verify(f"Bearer {given or self.token()}")

    async def refused(self, given) -> str:
        with pytest.raises(NotGoogle) as caught:
            await self.verify(given)
        assert caught.value.status == 401 and caught.value.__suppress_context__ | (caught.value.__context__ is None)
        return caught.value.why

    async def unavailable(self, given=None) -> None:
        with pytest.raises(CertificatesUnavailable) as caught:
            await self.verify(given)
        assert (caught.value.status, caught.value.retryable) == (503, True) and caught.value.retry_after


def _now() -> int:
    return int(time.time())


@pytest.fixture
async def world():
    async with a_double() as google:
        yield World(google)


async def test_a_token_of_ours_is_google_s_under_either_issuer_and_asks_once(world):
    await world.verify()
    await world.verify(world.signed(iss="accounts.google.com"))
    await world.tokens.verify(f"bearer {world.token()}")
    assert world.asked == 1


@pytest.mark.parametrize("forged", FORGERIES)
async def test_a_forged_token_is_refused_and_its_reason_is_for_us_alone(world, forged):
    await world.verify()
    with pytest.raises(NotGoogle) as caught:
        await world.tokens.verify(f"Bearer {world.token(forged)}")
    assert (caught.value.why, str(caught.value)) == (WHY[forged], "must have a token of one of our subscriptions")
    await world.verify()


@pytest.mark.parametrize("given", ["", "Bearer", "Basic abc", "Bearer " + "x" * (MAX_TOKEN_CHARS + 1), "Bearer ä.ö.ü"])
async def test_what_is_no_bearer_token_asks_nobody(world, given):
    with pytest.raises(NotGoogle):
        await world.tokens.verify(given)
    assert world.asked == 0


async def test_a_token_of_google_s_that_is_longer_than_any_is_not_read(world):
    assert await world.refused(world.signed(more="x" * MAX_TOKEN_CHARS)) == "bearer"


async def test_what_the_library_says_of_a_token_is_not_passed_on(world):
    assert await world.refused(world.signed(exp=1)) == "token"


@pytest.mark.parametrize(
    ("iat", "exp", "holds"), [(10, 3600, True), (11, 3600, False), (-3600, -10, True), (-3600, -11, False)]
)
async def test_clocks_may_be_ten_seconds_apart(world, monkeypatch, iat, exp, holds):
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setattr("google.auth.jwt._helpers.utcnow", lambda: now.replace(tzinfo=None))
    given = world.signed(iat=int(now.timestamp()) + iat, exp=int(now.timestamp()) + exp)
    if holds:
        await world.verify(given)
    else:
        assert await world.refused(given) == "token"


@pytest.mark.parametrize(
    "claims",
    [{"exp": "soon"}, {"iat": None}, {"iat": []}, {"aud": [AUDIENCE, "other"]}, {"aud": None}, {"iss": ["x"]},
     {"email": [EMAIL]}, {"email_verified": 1}],
)  # fmt: skip
async def test_claims_of_another_form_are_refused(world, claims):
    await world.refused(world.signed(**claims))


async def test_a_key_id_of_another_form_is_refused(world):
    for kid in (["a"], {}, 1, None, ""):
        header = base64url_encode(f'{{"alg": "RS256", "kid": {kid!r}}}'.replace("'", '"').encode()).decode()
        assert await world.refused(f"{header}.e30.e30") in ("algorithm", "token")
    assert world.asked == 0


# Keys


async def test_a_new_key_is_looked_for_once_and_found(world):
    await world.verify()
    world.certs.rotate("google 3")
    world.clock.advance(PAUSE)
    await world.verify()
    assert world.asked == 2


async def test_unknown_keys_make_us_no_client_of_google(world):
    await world.verify()
    for _ in range(50):
        assert await world.refused(world.token("kid")) == "key"
    assert world.asked == 1
    world.clock.advance(PAUSE)
    for _ in range(50):
        await world.refused(world.token("kid"))
    assert world.asked == 2
    await world.verify()


async def test_a_key_that_google_withdrew_is_none_once_it_is_looked_for_again(world):
    old = world.token()
    await world.verify(old)
    world.certs.rotate("google 3"), world.certs.rotate("google 4")
    world.clock.advance(world.certs.max_age)
    await world.verify()
    assert await world.refused(old) == "key"


@pytest.mark.parametrize(("max_age", "kept"), [(None, 300), (0, 60), (3600, 3600), (10**8, LONGEST)])
async def test_keys_are_kept_as_long_as_google_says_within_reason(world, max_age, kept):
    world.certs.max_age = max_age
    await world.verify()
    world.clock.advance(kept - 1)
    await world.verify()
    assert world.asked == 1
    world.clock.advance(1)
    await world.verify()
    assert world.asked == 2


async def test_the_time_in_caches_counts(world):
    world.certs.max_age, world.certs.age = 1000, 900
    await world.verify()
    world.clock.advance(100)
    await world.verify()
    assert world.asked == 2


async def test_many_pushes_at_once_ask_once(world):
    world.google.script.add(Rule(on="certs", delay=0.2))
    await asyncio.gather(*(world.verify() for _ in range(20)))
    assert world.asked == 1


BAD = [
    Rule(on="certs", status=503),
    Rule(on="certs", status=302),
    Rule(on="certs", cut="reset", times=2),
    Rule(on="certs", page=True),
    Rule(on="certs", padding=MAX_BYTES),
]


@pytest.mark.parametrize("rule", BAD)
async def test_without_keys_nothing_is_known_and_google_is_left_in_peace(world, rule):
    world.google.script.add(rule)
    await world.unavailable()
    asked = world.asked
    for _ in range(20):
        await world.unavailable()
    assert world.asked == asked == rule.times
    world.clock.advance(PAUSE)
    await world.verify()
    assert world.asked == asked + 1


@pytest.mark.parametrize("rule", [Rule(on="certs", cut="hang"), Rule(on="certs", drip=0.01)])
async def test_a_slow_place_of_keys_is_given_up(world, rule):
    world.google.script.add(rule)
    world.tokens = PushTokens(
        Certificates(world.google.certs_url, world.clock, seconds=0.3), audience=AUDIENCE, email=EMAIL
    )
    await asyncio.wait_for(world.unavailable(), 60)


async def test_keys_that_somebody_asked_for_and_did_not_wait_for_are_there_for_the_next(world, monkeypatch):
    under_way, go_on, read = asyncio.Event(), asyncio.Event(), certificates._bounded

    async def held(answer):
        under_way.set()
        await go_on.wait()
        return await read(answer)

    monkeypatch.setattr(certificates, "_bounded", held)
    asked = asyncio.ensure_future(world.verify())
    await under_way.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    go_on.set()
    await world.verify()
    assert world.asked == 1


async def test_keys_that_still_hold_outlive_an_outage(world):
    await world.verify()
    world.google.script.add(Rule(on="certs", status=503, times=None))
    world.clock.advance(PAUSE)
    await world.refused(world.token("kid"))
    await world.verify()
    world.clock.advance(world.certs.max_age)
    await world.unavailable()
    await world.unavailable(world.token("kid"))


async def test_keys_come_with_200_or_not_at_all(world):
    world.certs.status = 404
    await world.unavailable()


async def test_what_is_no_map_of_certificates_is_none(world):
    world.tokens = PushTokens(
        Certificates(f"{world.google.url}/oauth2/v3/certs", world.clock), audience=AUDIENCE, email=EMAIL
    )
    await world.unavailable()


async def test_another_project_s_account_and_audience_prove_nothing_here(world):
    for audience, email in (("https://other.example.org", EMAIL), (AUDIENCE, "other@project.iam.gserviceaccount.com")):
        await world.refused(token(world.certs.keys[0], audience=audience, email=email))
    assert await world.refused(key("stranger").sign(claims_of(AUDIENCE, EMAIL, _now()), kid=world.certs.keys[0].kid))
