"""Commit: a decision is wholly true or wholly absent, once."""

import asyncio
import json

import pytest
from crm import Sql, answer, conversation_row, escalation, form, mail

from fte_agent.domain.messages import Author, Identifier
from fte_agent.domain.turns import Decision, Outcome, Usage
from fte_agent.ports import Claim
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

EFFECTS = ("deliveries", "escalations", "outbox")


async def _claim(store: PostgresTicketStore) -> Claim:
    claim = await store.claim("w")
    assert claim is not None
    return claim


async def _effects(sql: Sql) -> dict[str, int]:
    counts = {table: (await sql(f"SELECT count(*) AS n FROM {table}"))[0]["n"] for table in EFFECTS}  # noqa: S608
    counts["replies"] = (await sql("SELECT count(*) AS n FROM messages WHERE direction = 'outbound'"))[0]["n"]
    return counts


async def test_an_answer_and_all_that_follows(store: PostgresTicketStore, sql: Sql) -> None:
    done = await store.ingest(form())
    claim = await _claim(store)
    assert await store.commit(claim, answer("Like this.", priority="low"), revision="abc")
    [reply] = await sql("SELECT * FROM messages WHERE direction = 'outbound'")
    assert (reply["seq"], reply["author"], reply["body"]) == (2, "ai", "Like this.")
    assert (reply["latency_ms"], reply["tokens_used"]) == (34, 120)
    assert json.loads(reply["tool_calls"])[0]["name"] == "send_response"
    assert json.loads(reply["citations"])[0]["uri"] == "handbook/account.md#password"
    assert json.loads(reply["metadata"]) == {"outcome": "answer", "model": "offline", "prompt_version": "1"}
    [delivery] = await sql("SELECT * FROM deliveries")
    assert (delivery["state"], delivery["recipient"]) == ("pending", "ada@example.com")
    [ticket] = await sql("SELECT * FROM tickets")
    assert (ticket["status"], ticket["category"], ticket["priority"]) == ("waiting", "account", "low")
    conversation = await conversation_row(sql, done.conversation_id)
    assert (conversation["status"], conversation["handler"]) == ("waiting_customer", "ai")
    assert (conversation["attempts"], conversation["lease_owner"], conversation["due_at"]) == (0, None, None)
    [run] = await sql("SELECT * FROM agent_runs")
    assert (run["status"], run["revision"], run["model"], run["input_tokens"]) == ("committed", "abc", "offline", 100)
    assert (run["id"], run["llm_ms"], run["total_ms"]) == (reply["run_id"], 12, 34)
    [event] = await sql("SELECT topic, msg_key, payload FROM outbox")
    assert (event["topic"], event["msg_key"]) == ("shop.metrics", str(done.conversation_id))
    assert json.loads(event["payload"])["outcome"] == "answer"
    assert await store.claim("w") is None


