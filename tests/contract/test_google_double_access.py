"""Who may do what at the Google double, and how it says no: Google's own credentials and client against it."""

import asyncio
import json
import signal
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from data_plane import until
from doubles.google.double import GoogleDouble
from doubles.google.identities import METADATA, MODIFY, READ, SEND, ServiceAccount
from doubles.google.journal import Journal
from doubles.google.keys import key
from doubles.google.misbehaviour import Rule
from doubles.google_world import ADA, DESK, a_double, a_mail, authorised, call, delegated, raw
from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError

pytestmark = pytest.mark.slow

SERVER = Path(__file__).resolve().parent.parent / "doubles" / "google_server.py"


@pytest.fixture
async def google() -> AsyncIterator[GoogleDouble]:
    async with a_double() as double:
        yield double


async def profile(google: GoogleDouble, credentials: Any = None, **more: Any) -> Any:
    return await call(google, lambda users: users.getProfile(userId="me"), credentials, **more)


async def send(google: GoogleDouble, credentials: Any = None, **more: Any) -> Any:
    body = {"raw": raw(a_mail(From=DESK, To=ADA))}
    return await call(google, lambda users: users.messages().send(userId="me", body=body), credentials, **more)


async def denied(google: GoogleDouble, credentials: Any) -> tuple[str, bool]:
    """The word of RFC 6749, and whether Google's library would try again."""
    with pytest.raises(RefreshError) as refused:
        await profile(google, credentials)
    return refused.value.args[1]["error"], refused.value.retryable


async def refused(google: GoogleDouble, asked: Any) -> dict[str, Any]:
    with pytest.raises(HttpError) as error:
        await asked
    return json.loads(error.value.content)["error"] | {"http": error.value.status_code}


# Tokens


async def test_an_administrator_s_and_a_person_s_consent_open_the_mailbox(google: GoogleDouble) -> None:
    assert (await profile(google, delegated(google)))["emailAddress"] == DESK
    assert (await profile(google, authorised(google)))["emailAddress"] == DESK
    assert [asked["params"]["grant_type"] for asked in google.journal.requests("token")] == [
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "refresh_token",
    ]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"delegated": frozenset()}, "unauthorized_client"),
        ({"delegated": frozenset({READ})}, "unauthorized_client"),
        ({"email": "nobody@project.iam.gserviceaccount.com"}, "invalid_grant"),
        ({"signs_with": key("stranger")}, "invalid_grant"),
    ],
)
async def test_an_account_without_delegation_or_with_another_key_gets_no_token(
    google: GoogleDouble, change: dict[str, Any], word: str
) -> None:
    credentials = delegated(google)
    google.identities.service_accounts = [ServiceAccount(**change)]
    assert await denied(google, credentials) == (word, False)


async def test_a_mailbox_that_is_not_there_gets_no_token(google: GoogleDouble) -> None:
    assert await denied(google, delegated(google, subject="gone@example.org")) == ("invalid_grant", False)


@pytest.mark.parametrize("moved", [-7200, 7200])
async def test_an_assertion_of_a_wrong_clock_gets_no_token(google: GoogleDouble, moved: int) -> None:
    account = google.identities.service_accounts[0]
    now = int(time.time()) + moved
    claims = {"iss": account.email, "sub": DESK, "scope": READ, "aud": google.token_url, "iat": now, "exp": now + 3600}
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": account.signs_with.sign(claims)}
    async with aiohttp.ClientSession() as session, session.post(google.token_url, data=form) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"refresh_token": "1//other"}, "invalid_grant"), ({"client_secret": "other"}, "invalid_client")],
)
async def test_another_refresh_token_or_client_gets_no_token(
    google: GoogleDouble, changes: dict[str, str], word: str
) -> None:
    assert await denied(google, authorised(google, **changes)) == (word, False)


async def test_a_consent_that_was_revoked_gets_no_token(google: GoogleDouble) -> None:
    google.identities.consents[0].revoked = True
    assert await denied(google, authorised(google)) == ("invalid_grant", False)


