"""A customer's past is told to the one who proved who they are, and to nobody else."""

import pytest
from crm import Sql, answer, form, mail

from fte_agent.domain.identity import Past
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_agent.domain.turns import TurnContext
from fte_database.pool import Database
from fte_database.repositories.customers import PostgresCustomerStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres


async def _context(store: PostgresTicketStore, message: InboundMessage) -> TurnContext:
    done = await store.ingest(message)
    claim = await store.claim("w", [done.conversation_id])
    assert claim is not None
    assert claim.conversation_id == done.conversation_id
    await store.commit(claim, answer(), revision="r")
    return claim.context


async def test_verified_past_is_told_newest_first_and_not_for_ever(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    for n in range(7):
        await _context(store, mail(thread_key=f"t{n}", subject=f"matter {n}"))
    await sql(
        "UPDATE conversations SET started_at = timestamptz '2026-02-01' + right(thread_key, 1)::int * interval '1 day'"
    )
    now = await _context(store, mail(thread_key="now", subject="today"))
    past = await PostgresCustomerStore(database).past(now)
    assert [(f"{each.opened_at:%m-%d}", each.channel, each.status, each.subject) for each in past.tickets] == [
        (f"02-0{n + 1}", "email", "waiting", f"matter {n}") for n in (6, 5, 4, 3, 2)
    ]


async def test_a_claimed_address_learns_nothing_of_the_real_owner(
    store: PostgresTicketStore, database: Database
) -> None:
    await _context(store, mail(subject="canary"))
    customers = PostgresCustomerStore(database)
    claimed = await _context(store, form(sender=Identifier("email", "ada@example.com")))
    stranger = await _context(store, form(sender=Identifier("email", "eve@example.com")))
    assert await customers.past(claimed) == await customers.past(stranger) == Past()


async def test_the_owner_is_not_told_what_somebody_claimed_in_their_name(
    store: PostgresTicketStore, database: Database
) -> None:
    await _context(store, form(subject="canary"))
    owner = await _context(store, mail())
    assert await PostgresCustomerStore(database).past(owner) == Past()


async def test_one_unproven_message_closes_the_conversation_s_view(
    store: PostgresTicketStore, database: Database
) -> None:
    await _context(store, mail(thread_key="old", subject="canary"))
    await _context(store, mail(thread_key="new"))
    spoofed = await _context(store, mail(thread_key="new", sender=Identifier("email", "ada@example.com")))
    assert await PostgresCustomerStore(database).past(spoofed) == Past()


async def test_another_customer_s_past_is_never_told(store: PostgresTicketStore, database: Database) -> None:
    await _context(store, mail(subject="canary"))
    other = await _context(store, mail(thread_key="o", sender=Identifier("email", "eve@example.com", verified=True)))
    assert await PostgresCustomerStore(database).past(other) == Past()
