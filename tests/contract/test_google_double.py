"""The Google double's mailbox against Google's own client library.

Whoever tests against the double trusts it to be Gmail; this is where that is earned.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from email import message_from_bytes
from importlib.resources import files

import pytest
from doubles.google.double import GoogleDouble
from doubles.google.mail import Mail
from doubles.google.scopes import ALLOWED
from doubles.google_world import ADA, ALIAS, DESK, TOPIC, a_double, a_mail, call, raw
from googleapiclient.errors import HttpError

DAY = 24 * 3600


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def google(clock: Clock) -> AsyncIterator[GoogleDouble]:
    async with a_double(clock=clock) as double:
        yield double


async def history(google: GoogleDouble, start: str, **query: object) -> dict:
    return await call(google, lambda users: users.history().list(userId="me", startHistoryId=start, **query))


async def listed(google: GoogleDouble, **query: object) -> list[str]:
    found = await call(google, lambda users: users.messages().list(userId="me", **query))
    return [message["id"] for message in found.get("messages", [])]


async def got(google: GoogleDouble, mail_id: str, **query: object) -> dict:
    return await call(google, lambda users: users.messages().get(userId="me", id=mail_id, **query))


async def sent(google: GoogleDouble, mail: bytes, thread_id: str | None = None) -> dict:
    body = {"raw": raw(mail)} | ({"threadId": thread_id} if thread_id else {})
    return await call(google, lambda users: users.messages().send(userId=DESK, body=body))


async def status(question: object) -> tuple[int, str]:
    with pytest.raises(HttpError) as refused:
        await question
    return refused.value.status_code, json.loads(refused.value.content)["error"]["errors"][0]["reason"]


def a_reply(**changes: str) -> bytes:
    answered = {"In_Reply_To": "<one@example.net>", "References": "<one@example.net>"}
    return a_mail("There.", **{"From": DESK, "To": ADA, "Subject": "Re: Question"} | answered | changes)


# Profile, watch, history


async def test_the_profile_counts_and_names_the_history(google: GoogleDouble) -> None:
    google.deliver(a_mail())
    profile = await call(google, lambda users: users.getProfile(userId=DESK))
    assert profile == {
        "emailAddress": DESK,
        "messagesTotal": 1,
        "threadsTotal": 1,
        "historyId": str(google.mailbox().history_id),
    }


async def test_a_watch_holds_for_seven_days_and_ends_when_stopped(google: GoogleDouble, clock: Clock) -> None:
    asked = {"topicName": TOPIC, "labelIds": ["INBOX"], "labelFilterBehavior": "include"}
    answer = await call(google, lambda users: users.watch(userId="me", body=asked))
    assert answer == {"historyId": "1000", "expiration": str(int(clock.seconds + 7 * DAY) * 1000)}
    watch = google.mailbox().watch
    assert watch is not None and watch.tells({"INBOX"}, google.mailbox().now())
    assert not watch.tells({"SENT"}, google.mailbox().now())
    clock.seconds += 7 * DAY
    assert not watch.tells({"INBOX"}, google.mailbox().now())
    assert await call(google, lambda users: users.stop(userId="me")) == ""
    assert google.mailbox().watch is None
    assert [watch["expiration"] > 0 for watch in google.journal.of("watch")] == [True, False]


async def test_a_topic_has_its_full_name(google: GoogleDouble) -> None:
    asked = call(google, lambda users: users.watch(userId="me", body={"topicName": "mail"}))
    assert await status(asked) == (400, "invalidArgument")


async def test_history_tells_what_was_added_since_in_pages(google: GoogleDouble) -> None:
    ids = [google.deliver(a_mail(Message_ID=f"<{number}@example.net>")).id for number in range(5)]
    found, token = [], None
    while True:
        answer = await history(google, "1000", historyTypes=["messageAdded"], maxResults=2, pageToken=token)
        found += [added["message"]["id"] for record in answer["history"] for added in record["messagesAdded"]]
        assert answer["historyId"] == str(google.mailbox().history_id)
        if not (token := answer.get("nextPageToken")):
            break
    assert found == ids
    assert len(google.journal.requests("history")) == 3
    assert "history" not in await history(google, answer["historyId"])


async def test_history_ids_rise_and_a_label_or_a_type_narrows_it(google: GoogleDouble) -> None:
    inbox, spam = google.deliver(a_mail()), google.deliver(a_mail(), labels=["SPAM"])
    google.label(inbox.id, add=["STARRED"], remove=["UNREAD"])
    google.delete(spam.id)
    everything = (await history(google, "1000"))["history"]
    ids = [int(record["id"]) for record in everything]
    assert ids == sorted(set(ids)) and all(isinstance(record["id"], str) for record in everything)
    kinds = [next(kind for kind in record if kind not in ("id", "messages")) for record in everything]
    assert kinds == ["messagesAdded", "messagesAdded", "labelsAdded", "labelsRemoved", "messagesDeleted"]
    added = (await history(google, "1000", historyTypes=["messageAdded"], labelId="INBOX"))["history"]
    assert [record["messages"][0]["id"] for record in added] == [inbox.id]


@pytest.mark.parametrize("start", ["1000", "999999"])
async def test_a_start_that_is_too_old_or_never_was_is_not_found(google: GoogleDouble, start: str) -> None:
    google.deliver(a_mail())
    google.mailbox().forget_history()
    assert await status(history(google, start)) == (404, "notFound")
    assert "history" not in await history(google, str(google.mailbox().history_id))


# Messages


async def test_a_message_is_shown_in_the_documented_formats(google: GoogleDouble, clock: Clock) -> None:
    mail = google.deliver(a_mail("Wie geht das?"), date=123_000)
    shown = {form: await got(google, mail.id, format=form) for form in ("minimal", "metadata", "full", "raw")}
    for one in shown.values():
        assert (one["id"], one["threadId"], one["internalDate"]) == (mail.id, mail.id, "123000")
        assert (one["labelIds"], one["sizeEstimate"]) == (["INBOX", "UNREAD"], len(mail.raw))
        assert one["historyId"] == str(google.mailbox().history_id)
    assert urlsafe_b64decode(shown["raw"]["raw"]) == mail.raw
    assert "payload" not in shown["minimal"] and "payload" not in shown["raw"]
    headers = {header["name"]: header["value"] for header in shown["metadata"]["payload"]["headers"]}
    assert headers["Message-ID"] == "<one@example.net>" and "body" not in shown["metadata"]["payload"]
    assert urlsafe_b64decode(shown["full"]["payload"]["body"]["data"]) == b"Wie geht das?\n"


async def test_only_the_headers_asked_for_are_shown(google: GoogleDouble) -> None:
    mail = google.deliver(a_mail())
    shown = await got(google, mail.id, format="metadata", metadataHeaders=["message-id", "Subject"])
    assert [header["name"] for header in shown["payload"]["headers"]] == ["Subject", "Message-ID"]


async def test_a_message_may_be_visible_only_later_and_deleted_ones_are_not(google: GoogleDouble) -> None:
    mail = google.deliver(a_mail(), hidden_gets=2, hidden_lists=1)
    assert [await status(got(google, mail.id)) for _ in range(2)] == [(404, "notFound")] * 2
    assert (await got(google, mail.id))["id"] == mail.id
    assert (await listed(google), await listed(google)) == ([], [mail.id])
    google.delete(mail.id)
    assert await status(got(google, mail.id)) == (404, "notFound")


async def test_lists_are_searched_newest_first_in_pages(google: GoogleDouble) -> None:
    def deliver(number: int, **more: object) -> Mail:
        return google.deliver(a_mail(Message_ID=f"<{number}@example.net>"), date=number * 1000, **more)

    old, new, spam, written = deliver(100), deliver(200), deliver(300, labels=["SPAM"]), deliver(400, labels=["SENT"])
    assert await listed(google) == [written.id, new.id, old.id]
    assert await listed(google, includeSpamTrash=True) == [written.id, spam.id, new.id, old.id]
    assert await listed(google, q="in:inbox after:200") == [new.id]
    assert await listed(google, q="in:inbox before:200") == [old.id]
    assert await listed(google, q="rfc822msgid:<100@example.net>") == [old.id]
    assert await listed(google, q="rfc822msgid:nothing@example.net") == []
    assert await listed(google, labelIds=["SENT"]) == [written.id]
    first = await call(google, lambda users: users.messages().list(userId="me", maxResults=2))
    more = await listed(google, maxResults=2, pageToken=first["nextPageToken"])
    assert [message["id"] for message in first["messages"]] + more == [written.id, new.id, old.id]
    assert await status(listed(google, q="has:attachment")) == (400, "invalidArgument")


# Sending


async def test_a_reply_is_in_the_thread_in_sent_and_in_history(google: GoogleDouble) -> None:
    asked = google.deliver(a_mail())
    cursor = str(google.mailbox().history_id)
    answer = await sent(google, a_reply(), asked.thread_id)
    assert (answer["threadId"], answer["labelIds"]) == (asked.thread_id, ["SENT"])
    thread = await call(google, lambda users: users.threads().get(userId="me", id=asked.thread_id))
    assert [message["id"] for message in thread["messages"]] == [asked.id, answer["id"]]
    added = (await history(google, cursor))["history"]
    assert [record["messagesAdded"][0]["message"]["labelIds"] for record in added] == [["SENT"]]
    assert "history" not in await history(google, cursor, labelId="INBOX")
    assert [(mail["id"], mail["to"]) for mail in google.journal.sent(ADA)] == [(answer["id"], ADA)]


@pytest.mark.parametrize(
    ("changes", "names_thread"),
    [
        ({}, False),
        ({"Subject": "Another question"}, True),
        ({"In_Reply_To": "", "References": ""}, True),
        ({"In_Reply_To": "<nobody@example.net>", "References": "<nobody@example.net>"}, True),
    ],
)
async def test_a_reply_lacking_one_of_the_three_opens_a_thread(
    google: GoogleDouble, changes: dict[str, str], names_thread: bool
) -> None:
    asked = google.deliver(a_mail())
    answer = await sent(google, a_reply(**changes), asked.thread_id if names_thread else None)
    assert answer["threadId"] not in ("", asked.thread_id)


async def test_a_thread_that_is_not_there_is_not_found(google: GoogleDouble) -> None:
    assert await status(sent(google, a_reply(), "18f0ffffffffffff")) == (404, "notFound")
    assert google.journal.sent() == []


@pytest.mark.parametrize(("message_ids", "kept"), [("kept", True), ("rewritten", False)])
async def test_a_message_id_is_kept_or_rewritten_as_configured(
    google: GoogleDouble, message_ids: str, kept: bool
) -> None:
    google.mailbox().message_ids = message_ids
    answer = await sent(google, a_reply(Message_ID="<ours@example.org>"))
    shown = message_from_bytes(urlsafe_b64decode((await got(google, answer["id"], format="raw"))["raw"]))
    assert (shown["Message-ID"] == "<ours@example.org>") is kept
    assert kept or shown["X-Google-Original-Message-ID"] == "<ours@example.org>"
    assert shown["Date"] and google.journal.sent()[0]["message_id"] == shown["Message-ID"]


@pytest.mark.parametrize(
    ("sender", "seen"), [(ALIAS, ALIAS), (f"Desk <{DESK}>", f"Desk <{DESK}>"), ("boss@example.org", DESK)]
)
async def test_only_addresses_of_the_mailbox_send(google: GoogleDouble, sender: str, seen: str) -> None:
    await sent(google, a_reply(From=sender))
    [mail] = google.mailbox().mails.values()
    assert mail.header("From") == seen


async def test_mail_to_oneself_is_in_the_inbox_too(google: GoogleDouble) -> None:
    answer = await sent(google, a_reply(To=ALIAS))
    assert answer["labelIds"] == ["INBOX", "SENT", "UNREAD"]


@pytest.mark.parametrize("body", [{}, {"raw": ""}, {"raw": "!"}, {"raw": raw(a_reply(To=""))}])
async def test_a_mail_that_is_none_is_refused(google: GoogleDouble, body: dict[str, str]) -> None:
    asked = call(google, lambda users: users.messages().send(userId="me", body=body))
    assert await status(asked) == (400, "invalidArgument")
    assert google.journal.sent() == []


async def test_a_colleague_s_answer_is_seen_and_told_apart(google: GoogleDouble) -> None:
    asked = google.deliver(a_mail())
    theirs = google.deliver(a_reply(), labels=["SENT"], author="person")
    assert theirs.thread_id == asked.thread_id
    assert google.journal.sent() == [] and [m["id"] for m in google.journal.sent(author="person")] == [theirs.id]


async def test_addresses_are_listed_the_primary_one_first(google: GoogleDouble) -> None:
    found = await call(google, lambda users: users.settings().sendAs().list(userId="me"))
    assert [one["sendAsEmail"] for one in found["sendAs"]] == [DESK, ALIAS]
    assert [one.get("isPrimary", False) for one in found["sendAs"]] == [True, False]


def test_the_scopes_are_those_of_google_s_own_description() -> None:
    path = files("googleapiclient") / "discovery_cache" / "documents" / "gmail.v1.json"
    users = json.loads(path.read_text(encoding="utf-8"))["resources"]["users"]
    resources = users["resources"]
    methods = {
        "profile": users["methods"]["getProfile"],
        "watch": users["methods"]["watch"],
        "stop": users["methods"]["stop"],
        "history": resources["history"]["methods"]["list"],
        "list": resources["messages"]["methods"]["list"],
        "get": resources["messages"]["methods"]["get"],
        "send": resources["messages"]["methods"]["send"],
        "thread": resources["threads"]["methods"]["get"],
        "aliases": resources["settings"]["resources"]["sendAs"]["methods"]["list"],
    }
    told = {
        name: {scope for scope in method["scopes"] if "gmail.addons" not in scope} for name, method in methods.items()
    }
    assert told == ALLOWED