@pytest.mark.parametrize("told", [True, False])
async def test_a_consent_that_ends_says_when_if_google_does_and_then_gets_no_token(
    google: GoogleDouble, told: bool
) -> None:
    consent = google.identities.consents[0]
    consent.ends, consent.told = time.time() + 7 * 86400, told
    form = json.loads(consent.file()) | {"grant_type": "refresh_token"}
    async with aiohttp.ClientSession() as session, session.post(google.token_url, data=form) as answer:
        left = (await answer.json()).get("refresh_token_expires_in")
    assert left is None if not told else 604_700 < left <= 604_800
    consent.ends = time.time() - 1
    assert await denied(google, authorised(google)) == ("invalid_grant", False)


async def test_an_access_token_ends_and_the_library_gets_another(google: GoogleDouble) -> None:
    credentials = delegated(google)
    await profile(google, credentials)
    google.identities.forget_tokens()
    await profile(google, credentials)
    assert len(google.journal.requests("token")) == 2
    decisions = [asked["decision"] for asked in google.journal.requests("profile")]
    assert decisions == ["answered", "refused 401 authError", "answered"]


async def test_a_token_endpoint_that_fails_is_asked_again(google: GoogleDouble) -> None:
    google.script.add(Rule(on="token", status=503, reason="temporarily_unavailable"))
    await profile(google)
    assert len(google.journal.requests("token")) == 2


# Refusals


async def test_a_request_without_a_token_is_unauthenticated(google: GoogleDouble) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{google.url}/gmail/v1/users/me/profile") as answer:
        error = (await answer.json())["error"]
    assert (answer.status, error["code"], error["status"]) == (401, 401, "UNAUTHENTICATED")
    assert error["errors"][0]["reason"] == "authError"


async def test_scopes_bound_what_a_token_may_do(google: GoogleDouble) -> None:
    google.identities.service_accounts[0].delegated |= {METADATA}
    error = await refused(google, send(google, delegated(google, READ)))
    assert (error["http"], error["status"]) == (403, "PERMISSION_DENIED")
    assert error["errors"][0]["reason"] == "insufficientPermissions"
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert (await refused(google, profile(google, delegated(google, SEND))))["http"] == 403
    assert (await send(google, delegated(google, MODIFY)))["id"]


async def test_a_token_is_for_its_own_mailbox(google: GoogleDouble) -> None:
    error = await refused(google, call(google, lambda users: users.getProfile(userId="boss@example.org")))
    assert (error["http"], error["message"]) == (403, "Delegation denied for boss@example.org")


@pytest.mark.parametrize(("status", "reason"), [(403, "userRateLimitExceeded"), (429, "rateLimitExceeded")])
async def test_quota_units_run_out_and_a_refusal_costs_none(google: GoogleDouble, status: int, reason: str) -> None:
    google.quota.per_minute, google.quota.status, google.quota.reason = 250, status, reason
    await send(google)
    await send(google)
    error = await refused(google, send(google))
    assert (error["http"], error["errors"][0]["reason"], error["errors"][0]["domain"]) == (
        status,
        reason,
        "usageLimits",
    )
    assert google.quota.spent(DESK) == 200
    await profile(google)
    assert len(google.journal.sent()) == 2


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        (403, "rateLimitExceeded", "PERMISSION_DENIED"),
        (403, "quotaExceeded", "PERMISSION_DENIED"),
        (429, "userRateLimitExceeded", "RESOURCE_EXHAUSTED"),
        (500, "backendError", "INTERNAL"),
        (503, "backendError", "UNAVAILABLE"),
    ],
)
async def test_a_scripted_error_comes_once_and_takes_nothing(
    google: GoogleDouble, status: int, reason: str, told: str
) -> None:
    google.script.add(Rule(status=status, reason=reason))
    error = await refused(google, send(google))
    assert (error["http"], error["code"], error["status"], error["errors"][0]["reason"]) == (
        status,
        status,
        told,
        reason,
    )
    assert google.journal.sent() == []
    assert (await send(google))["id"]


async def test_an_error_may_lie_about_what_was_taken_and_say_when_to_come_again(google: GoogleDouble) -> None:
    google.script.add(Rule(status=500, accepted=True), Rule(on="profile", status=429, retry_after=7))
    await refused(google, send(google))
    assert len(google.journal.sent()) == 1
    with pytest.raises(HttpError) as error:
        await profile(google)
    assert error.value.resp["retry-after"] == "7"


