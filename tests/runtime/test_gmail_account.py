"""Gmail's API as the runtime asks it, against the double: what comes back, and what each failure means."""

import asyncio
import gzip
import socket
from base64 import urlsafe_b64encode
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from data_plane import until
from doubles.google.identities import READ
from doubles.google.misbehaviour import Rule
from doubles.google_world import ADA, ALIAS, DESK, TOPIC, a_mail
from gmail_world import a_world
from ports import free_port

from fte_agent.inbound.mail import MAX_RAW_BYTES
from fte_runtime.channels.gmail import transport
from fte_runtime.channels.gmail.account import MAX_ANSWER_BYTES, Account, a_turn
from fte_runtime.channels.gmail.failures import (
    AnswerTooLarge,
    GmailError,
    NoAnswer,
    NoCredentials,
    NotFound,
    QuotaExceeded,
    Refused,
    Rejected,
    Unreachable,
)
from fte_runtime.errors import is_retryable, told_by_channel

pytestmark = pytest.mark.slow

REPLY = a_mail(
    "There.", From=DESK, To=ADA, Subject="Re: Question", In_Reply_To="<one@example.net>", References="<one@example.net>"
)


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        yield world


async def fails(asked) -> GmailError:
    with pytest.raises(GmailError) as caught:
        await asked
    return caught.value


# What comes back


async def test_both_kinds_of_credentials_open_the_mailbox_over_our_own_token_url(world):
    assert (await world.account().profile()).address == DESK
    world.authorised_user()
    assert (await world.account().profile()).address == DESK
    assert len(world.double.journal.requests("token")) == 2


async def test_a_watch_names_the_labels_and_says_when_it_ends(world):
    watched = await world.account(label_ids=["INBOX", "Label_1"]).watch(TOPIC)
    watch = world.double.mailbox().watch
    assert watched.history_id == 1000
    assert abs(watched.expires - datetime.now(UTC) - timedelta(days=7)) < timedelta(hours=1)
    assert (watch.topic, watch.labels, watch.include) == (TOPIC, {"INBOX", "Label_1"}, True)
    await world.account().stop()
    assert world.double.mailbox().watch is None


async def test_history_lists_what_was_added_page_by_page(world):
    ids = [world.double.deliver(a_mail(Message_ID=f"<{n}@example.net>")).id for n in range(150)]
    world.double.label(ids[0], add=["STARRED"])
    account, page, found = world.account(), None, []
    while True:
        answer = await account.history(1000, label="INBOX", page=page)
        found += [message.id for message in answer.messages]
        if (page := answer.next_page_token) is None:
            break
    assert found == ids and answer.history_id == world.double.mailbox().history_id
    assert (await account.history(answer.history_id)).messages == ()
    assert (await account.history(1000)).messages[0].labels == {"INBOX", "UNREAD", "STARRED"}


async def test_an_old_cursor_is_not_found(world):
    world.double.mailbox().forget_history()
    assert isinstance(await fails(world.account().history(1000)), NotFound)


async def test_a_search_lists_newest_first(world):
    old, new = (world.double.deliver(a_mail(), date=seconds * 1000) for seconds in (100, 200))
    page = await world.account().listed("in:inbox after:100")
    assert [message.id for message in page.messages] == [new.id, old.id] and page.next_page_token is None
    assert (await world.account().listed("in:inbox after:300")).messages == ()


async def test_a_message_comes_whole_or_by_its_headers(world):
    mail = world.double.deliver(a_mail("Wie geht das?"), date=1_500)
    account = world.account()
    whole = await account.message(mail.id)
    assert (whole.raw, whole.size, whole.labels) == (mail.raw, len(mail.raw), {"INBOX", "UNREAD"})
    assert whole.date == datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC) and whole.history_id == mail.history_id
    some = await account.message(mail.id, "metadata", ["Message-ID"])
    assert (some.headers, some.raw) == ((("Message-ID", "<one@example.net>"),), b"")
    assert (await account.message(mail.id, "minimal")).headers == ()


async def test_a_message_that_is_not_visible_yet_is_found_later(world):
    mail = world.double.deliver(a_mail(), hidden_gets=1)
    assert isinstance(await fails(world.account().message(mail.id)), NotFound)
    assert (await world.account().message(mail.id)).id == mail.id


async def test_a_reply_goes_into_its_thread(world):
    asked = world.double.deliver(a_mail())
    sent = await world.account().send(REPLY, thread_id=asked.thread_id)
    assert sent.thread_id == asked.thread_id and sent.labels == {"SENT"}
    first, second = await world.account().thread(asked.thread_id)
    assert (first.id, second.id) == (asked.id, sent.id)
    assert dict(second.headers)["To"] == ADA
    assert (await world.account().send(REPLY)).thread_id != asked.thread_id


