"""Bursts that nobody answered in time: taken over from whoever has them."""

from datetime import timedelta

import pytest
from crm import Sql, answer, conversation_row, escalation, form, mail

from fte_agent.domain.turns import Reason
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

DEADLINE = timedelta(minutes=10)
LATE = "UPDATE conversations SET unanswered_since = now() - interval '11 minutes'"


async def test_a_burst_past_its_deadline_is_taken_from_its_worker(store: PostgresTicketStore, sql: Sql) -> None:
    done = await store.ingest(form())
    stuck = await store.claim("w")
    assert stuck is not None
    assert await store.claim_overdue("o", DEADLINE) is None
    await sql(LATE)
    claim = await store.claim_overdue("o", DEADLINE)
    assert claim is not None
    assert (claim.conversation_id, claim.epoch, claim.context.attempt) == (done.conversation_id, stuck.epoch + 1, 1)
    assert not await store.commit(stuck, answer(), revision="r")
    assert await store.commit(claim, escalation(Reason.OVERDUE), revision="r")
    assert (await conversation_row(sql, done.conversation_id))["handler"] == "human"
    assert await store.claim_overdue("o", DEADLINE) is None


async def test_neither_back_off_nor_failed_attempts_keep_it(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(form())
    await sql("UPDATE conversations SET due_at = now() + interval '1 day', attempts = 40")
    assert await store.claim("w") is None
    await sql(LATE)
    assert await store.claim_overdue("o", DEADLINE) is not None


async def test_a_message_that_comes_meanwhile_does_not_keep_it(store: PostgresTicketStore, sql: Sql) -> None:
    """It is the next burst, which a person finds with the conversation."""
    await store.ingest(mail())
    await sql(LATE)
    claim = await store.claim_overdue("o", DEADLINE)
    assert claim is not None
    await store.ingest(mail("Hello?"))
    assert await store.commit(claim, escalation(Reason.OVERDUE), revision="r")
    assert await store.claim_overdue("o", timedelta()) is None


async def test_the_longest_waiting_comes_first_and_what_a_person_has_never(
    store: PostgresTicketStore, sql: Sql
) -> None:
    waits = []
    for minutes in (20, 40, 30):
        done = await store.ingest(form())
        wait = "UPDATE conversations SET unanswered_since = now() - make_interval(mins => $2) WHERE id = $1"
        await sql(wait, done.conversation_id, minutes)
        waits.append(done.conversation_id)
    await sql("UPDATE conversations SET handler = 'human' WHERE id = $1", waits[2])
    claim = await store.claim_overdue("o", DEADLINE)
    assert claim is not None
    assert claim.conversation_id == waits[1]
