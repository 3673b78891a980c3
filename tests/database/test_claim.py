"""Claims: exclusive, fenced, fair, and blind to what is other people's."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from crm import Sql, answer, chat, conversation_row, form, mail

from fte_agent.channels import TRAITS, WHATSAPP
from fte_agent.domain.messages import Author, Identifier
from fte_agent.domain.turns import Citation
from fte_agent.ports import Claim
from fte_database.pool import Database
from fte_database.repositories.tickets import ChannelPolicy, PostgresTicketStore
from fte_database.sql import QUERIES

pytestmark = pytest.mark.postgres


async def _claim(store: PostgresTicketStore, worker: str = "w") -> Claim:
    claim = await store.claim(worker)
    assert claim is not None
    return claim


async def test_eight_claimers_share_twelve_conversations(store: PostgresTicketStore) -> None:
    made = {(await store.ingest(form())).conversation_id for _ in range(12)}
    claims: list[UUID] = []

    async def drain(worker: str) -> None:
        while claim := await store.claim(worker):
            claims.append(claim.conversation_id)

    await asyncio.gather(*(drain(f"w{n}") for n in range(8)))
    assert len(claims) == 12
    assert set(claims) == made


async def test_nothing_due(database: Database, sql: Sql) -> None:
    store = PostgresTicketStore(database, topic_prefix="shop", channels={"website": ChannelPolicy(quiet_seconds=60)})
    await store.ingest(form())
    assert await store.claim("w") is None
    await sql("UPDATE conversations SET due_at = now()")
    assert await store.claim("w") is not None


async def test_what_is_more_than_the_employee_answers_spends_no_money(store: PostgresTicketStore) -> None:
    await store.ingest(mail("one"))
    claim = await _claim(store)
    assert not claim.context.budget_spent
    await store.release(claim)
    await store.ingest(mail("two", excess=True))
    claim = await _claim(store)
    assert claim.context.budget_spent
    assert await store.commit(claim, answer("three"), revision="r")
    await store.ingest(mail("four"))
    assert not (await _claim(store)).context.budget_spent


async def test_a_burst_and_its_history(store: PostgresTicketStore) -> None:
    await store.ingest(mail("one"))
    await store.ingest(mail("two"))
    claim = await _claim(store)
    assert [(message.seq, message.body) for message in claim.context.burst] == [(1, "one"), (2, "two")]
    assert (claim.answered_through_seq, claim.to_seq, claim.context.attempt) == (0, 2, 1)
    assert (claim.context.subject, claim.context.customer_name) == ("Invoice", "Ada")
    assert await store.commit(claim, answer("three"), revision="r")
    await store.ingest(mail("four"))
    claim = await _claim(store)
    assert [message.body for message in claim.context.burst] == ["four"]
    assert [(message.author, message.body) for message in claim.context.history] == [
        (Author.CUSTOMER, "one"),
        (Author.CUSTOMER, "two"),
        (Author.AI, "three"),
    ]


async def test_what_a_reply_cited_comes_back_with_it(store: PostgresTicketStore) -> None:
    await store.ingest(mail("one"))
    cited = (Citation("docs/help.md#export", "Help", "Export"), Citation("docs/help.md#print", "Help", "Print"))
    assert await store.commit(await _claim(store), replace(answer("two"), citations=cited), revision="r")
    await store.ingest(mail("three"))
    said = (await _claim(store)).context.history
    assert [message.citations for message in said] == [(), ("docs/help.md#export", "docs/help.md#print")]


async def test_own_conversations_come_first_and_others_only_once_overdue(database: Database, sql: Sql) -> None:
    store = PostgresTicketStore(database, topic_prefix="shop", sweep_seconds=60)
    older = (await store.ingest(form())).conversation_id
    mine = (await store.ingest(form())).conversation_id
    claim = await store.claim("w", [mine])
    assert claim is not None
    assert claim.conversation_id == mine
    assert await store.claim("w", [mine]) is None
    await sql("UPDATE conversations SET due_at = now() - interval '61 s'")
    claim = await store.claim("w", [mine])
    assert claim is not None
    assert claim.conversation_id == older


async def test_what_a_dead_worker_left_comes_before_own_work(database: Database, sql: Sql) -> None:
    """A worker that always has work of its own must not let others' starve; a lease's time is a death."""
    store = PostgresTicketStore(database, topic_prefix="shop", lease_seconds=30, sweep_seconds=2)
    orphan = (await store.ingest(form())).conversation_id
    mine = (await store.ingest(form())).conversation_id
    dead = "UPDATE conversations SET lease_owner = 'dead', lease_until = now() - interval '1 s', due_at = now() - $2"
    await sql(f"{dead}::interval WHERE id = $1", orphan, timedelta(seconds=29))
    claim = await store.claim("w", [mine])
    assert claim is not None
    assert claim.conversation_id == mine
    await store.release(claim)
    await sql(f"{dead}::interval WHERE id = $1", orphan, timedelta(seconds=31))
    claim = await store.claim("w", [mine])
    assert claim is not None
    assert claim.conversation_id == orphan


async def test_an_expired_lease_is_claimed_again_and_fences_the_first(store: PostgresTicketStore, sql: Sql) -> None:
    done = await store.ingest(form())
    first = await _claim(store, "first")
    assert await store.claim("second") is None
    await sql("UPDATE conversations SET lease_until = now() - interval '1 s'")
    second = await _claim(store, "second")
    assert (second.epoch, second.context.attempt) == (first.epoch + 1, 2)
    assert not await store.renew(first)
    await store.release(first, "too late")
    assert await store.renew(second)
    assert (await conversation_row(sql, done.conversation_id))["lease_owner"] == "second"
    assert [row["status"] for row in await sql("SELECT status FROM agent_runs ORDER BY epoch")] == [
        "abandoned",
        "running",
    ]


async def test_renew_extends_the_lease(store: PostgresTicketStore, sql: Sql) -> None:
    done = await store.ingest(form())
    claim = await _claim(store)
    await sql("UPDATE conversations SET lease_until = now() + interval '1 s'")
    assert await store.renew(claim)
    row = await sql("SELECT lease_until > now() + interval '20 s' AS long FROM conversations")
    assert row == [{"long": True}]
    await sql("UPDATE conversations SET handler = 'human' WHERE id = $1", done.conversation_id)
    assert not await store.renew(claim)


async def test_a_release_without_error_is_no_attempt(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    claim = await _claim(store)
    await store.release(claim)
    assert not await store.renew(claim)
    assert (await _claim(store)).context.attempt == 1
    assert (await sql("SELECT status FROM agent_runs ORDER BY epoch"))[0]["status"] == "abandoned"


async def test_failures_wait_longer_each_time_and_are_counted(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    waits = []
    for attempt in range(1, 7):
        claim = await _claim(store)
        assert claim.context.attempt == attempt
        await store.release(claim, "model unreachable")
        assert await store.claim("w") is None
        waits += await sql("SELECT ceil(extract(epoch FROM due_at - now())) AS due FROM conversations")
        await sql("UPDATE conversations SET due_at = now()")
    assert [row["due"] for row in waits] == [1, 2, 4, 8, 16, 32]
    runs = await sql("SELECT DISTINCT status, error FROM agent_runs")
    assert runs == [{"status": "failed", "error": "model unreachable"}]


async def test_what_others_caused_is_no_attempt_and_waits_long(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    waits = []
    for _ in range(8):
        claim = await _claim(store)
        assert claim.context.attempt == 1
        await store.release(claim, "model unreachable", counts=False)
        assert not await store.renew(claim)
        assert await store.claim("w") is None
        waits += await sql("SELECT extract(epoch FROM due_at - now())::float8 AS due FROM conversations")
        await sql("UPDATE conversations SET due_at = now()")
    for row, most in zip(waits, [5, 10, 20, 40, 80, 160, 300, 300], strict=True):
        assert most / 2 - 2 < row["due"] <= most
    runs = await sql("SELECT DISTINCT status, error FROM agent_runs")
    assert runs == [{"status": "failed", "error": "model unreachable"}]


async def test_a_failure_of_ours_still_counts_after_others(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    attempts = []
    for counts in (True, False, True, False):
        claim = await _claim(store)
        attempts.append(claim.context.attempt)
        await store.release(claim, "broken", counts=counts)
        await sql("UPDATE conversations SET due_at = now()")
    assert attempts == [1, 2, 2, 3]


async def test_what_failed_together_does_not_come_back_together(store: PostgresTicketStore, sql: Sql) -> None:
    for _ in range(8):
        await store.ingest(form())
    for claim in [await _claim(store) for _ in range(8)]:
        await store.release(claim, "model unreachable", counts=False)
    [row] = await sql("SELECT max(due_at) - min(due_at) > interval '0.3 s' AS apart FROM conversations")
    # Eight draws over 2.5 s; releasing takes far less. The odds against are one in 100,000.
    assert row["apart"]


async def test_a_new_burst_waits_as_little_as_the_first(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(mail())
    for _ in range(4):
        await store.release(await _claim(store), "model unreachable", counts=False)
        await sql("UPDATE conversations SET due_at = now()")
    assert await store.commit(await _claim(store), answer(), revision="r")
    await store.ingest(mail())
    await store.release(await _claim(store), "model unreachable", counts=False)
    assert await sql("SELECT due_at < now() + interval '6 s' AS soon FROM conversations") == [{"soon": True}]


async def test_a_lost_claim_postpones_nothing(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    first = await _claim(store, "first")
    await sql("UPDATE conversations SET lease_until = now() - interval '1 s'")
    second = await _claim(store, "second")
    await store.release(first, "too late", counts=False)
    assert await store.renew(second)
    assert await sql("SELECT attempts, due_at < now() AS due FROM conversations") == [{"attempts": 2, "due": True}]


async def test_a_new_message_does_not_shorten_a_back_off(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(mail())
    await store.release(await _claim(store), "model unreachable")
    await sql("UPDATE conversations SET due_at = now() + interval '30 s'")
    await store.ingest(mail())
    assert await store.claim("w") is None


async def test_a_person_s_conversation_is_not_claimed(store: PostgresTicketStore, sql: Sql) -> None:
    done = await store.ingest(form())
    await sql("UPDATE conversations SET handler = 'human'")
    assert await store.claim("w", [done.conversation_id]) is None
    assert await store.unanswered([done.conversation_id]) == set()


async def test_the_name_is_that_of_the_burst_s_last_sender(store: PostgresTicketStore, sql: Sql) -> None:
    """A message that arrives while its claim is read belongs to the next burst, its name as well."""
    done = await store.ingest(mail(participants=("eve@example.com",)))
    await store.ingest(mail(sender=Identifier("email", "eve@example.com", verified=True), display_name="Eve"))
    assert (await conversation_row(sql, done.conversation_id))["last_seq"] == 2
    facts = await sql(QUERIES["turn_facts"], done.conversation_id, 1)
    assert facts[0]["customer_name"] == "Ada"


async def test_other_people_s_rows_never_change_a_turn(store: PostgresTicketStore, sql: Sql) -> None:
    """Neither strangers nor somebody who claims, or proved elsewhere, the very same address."""
    mine = await store.ingest(form("mine", sender=Identifier("email", "ada@example.com"), display_name=""))
    alone = await _claim(store)
    await store.release(alone)
    for message in (
        form("stranger", sender=Identifier("email", "eve@example.com"), display_name="Eve"),
        form("same address", display_name="Canary"),
        mail("proved", display_name="Canary"),
        mail("proved, other thread", thread_key="thread-2", display_name="Canary"),
    ):
        await store.ingest(message)
    await sql("UPDATE customers SET display_name = 'Canary'")
    while claim := await store.claim("w"):
        if claim.conversation_id != mine.conversation_id:
            assert await store.commit(claim, answer("Canary"), revision="r")
            continue
        beside = claim
    assert beside.context == replace(alone.context, attempt=1)


async def test_a_kind_of_channel_of_a_newer_release_is_left_to_a_worker_that_has_it(
    store: PostgresTicketStore, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = await store.ingest(chat())
    with monkeypatch.context() as older:
        older.delitem(TRAITS, WHATSAPP)
        assert await store.claim("w") is None
        assert await store.claim("w", [done.conversation_id]) is None
        other = await store.ingest(form())
        assert (await _claim(store)).conversation_id == other.conversation_id
    assert await sql("SELECT attempts FROM conversations WHERE id = $1", done.conversation_id) == [{"attempts": 0}]
    assert (await _claim(store)).conversation_id == done.conversation_id