async def test_addresses_are_those_confirmed(world):
    assert await world.account().addresses() == {DESK, ALIAS}


async def test_many_calls_at_once_have_a_connection_each_thread(world):
    mails = [world.double.deliver(a_mail(Message_ID=f"<{n}@example.net>")) for n in range(20)]
    account = world.account()
    found = await asyncio.gather(*(account.message(mail.id, "metadata") for mail in mails))
    assert [one.id for one in found] == [mail.id for mail in mails]
    assert len(world.double.journal.requests("token")) == 1


async def test_of_all_mailboxes_one_whole_message_comes_in_at_a_time(world, monkeypatch):
    mails = [world.double.deliver(a_mail(Message_ID=f"<{n}@example.net>")) for n in range(3)]
    under_way, most, asks = [], [], Account._ask

    async def counted(self, make, **options):
        under_way.append(self)
        most.append(len(under_way))
        try:
            return await asks(self, make, **options)
        finally:
            under_way.remove(self)

    monkeypatch.setattr(Account, "_ask", counted)
    accounts = [world.account(), world.account()]
    await asyncio.gather(*(account.message(mail.id) for account in accounts for mail in mails))
    assert most == [1] * 6
    await asyncio.gather(*(account.message(mail.id, "minimal") for account in accounts for mail in mails))
    assert max(most) == 6, "what is small waits for nobody"


async def test_whose_turn_does_not_come_has_asked_nothing(world):
    mail = world.double.deliver(a_mail())
    account = world.account(seconds=0.05)
    async with a_turn(60):
        failure = await fails(account.message(mail.id))
    assert (type(failure), failure.reason, world.double.journal.requests("get")) == (Unreachable, "Timeout", [])
    account._seconds = 60
    assert (await account.message(mail.id)).id == mail.id


def test_the_largest_mail_that_is_read_is_the_largest_that_is_asked_for():
    answer = '{"id": "18f0a1", "raw": "' + urlsafe_b64encode(bytes(MAX_RAW_BYTES)).decode() + '"}'
    assert len(answer) <= MAX_ANSWER_BYTES < len(answer) + 70_000


# Credentials


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"type": "service_account"}', '{"refresh_token": 1}', "[" * 5000, "x" * 70_000],
)
async def test_a_file_that_holds_no_credentials_is_said_so_and_heals(world, text):
    world.file.write_text(text)
    account = world.account()
    with pytest.raises(NoCredentials, match="no service account's key") as caught:
        await account.profile()
    assert told_by_channel(caught.value) and (caught.value.__suppress_context__ or caught.value.__context__ is None)
    world.service_account()
    assert (await account.profile()).address == DESK


async def test_a_file_larger_than_any_credentials_is_not_read_on(world):
    world.file.write_text(world.file.read_text() + " " * 70_000)
    with pytest.raises(NoCredentials):
        await world.account().profile()


async def test_a_private_key_that_is_none_is_not_quoted(world):
    world.file.write_text(world.file.read_text().replace("BEGIN PRIVATE KEY", "BEGIN PRIVATE FISH"))
    with pytest.raises(NoCredentials) as caught:
        await world.account().profile()
    assert "FISH" not in str(caught.value)


async def test_a_missing_file_is_said_so(world):
    world.file.unlink()
    with pytest.raises(NoCredentials, match="No such file"):
        await world.account().profile()


async def test_a_new_secret_heals_a_revoked_consent(world):
    world.authorised_user()
    account = world.account()
    await account.profile()
    world.double.identities.consents[0].revoked = True
    world.double.identities.forget_tokens()
    rejected = await fails(account.profile())
    assert (type(rejected), rejected.reason, rejected.retryable) == (Rejected, "invalid_grant", False)
    assert told_by_channel(rejected) and "revoked" in rejected.public
    world.service_account()
    assert (await account.profile()).address == DESK


async def test_without_delegation_the_remedy_is_told(world):
    world.double.identities.service_accounts[0].delegated = frozenset({READ})
    rejected = await fails(world.account().profile())
    assert (type(rejected), rejected.reason) == (Rejected, "unauthorized_client")
    assert "Admin console" in rejected.public


async def test_a_scope_that_is_lacking_is_told(world):
    world.double.identities.consents[0].scopes = frozenset({READ})
    world.authorised_user()
    rejected = await fails(world.account().send(REPLY))
    assert (type(rejected), rejected.reason) == (Rejected, "insufficientPermissions")
    assert "scope" in rejected.public


async def test_an_access_token_that_ended_is_asked_for_again(world):
    account = world.account()
    await account.profile()
    world.double.identities.forget_tokens()
    assert (await account.profile()).address == DESK