async def test_a_reply_in_parts_is_delivered_part_by_part(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    assert await store.commit(await _claim(store), answer(parts=("One.", "Two.")), revision="r")
    [reply] = await sql("SELECT body FROM messages WHERE direction = 'outbound'")
    assert reply["body"] == "One.\n\nTwo."
    parts = await sql("SELECT part, body FROM deliveries ORDER BY ordinal, part")
    assert [(row["part"], row["body"]) for row in parts] == [(1, "(1/2)\nOne."), (2, "(2/2)\nTwo.")]


async def test_unknown_tokens_are_not_zero(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    assert await store.commit(await _claim(store), answer(usage=Usage(None, 5)), revision="r")
    assert await sql("SELECT tokens_used FROM messages WHERE author = 'ai'") == [{"tokens_used": None}]


async def test_silence_leaves_no_reply(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    silence = Decision(outcome=Outcome.SILENCE, author=Author.SYSTEM, parts=())
    assert await store.commit(await _claim(store), silence, revision="r")
    assert await _effects(sql) == {"deliveries": 0, "escalations": 0, "outbox": 1, "replies": 0}
    assert await sql("SELECT status FROM tickets") == [{"status": "open"}]
    assert await store.claim("w") is None


async def test_escalation_hands_over(store: PostgresTicketStore, sql: Sql) -> None:
    done = await store.ingest(form())
    assert await store.commit(await _claim(store), escalation(), revision="r")
    conversation = await conversation_row(sql, done.conversation_id)
    assert (conversation["handler"], conversation["status"]) == ("human", "waiting_human")
    assert await sql("SELECT status FROM tickets") == [{"status": "escalated"}]
    [row] = await sql("SELECT *, sla_due_at > now() + interval '3 h' AS in_time FROM escalations")
    assert (row["reason_code"], row["trigger"], row["status"], row["in_time"]) == ("legal", "rule", "open", True)
    assert json.loads(row["brief"])["request"] == "My lawyer will call."
    assert json.loads(row["brief"])["evidence"][0]["uri"] == "handbook/account.md#password"
    events = await sql("SELECT topic, payload FROM outbox ORDER BY id")
    assert [event["topic"] for event in events] == ["shop.escalations", "shop.metrics"]
    assert "lawyer" not in str(events)
    assert await sql("SELECT status FROM agent_runs") == [{"status": "escalated"}]


async def test_escalations_are_never_doubled(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(mail())
    claim = await _claim(store)
    done = await asyncio.gather(*(store.commit(claim, escalation(), revision="r") for _ in range(4)))
    assert sorted(done) == [False, False, False, True]
    await sql("UPDATE conversations SET handler = 'ai'")  # given back while the escalation is still open
    await store.ingest(mail("again"))
    assert await store.commit(await _claim(store), escalation(), revision="r")
    assert await sql("SELECT count(*) AS n FROM escalations") == [{"n": 1}]
    assert await sql("SELECT count(*) AS n FROM outbox WHERE topic = 'shop.escalations'") == [{"n": 1}]


async def test_of_two_zombies_one_commits(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    first = await _claim(store)
    await sql("UPDATE conversations SET lease_until = now() - interval '1 s'")
    second = await _claim(store)
    assert not await store.commit(first, answer("from the dead"), revision="r")
    assert await store.commit(second, answer("from the living"), revision="r")
    assert not await store.commit(second, answer("again"), revision="r")
    assert await sql("SELECT body FROM messages WHERE author = 'ai'") == [{"body": "from the living"}]
    assert await _effects(sql) == {"deliveries": 1, "escalations": 0, "outbox": 1, "replies": 1}
    runs = await sql("SELECT status FROM agent_runs ORDER BY epoch")
    assert [run["status"] for run in runs] == ["abandoned", "committed"]


async def test_superseded_leaves_nothing_and_is_no_failure(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(mail("one"))
    claim = await _claim(store)
    await store.ingest(mail("two"))
    assert not await store.commit(claim, answer(), revision="r")
    assert not await store.commit(claim, escalation(), revision="r")  # the claim is spent
    assert await _effects(sql) == {"deliveries": 0, "escalations": 0, "outbox": 0, "replies": 0}
    assert await sql("SELECT status, category FROM tickets") == [{"status": "open", "category": "other"}]
    assert await sql("SELECT superseded FROM conversations") == [{"superseded": 1}]
    claim = await _claim(store)
    assert [message.body for message in claim.context.burst] == ["one", "two"]
    assert claim.context.attempt == 1
    assert await store.commit(claim, answer(), revision="r")


async def test_after_two_superseded_runs_the_third_is_committed(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(mail("0"))
    for n in (1, 2):
        claim = await _claim(store)
        await store.ingest(mail(str(n)))
        assert not await store.commit(claim, answer(), revision="r")
    claim = await _claim(store)
    await store.ingest(mail("3"))
    assert await store.commit(claim, answer("to 0, 1 and 2"), revision="r")
    claim = await _claim(store)
    assert [message.body for message in claim.context.burst] == ["3"]
    assert claim.context.history[-1].body == "to 0, 1 and 2"
    assert await sql("SELECT status, superseded FROM conversations") == [{"status": "open", "superseded": 0}]


async def test_a_reply_goes_to_whom_it_answers(store: PostgresTicketStore, sql: Sql) -> None:
    """Not to somebody who wrote into the thread after the burst."""
    await store.ingest(mail("0", participants=("eve@example.com",)))
    claim = await _claim(store)
    await sql("UPDATE conversations SET unanswered_since = now() - interval '11 s'")
    await store.ingest(mail("1", sender=Identifier("email", "eve@example.com", verified=True)))
    assert await store.commit(claim, answer("to 0"), revision="r")
    assert await store.commit(await _claim(store), answer("to 1"), revision="r")
    assert await sql("SELECT count(*) AS n FROM conversations") == [{"n": 1}]
    assert await sql("SELECT body, recipient FROM deliveries ORDER BY ordinal") == [
        {"body": "to 0", "recipient": "ada@example.com"},
        {"body": "to 1", "recipient": "eve@example.com"},
    ]


async def test_a_customer_waits_no_longer_than_ten_seconds_for_quiet(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(mail("one"))
    claim = await _claim(store)
    await sql("UPDATE conversations SET unanswered_since = now() - interval '11 s'")
    await store.ingest(mail("two"))
    assert await store.commit(claim, answer(), revision="r")
    [row] = await sql("SELECT unanswered_since > now() - interval '5 s' AS anew FROM conversations")
    assert row["anew"]


async def test_after_a_take_over_nothing_is_committed(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    claim = await _claim(store)
    await sql("UPDATE conversations SET handler = 'human'")
    assert not await store.commit(claim, answer(), revision="r")
    assert await _effects(sql) == {"deliveries": 0, "escalations": 0, "outbox": 0, "replies": 0}


async def test_a_released_claim_commits_nothing(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    claim = await _claim(store)
    await store.release(claim)
    assert not await store.commit(claim, answer(), revision="r")
    assert await _effects(sql) == {"deliveries": 0, "escalations": 0, "outbox": 0, "replies": 0}


async def test_an_error_in_the_middle_leaves_nothing(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    claim = await _claim(store)
    await sql("ALTER TABLE outbox ADD CHECK (topic <> 'shop.metrics')")
    with pytest.raises(Exception, match="outbox"):
        await store.commit(claim, answer(), revision="r")
    assert await _effects(sql) == {"deliveries": 0, "escalations": 0, "outbox": 0, "replies": 0}
    assert await store.renew(claim)


async def test_nul_in_what_a_model_says(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    assert await store.commit(await _claim(store), answer("a\x00b"), revision="r")
    assert await sql("SELECT body FROM deliveries") == [{"body": "ab"}]
