"""Ingest: a message is stored once, in order, with the right customer, whatever comes at once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from crm import PHONE, Sql, chat, conversation_row, form, mail

from fte_agent.channels import TRAITS, WEB_FORM
from fte_agent.domain.messages import Attachment, Identifier
from fte_database.errors import Rejected
from fte_database.pool import Database
from fte_database.repositories.ingest import ingest
from fte_database.repositories.tickets import ChannelPolicy, PostgresTicketStore

pytestmark = pytest.mark.postgres


async def test_the_promised_ticket_and_its_conversation(store: PostgresTicketStore, sql: Sql) -> None:
    message = form(category="billing", priority="high", thread_key="something else")
    done = await store.ingest(message)
    assert (done.ticket_id, done.seq, done.duplicate) == (message.ticket_id, 1, False)
    [ticket] = await sql("SELECT * FROM tickets")
    assert (ticket["id"], ticket["category"], ticket["priority"]) == (message.ticket_id, "billing", "high")
    assert ticket["status_token_sha256"] == message.status_token_sha256
    conversation = await conversation_row(sql, done.conversation_id)
    assert conversation["thread_key"] == str(message.ticket_id)
    assert await sql("SELECT channel, address FROM channel_configs") == [{"channel": "web_form", "address": "website"}]


async def test_twins_at_once_and_later_are_one_ticket(store: PostgresTicketStore, sql: Sql) -> None:
    message = form()
    done = [*await asyncio.gather(*(store.ingest(message) for _ in range(8))), await store.ingest(message)]
    assert sum(not one.duplicate for one in done) == 1
    assert {(one.conversation_id, one.ticket_id, one.seq) for one in done} == {
        (done[0].conversation_id, message.ticket_id, 1)
    }
    for table in ("tickets", "messages", "conversations", "customers", "inbound_events"):
        assert await sql(f"SELECT count(*) AS n FROM {table}") == [{"n": 1}], table  # noqa: S608


async def test_many_senders_at_once_get_gapless_order(store: PostgresTicketStore, sql: Sql) -> None:
    messages = [
        mail(key=f"{sender}-{n}", thread_key=f"t{sender}", sender=Identifier("email", f"u{sender}@example.com"))
        for sender in range(6)
        for n in range(5)
    ]
    await asyncio.gather(*(store.ingest(message) for message in messages * 3))
    rows = await sql("SELECT array_agg(seq ORDER BY seq) AS seqs FROM messages GROUP BY conversation_id")
    assert [row["seqs"] for row in rows] == [[1, 2, 3, 4, 5]] * 6
    assert await sql("SELECT count(*) AS n FROM customers") == [{"n": 6}]
    assert await sql("SELECT count(*) AS n FROM tickets") == [{"n": 6}]


async def test_two_senders_in_one_new_thread_at_once_share_it(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    await store.ingest(mail(thread_key="t0"))  # the channel's first message would make all wait for it
    async with database.transaction() as connection:
        asked = mail(sender=Identifier("email", "a@example.com"), participants=("b@example.com",))
        first = await ingest(connection, asked, ChannelPolicy())
        second = asyncio.create_task(store.ingest(mail(sender=Identifier("email", "b@example.com"))))
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with asyncio.timeout(10):
            while not await sql(waiting):  # noqa: ASYNC110 - the condition stands in the database
                await asyncio.sleep(0.01)
    done = await second
    assert (done.conversation_id, done.seq) == (first.conversation_id, 2)


async def test_one_customer_behind_two_spellings_of_an_address(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form(sender=Identifier("email", "Ada@Example.com ")))
    await store.ingest(form(sender=Identifier("email", "ada@example.com")))
    assert await sql("SELECT count(*) AS n FROM customers") == [{"n": 1}]


async def test_an_email_is_the_customers_only_once_verified(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form(sender=Identifier("email", "Ada@example.com")))
    assert await sql("SELECT email FROM customers") == [{"email": None}]
    await store.ingest(mail(sender=Identifier("email", "ADA@example.com", verified=True)))
    assert await sql("SELECT email FROM customers") == [{"email": "ada@example.com"}]
    await store.ingest(form(sender=Identifier("email", "ada@example.com")))
    [identifier] = await sql("SELECT verified_by, verified_at IS NOT NULL AS verified FROM customer_identifiers")
    assert identifier == {"verified_by": "email", "verified": True}


async def test_a_closed_thread_becomes_its_next_generation(store: PostgresTicketStore, sql: Sql) -> None:
    first = await store.ingest(mail())
    same = await store.ingest(mail())
    await sql("UPDATE tickets SET status = 'closed'")
    await sql("UPDATE conversations SET status = 'closed'")
    later = await store.ingest(mail())
    assert (same.conversation_id, same.ticket_id, same.seq) == (first.conversation_id, first.ticket_id, 2)
    assert later.conversation_id != first.conversation_id
    assert later.ticket_id != first.ticket_id
    assert (await conversation_row(sql, later.conversation_id))["generation"] == 2


@pytest.mark.parametrize("status", ["resolved", "closed"])
async def test_what_is_written_under_a_promised_ticket_that_is_done_opens_it_again(
    store: PostgresTicketStore, sql: Sql, status: str
) -> None:
    """Its page is all that the customer has: a ticket of another id would be read by nobody."""
    message = form()
    first = await store.ingest(message)
    await sql("UPDATE tickets SET status = $1, resolved_at = now()", status)
    await sql("UPDATE conversations SET status = $1, resolved_at = now(), answered_through_seq = last_seq", status)
    again = await store.ingest(replace(message, dedupe_key="another text", body="One thing more."))
    assert again == replace(first, seq=2)
    assert await sql("SELECT id, status, resolved_at FROM tickets") == [
        {"id": message.ticket_id, "status": "open", "resolved_at": None}
    ]
    conversation = await conversation_row(sql, first.conversation_id)
    assert (conversation["status"], conversation["resolved_at"], conversation["generation"]) == ("open", None, 1)
    claim = await store.claim("worker")
    assert claim is not None
    assert [each.body for each in claim.context.burst] == ["One thing more."]


async def test_what_waited_for_the_customer_is_open_again(store: PostgresTicketStore, sql: Sql) -> None:
    done = await store.ingest(mail())
    await sql("UPDATE tickets SET status = 'waiting'")
    await sql("UPDATE conversations SET status = 'waiting_customer'")
    await store.ingest(mail())
    assert await sql("SELECT status FROM tickets") == [{"status": "open"}]
    assert (await conversation_row(sql, done.conversation_id))["status"] == "open"


async def test_quiet_time_grows_with_the_burst_up_to_its_limit(database: Database, sql: Sql) -> None:
    store = PostgresTicketStore(
        database, topic_prefix="shop", channels={"help@example.com": ChannelPolicy(quiet_seconds=8)}
    )
    done = await store.ingest(mail())
    wait = "SELECT round(extract(epoch FROM due_at - now())) AS due FROM conversations"
    assert (await sql(wait))[0]["due"] in (7, 8)
    await sql("UPDATE conversations SET unanswered_since = now() - interval '6 s'")
    await store.ingest(mail())
    assert (await sql(wait))[0]["due"] in (7, 8)  # never earlier than before
    await sql("UPDATE conversations SET due_at = now() - interval '1 s'")
    await store.ingest(mail())
    assert (await sql(wait))[0]["due"] in (3, 4)  # ten seconds after the first message
    assert await store.unanswered([done.conversation_id, uuid4()]) == {done.conversation_id}


async def test_automated_mail_is_stored_and_never_waits_for_an_answer(store: PostgresTicketStore, sql: Sql) -> None:
    done = await store.ingest(mail("Out of office", automated=True))
    assert done.seq == 1
    assert await store.unanswered([done.conversation_id]) == set()
    assert await store.claim("w") is None
    await store.ingest(mail("A person"))
    claim = await store.claim("w")
    assert claim is not None
    assert [message.body for message in claim.context.burst] == ["A person"]
    assert claim.context.history == ()


async def test_nul_and_lone_surrogates_are_stored_without(store: PostgresTicketStore, sql: Sql) -> None:
    message = form(
        "a\x00b\ud800c",
        subject="s\x00",
        display_name="n\x00",
        metadata={"k\x00": "v\x00"},
        sender=Identifier("email", "a\x00da@example.com"),
    )
    done = await store.ingest(message)
    assert (await store.ingest(message)).duplicate
    assert await sql("SELECT body, sender_name FROM messages") == [{"body": "ab?c", "sender_name": "n"}]
    assert (await conversation_row(sql, done.conversation_id))["subject"] == "s"
    assert await sql("SELECT value_norm FROM customer_identifiers") == [{"value_norm": "ada@example.com"}]


async def test_what_can_never_be_stored_is_rejected_whole(store: PostgresTicketStore, sql: Sql) -> None:
    with pytest.raises(Rejected) as caught:
        await store.ingest(form(sender=Identifier("carrier_pigeon", "ada@example.com")))
    assert not caught.value.retryable
    for table in ("tickets", "messages", "conversations", "customers", "inbound_events", "channel_configs"):
        assert await sql(f"SELECT count(*) AS n FROM {table}") == [{"n": 0}], table  # noqa: S608


async def test_a_dead_letter_can_be_played_again(store: PostgresTicketStore, sql: Sql) -> None:
    message = form()
    await store.dead_letter(message.source, message.dedupe_key, "too big")
    assert await sql("SELECT status, reason FROM inbound_events") == [{"status": "dead", "reason": "too big"}]
    assert not (await store.ingest(message)).duplicate
    await store.dead_letter(message.source, message.dedupe_key, "too late")
    assert await sql("SELECT status, reason FROM inbound_events") == [{"status": "processed", "reason": None}]
    assert (await store.ingest(message)).duplicate


async def test_a_changed_limit_of_a_channel_reaches_the_next_turn(database: Database) -> None:
    for limit in (4000, 500):
        store = PostgresTicketStore(database, topic_prefix="shop", channels={"website": ChannelPolicy(max_chars=limit)})
        await store.ingest(replace(form(), display_name=""))
        claim = await store.claim("w")
        assert claim is not None
        assert (claim.context.max_chars, claim.context.customer_name) == (limit, "")


async def test_ids_and_what_came_with_a_message_are_kept(store: PostgresTicketStore, sql: Sql) -> None:
    sent = chat(
        external_id="SM1",
        in_reply_to="SM0",
        attachments=(Attachment("image/jpeg", "https://api.twilio.com/media/1", "invoice.jpg"), Attachment("location")),
        extensions={"mood": {"score": 3}},
    )
    await store.ingest(sent)
    [row] = await sql("SELECT external_id, in_reply_to, reply_target ->> 'address' AS address FROM messages")
    assert row == {"external_id": "SM1", "in_reply_to": "SM0", "address": PHONE.value}
    [event] = await sql("SELECT payload -> 'extensions' -> 'mood' ->> 'score' AS score FROM inbound_events")
    assert event["score"] == "3"
    claim = await store.claim("w")
    assert claim is not None
    assert claim.context.burst[0].attachments == ("image/jpeg", "location")


async def test_free_text_may_be_sent_for_a_day_after_the_customer_s_last_word(
    store: PostgresTicketStore, sql: Sql
) -> None:
    now = datetime.now(UTC)
    for hours in (3, 1, 2):  # a webhook that comes late moves it back by nothing
        done = await store.ingest(chat(occurred_at=now - timedelta(hours=hours)))
    await store.ingest(chat("out of office", automated=True, occurred_at=now))
    row = await conversation_row(sql, done.conversation_id)
    assert row["reply_window_until"] == now + timedelta(hours=23)
    other = await store.ingest(mail(occurred_at=now))
    assert (await conversation_row(sql, other.conversation_id))["reply_window_until"] is None


async def test_a_kind_of_channel_is_a_row_of_the_table(
    store: PostgresTicketStore, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plug-in brings its own, and no constraint of the schema lists them."""
    monkeypatch.setitem(TRAITS, "carrier_pigeon", TRAITS[WEB_FORM])
    await store.ingest(mail(channel="carrier_pigeon", channel_name="loft"))
    assert await sql("SELECT channel FROM channel_configs") == [{"channel": "carrier_pigeon"}]
    await sql(
        "INSERT INTO agent_metrics (bucket_start, bucket, channel, metric, numerator, denominator)"
        " VALUES (now(), '1 hour', 'carrier_pigeon', 'answers', 1, 1)"
    )