async def test_a_token_that_is_refused_again_and_again_is_rejected(world):
    world.double.identities.lifetime = 0
    rejected = await fails(world.account().profile())
    assert (type(rejected), rejected.reason) == (Rejected, "authError")
    assert len(world.double.journal.requests("profile")) == 2


# Failures


@pytest.mark.parametrize(
    ("rule", "kind", "reason", "retryable"),
    [
        (Rule(status=403, reason="rateLimitExceeded"), QuotaExceeded, "rateLimitExceeded", True),
        (Rule(status=403, reason="userRateLimitExceeded"), QuotaExceeded, "userRateLimitExceeded", True),
        (Rule(status=403, reason="quotaExceeded"), QuotaExceeded, "quotaExceeded", True),
        (Rule(status=429, reason="rateLimitExceeded"), QuotaExceeded, "rateLimitExceeded", True),
        (Rule(status=403, reason="domainPolicy"), Rejected, "domainPolicy", False),
        (Rule(status=400, reason="failedPrecondition"), Rejected, "failedPrecondition", False),
        (Rule(status=400, reason="invalidArgument"), Refused, "invalidArgument", False),
        (Rule(status=400, reason="a <b> word"), Refused, "unknown", False),
        (Rule(status=302), Refused, "backendError", False),
        (Rule(status=500), NoAnswer, "Status500", True),
        (Rule(status=503), NoAnswer, "Status503", True),
        (Rule(page=True), NoAnswer, "Status502", True),
    ],
)
async def test_each_refusal_has_its_meaning(world, rule, kind, reason, retryable):
    world.double.script.add(rule)
    failure = await fails(world.account().send(REPLY))
    assert (type(failure), failure.reason, is_retryable(failure)) == (kind, reason, retryable)
    assert failure.public != GmailError.public
    assert len(world.double.journal.requests("send")) == 1


async def test_a_redirect_is_not_followed_with_a_token(world):
    world.double.script.add(Rule(on="profile", status=302))
    assert (await fails(world.account().profile())).status == 302


@pytest.mark.parametrize(("said", "seconds"), [(7, 7), (10**6, 3600), (None, None)])
async def test_too_many_requests_say_when_to_come_again(world, said, seconds):
    world.double.script.add(Rule(status=429, reason="rateLimitExceeded", retry_after=said))
    assert (await fails(world.account().send(REPLY))).retry_after == seconds


@pytest.mark.parametrize("cut", ["reset", "close"])
@pytest.mark.parametrize("accepted", [False, True])
async def test_a_mail_without_an_answer_is_never_sent_twice(world, cut, accepted):
    account = world.account()
    await account.profile()
    world.double.script.add(Rule(cut=cut, accepted=accepted))
    failure = await fails(account.send(REPLY))
    assert isinstance(failure, NoAnswer) and failure.retryable
    assert len(world.double.journal.requests("send")) == 1
    assert len(world.double.journal.sent()) == int(accepted)
    assert (await account.profile()).address == DESK


async def test_a_mail_goes_out_though_the_last_connection_ended(world):
    world.double.script.add(Rule(on="profile", goodbye=True, times=None))
    for account in (world.account(), world.account(), world.account()):
        await account.profile()
        assert (await account.send(REPLY)).id
    assert len(world.double.journal.sent()) == 3


async def test_a_server_that_is_not_there_was_not_asked(world):
    account = world.account(api_url=f"http://127.0.0.1:{free_port()}")
    assert isinstance(await fails(account.send(REPLY)), Unreachable)


async def test_without_a_token_endpoint_gmail_was_not_asked(world):
    account = world.account(token_url=f"http://127.0.0.1:{free_port()}/token")
    assert isinstance(await fails(account.send(REPLY)), Unreachable)
    world.double.script.add(Rule(on="token", cut="reset"), Rule(on="token", page=True))
    assert [type(await fails(world.account().send(REPLY))) for _ in range(2)] == [Unreachable] * 2
    assert world.double.journal.requests("send") == []


@pytest.mark.parametrize("rule", [Rule(on="get", cut="hang"), Rule(on="get", drip=0.01, padding=10**6)])
async def test_an_answer_that_does_not_end_is_given_up_and_cut_off(world, rule, monkeypatch):
    monkeypatch.setattr(transport, "SOCKET_SECONDS", 3600)
    mail = world.double.deliver(a_mail())
    for seconds in (0.5, 5, 50):  # a slow machine may not come to ask in so short a time
        account = world.account(seconds=seconds)
        world.double.script.replace([rule])
        failure = await fails(account.message(mail.id))
        assert failure.reason == "Timeout"
        await asyncio.wait_for(account.aclose(), 60)  # its thread has ended
        if isinstance(failure, NoAnswer):
            break
    assert isinstance(failure, NoAnswer)
    assert len(world.double.journal.requests("get")) == 1


