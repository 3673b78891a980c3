"""Bursts that nobody answered in time: taken over from whoever has them."""

from datetime import timedelta

import pytest
from crm import Sql, answer, chat, conversation_row, escalation, form, mail

from fte_agent.channels import TRAITS, WHATSAPP
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


async def test_one_whose_hand_over_failed_lets_the_others_pass_and_comes_again_after_its_lease(
    store: PostgresTicketStore, sql: Sql
) -> None:
    older, newer = (await store.ingest(form())).conversation_id, (await store.ingest(form())).conversation_id
    await sql(LATE)
    await sql("UPDATE conversations SET unanswered_since = unanswered_since - interval '1 s' WHERE id = $1", older)
    claims = [await store.claim_overdue(worker, DEADLINE) for worker in ("o", "o", "p")]
    assert [claim and claim.conversation_id for claim in claims] == [older, newer, None]
    await sql("UPDATE conversations SET lease_until = now() - interval '1 s' WHERE id = $1", older)
    again = await store.claim_overdue("p", DEADLINE)
    assert again is not None
    assert again.conversation_id == older
    assert claims[0] is not None
    assert not await store.commit(claims[0], escalation(Reason.OVERDUE), revision="r")
    assert await store.commit(again, escalation(Reason.OVERDUE), revision="r")


async def test_a_kind_of_channel_of_a_newer_release_holds_up_nobody_else(
    store: PostgresTicketStore, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = (await store.ingest(chat())).conversation_id
    known = (await store.ingest(form())).conversation_id
    await sql(LATE)
    await sql("UPDATE conversations SET unanswered_since = unanswered_since - interval '1 h' WHERE id = $1", unknown)
    with monkeypatch.context() as older:
        older.delitem(TRAITS, WHATSAPP)
        claims = [await store.claim_overdue("o", DEADLINE) for _ in range(2)]
    assert [claim and claim.conversation_id for claim in claims] == [known, None]
    claim = await store.claim_overdue("o", DEADLINE)
    assert claim is not None
    assert claim.conversation_id == unknown