# No answer


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(("cut", "seconds", "error"), [("hang", 1, TimeoutError), ("reset", 20, ConnectionResetError)])
async def test_an_answer_that_never_comes_says_nothing_of_the_mail(
    google: GoogleDouble, cut: Any, seconds: float, error: type[Exception], accepted: bool
) -> None:
    credentials = delegated(google)
    await profile(google, credentials)
    google.script.add(Rule(cut=cut, accepted=accepted))
    with pytest.raises(error):
        await send(google, credentials, seconds=seconds)

    async def arrived() -> bool:
        return len(google.journal.requests("send")) == 1

    await until(arrived)  # a client may give up before its request was read
    assert len(google.journal.sent()) == int(accepted)


async def test_google_s_transport_sends_again_by_itself_what_is_cut_in_good_order(google: GoogleDouble) -> None:
    """httplib2 takes a connection that ends before an answer for a stale one: whoever uses it as it is sends twice."""
    google.script.add(Rule(cut="close", accepted=True))
    await send(google)
    assert len(google.journal.sent()) == 2


# As a process


@asynccontextmanager
async def a_process(folder: Path) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    command = [sys.executable, str(SERVER), "--journal", str(folder / "journal"), "--folder", str(folder)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip(), process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def order(url: str, name: str, rules: Any = None, /, **told: Any) -> Any:
    body = told if rules is None else rules
    async with aiohttp.ClientSession() as session, session.post(f"{url}/_double/{name}", json=body) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_every_order_is_given_over_http(google: GoogleDouble) -> None:
    there = {"endpoint": f"{google.url}/oauth2/v1/certs", "audience": "us", "attempts": 1}
    await order(google.url, "subscription", **there)
    mail = await order(google.url, "deliver", raw=b64encode(a_mail()).decode(), hidden_gets=1)
    assert google.mailbox().mail(mail["id"]).hidden_gets == 1
    await order(google.url, "push", push={"times": 2, "forged": "key"})
    await google.pubsub.settled()
    assert [(push["forged"], push["outcome"]) for push in google.journal.of("push")] == [("key", 405)] * 2
    await order(google.url, "script", [{"on": "profile", "status": 503}])
    assert (await refused(google, profile(google)))["http"] == 503
    await order(google.url, "rotate", name="google 3")
    assert google.certs.keys[0] is key("google 3")
    await order(google.url, "pages", largest=1)
    await order(google.url, "deliver", raw=b64encode(a_mail(Message_ID="<two@example.net>")).decode())
    assert len((await call(google, lambda users: users.messages().list(userId="me")))["messages"]) == 1
    await order(google.url, "quota", per_minute=0)
    assert (await refused(google, profile(google)))["http"] == 403
    await order(google.url, "quota", per_minute=6000)
    await order(google.url, "message_ids", value="kept")
    assert google.mailbox().message_ids == "kept"
    await order(google.url, "revoke", mailbox=DESK)
    assert await denied(google, authorised(google)) == ("invalid_grant", False)
    await order(google.url, "forget", history=DESK, tokens=True)
    assert (google.mailbox().history, google.identities.tokens) == ([], {})


async def test_what_a_killed_process_took_is_there_when_it_starts_again(tmp_path: Path) -> None:
    async with a_process(tmp_path) as (url, process):
        first = await order(url, "deliver", raw=b64encode(a_mail()).decode())
        gone = await order(url, "deliver", raw=b64encode(a_mail(Message_ID="<two@example.net>")).decode())
        await order(url, "label", id=first["id"], add=["STARRED"], remove=["INBOX"])
        await order(url, "delete", id=gone["id"])
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with GoogleDouble(journal=tmp_path / "journal") as again:
        box = again.mailbox()
        [mail] = box.mails.values()
        assert (mail.id, mail.labels, mail.raw) == (first["id"], {"UNREAD", "STARRED"}, a_mail())
        kinds = ["messageAdded", "messageAdded", "labelAdded", "labelRemoved", "messageDeleted"]
        assert [record.kind for record in box.history] == kinds
        assert box.history_id == box.history[-1].id
    assert json.loads((tmp_path / "service-account.json").read_text())["type"] == "service_account"
    assert json.loads((tmp_path / "authorised-user.json").read_text())["refresh_token"]
    assert len(Journal.read(tmp_path / "journal").of("mail")) == 2