async def test_a_caller_who_goes_leaves_no_thread_waiting(world, monkeypatch):
    monkeypatch.setattr(transport, "SOCKET_SECONDS", 3600)
    world.double.script.add(Rule(on="get", cut="hang", times=None))
    account = world.account(seconds=600)
    asked = asyncio.ensure_future(account.message("1"))

    async def under_way():
        return world.double.journal.requests("get")

    await until(under_way)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await asyncio.wait_for(account.aclose(), 60)


async def test_calls_that_found_no_thread_in_time_were_not_made(world):
    world.double.script.add(Rule(on="get", cut="hang", times=None))
    account = world.account(seconds=600)
    asked = [asyncio.ensure_future(account.message("1", "minimal")) for _ in range(4)]

    async def under_way():
        return len(world.double.journal.requests("get")) == 4

    await until(under_way)
    account._seconds = 0.2
    assert (type(failure := await fails(account.send(REPLY))), failure.reason) == (Unreachable, "Timeout")
    for one in asked:
        one.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    assert world.double.journal.requests("send") == []


async def test_an_answer_is_read_up_to_its_limit(world):
    account = world.account(max_answer_bytes=10_000)
    world.double.script.add(Rule(on="profile", padding=9_000), Rule(on="profile", padding=20_000))
    await account.profile()
    failure = await fails(account.profile())
    assert (type(failure), failure.retryable) == (AnswerTooLarge, False)
    assert (await account.profile()).address == DESK


PROFILE = b'{"emailAddress": "desk@example.org", "historyId": "2"}'


@asynccontextmanager
async def a_server(*bodies: bytes, short: int = 0, headers: bytes = b""):
    """Answers with one body after the other, each ``short`` of so many bytes that it announces."""
    left = list(bodies)

    async def page(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        body = left.pop(0)
        length = b"Connection: close\r\nContent-Length: %d\r\n" % (len(body) + short)
        writer.write(b"HTTP/1.1 200 OK\r\n" + length + headers + b"\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(page, "127.0.0.1", 0, family=socket.AF_INET)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b"[" * 100_000,
        PROFILE.replace(b'"2"', b'"x"'),
        PROFILE.replace(b'"desk', b'1, "a'),
    ],
)
async def test_an_answer_that_is_not_documented_is_none(world, body):
    async with a_server(body) as url:
        assert isinstance(await fails(world.account(api_url=url).profile()), NoAnswer)


async def test_an_answer_that_ends_too_early_is_none(world):
    async with a_server(PROFILE, PROFILE, short=1) as url:
        assert isinstance(await fails(world.account(api_url=url).profile()), NoAnswer)


async def test_what_a_small_answer_unpacks_to_is_bounded(world):
    packed = gzip.compress(PROFILE + b" " * 100_000)
    async with a_server(packed, packed, headers=b"Content-Encoding: gzip\r\n") as url:
        assert isinstance(await fails(world.account(api_url=url, max_answer_bytes=10_000).profile()), AnswerTooLarge)
        assert (await world.account(api_url=url).profile()).address == DESK


# Whose mailbox it is

OTHER = "director@example.org"


@pytest.fixture
async def two_mailboxes(tmp_path):
    """Credentials by which another mailbox opens than the settings name: somebody signed in as themselves."""
    async with a_world(tmp_path, mailboxes=[DESK, OTHER]) as world:
        world.double.identities.consents[0].mailbox = OTHER
        world.authorised_user()
        yield world


@pytest.mark.parametrize(
    "ask",
    [
        lambda account: account.profile(),
        lambda account: account.history(1000),
        lambda account: account.listed("in:inbox"),
        lambda account: account.message("1"),
        lambda account: account.watch(TOPIC),
        lambda account: account.send(REPLY),
    ],
)
async def test_another_mailbox_is_neither_read_nor_sent_from(two_mailboxes, ask):
    error = await fails(ask(two_mailboxes.account()))
    assert isinstance(error, Rejected) and error.reason == "otherMailbox" and not error.chance
    asked = {request["operation"] for request in two_mailboxes.double.journal.of("request")}
    assert asked <= {"token", "profile"}


async def test_a_secret_that_comes_to_open_another_mailbox_ends_the_reading(two_mailboxes):
    world, account = two_mailboxes, two_mailboxes.account()
    world.service_account()
    assert (await account.profile()).address == DESK
    world.authorised_user()
    assert (await fails(account.history(1000))).reason == "otherMailbox"
    world.service_account()
    await account.history(1000)


@pytest.mark.parametrize("rule", [Rule(on="profile", status=503), Rule(on="profile", status=404, reason="notFound")])
async def test_where_it_cannot_be_seen_whose_it_is_nothing_was_asked(world, rule):
    world.double.script.replace([rule])
    assert isinstance(await fails(world.account().send(REPLY)), Unreachable)
    assert world.double.journal.requests("send") == []
