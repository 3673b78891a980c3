"""Which conversation a mail belongs to: the one it names, if its sender takes part there; else one of its own."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from correspondents import ADA, BOB, DESK, EVE, by, opened
from crm import NOW, Sql, answer, conversation_row, escalation, replied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fte_agent.domain.delivery import Sent
from fte_agent.domain.identity import Past
from fte_database.pool import Database
from fte_database.repositories.customers import PostgresCustomerStore
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.participants import MAX_PARTICIPANTS
from fte_database.repositories.takeover import PostgresTakeoverStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres


async def parts(deliveries: PostgresDeliveryStore) -> UUID:
    delivery = await deliveries.claim_delivery("w", [DESK])
    assert delivery is not None
    assert await deliveries.mark_sent(delivery, Sent(f"gmail-{delivery.id}"))
    return delivery.id


ELSEWHERE: Mapping[str, Any] = {"thread_key": "thread-2", "subject": "Invoice of May"}


@pytest.mark.parametrize(
    "ties",
    [
        {"in_reply_to": "<ada-1>", "references": ("<new@apple>",)} | ELSEWHERE,
        {"references": ("<ada-1>", "<lost@x>")} | ELSEWHERE,
        {"thread_key": "thread-1"},
    ],
    ids=["Apple Mail, which overwrites References", "In-Reply-To is lost", "Outlook, which names nothing"],
)
async def test_each_tie_alone_is_enough_for_who_takes_part(store: PostgresTicketStore, ties: dict[str, Any]) -> None:
    first = await opened(store)
    again = await store.ingest(by(ADA, **ties))
    assert (again.conversation_id, again.ticket_id, again.seq) == (first.conversation_id, first.ticket_id, 2)


async def test_a_reply_token_alone_is_enough(store: PostgresTicketStore) -> None:
    first = await opened(store)
    again = await store.ingest(by(ADA, reply_token=first.conversation_id.hex, **ELSEWHERE))
    assert again.conversation_id == first.conversation_id


@pytest.mark.parametrize("token", ["f" * 32, "spring-campaign-2026", "'; DROP TABLE messages"])
async def test_a_token_of_nothing_is_none(store: PostgresTicketStore, sql: Sql, token: str) -> None:
    first = await opened(store)
    other = await store.ingest(by(ADA, reply_token=token, **ELSEWHERE))
    assert other.conversation_id != first.conversation_id
    assert (await conversation_row(sql, other.conversation_id))["linked_to"] is None


@pytest.mark.parametrize("renamed", [False, True])
async def test_what_answers_a_mail_of_ours_belongs_to_it_whatever_gmail_called_it(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, database: Database, renamed: bool
) -> None:
    first = await replied(store, by(ADA), answer())
    part = await parts(deliveries)
    named = "<CAB=x@mail.gmail.com>" if renamed else f"<{part}@example.com>"
    if renamed:
        for _ in range(2):
            await PostgresTakeoverStore(database, topic_prefix="shop").note_sent_as(part, named)
    again = await store.ingest(by(ADA, in_reply_to=named, **ELSEWHERE))
    assert again.conversation_id == first.conversation_id


async def test_a_part_that_was_sent_twice_has_two_names_and_what_is_no_part_of_ours_none(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, database: Database, sql: Sql
) -> None:
    await replied(store, by(ADA), answer())
    part, takeovers = await parts(deliveries), PostgresTakeoverStore(database, topic_prefix="shop")
    for name in ("<1@x>", "<2@x>", "<1@x>"):
        await takeovers.note_sent_as(part, name)
    await takeovers.note_sent_as(uuid4(), "<nobody's@x>")
    assert await sql("SELECT name, delivery_id FROM delivery_names ORDER BY name") == [
        {"name": "<1@x>", "delivery_id": part},
        {"name": "<2@x>", "delivery_id": part},
    ]


async def test_a_thread_that_once_came_into_a_conversation_leads_to_it(store: PostgresTicketStore) -> None:
    """Gmail put Ada's answer into another thread, and the next one names nothing but that."""
    first = await opened(store)
    await store.ingest(by(ADA, in_reply_to="<ada-1>", **ELSEWHERE))
    assert (await store.ingest(by(ADA, **ELSEWHERE))).conversation_id == first.conversation_id


async def test_the_token_is_believed_before_ids_and_these_before_the_thread(store: PostgresTicketStore) -> None:
    one, two, three = [
        await store.ingest(by(ADA, thread_key=f"t{number}", external_id=f"<{number}>")) for number in range(3)
    ]
    ties = {"references": ("<0>", "<1>"), "thread_key": "t2"}
    assert (await store.ingest(by(ADA, reply_token=one.conversation_id.hex, **ties))).conversation_id == (
        one.conversation_id
    )
    assert (await store.ingest(by(ADA, in_reply_to="<0>", **ties))).conversation_id == one.conversation_id
    assert (await store.ingest(by(ADA, **ties))).conversation_id == two.conversation_id
    assert (await store.ingest(by(ADA, thread_key="t2"))).conversation_id == three.conversation_id


TIES = [{}, {"in_reply_to": "<ada-1>"}, {"references": ("<ada-1>",), "thread_key": "thread-2"}, {"token": True}]


@pytest.mark.parametrize("ties", TIES, ids=["thread", "thread and id", "id", "token"])
@pytest.mark.parametrize("writer", [(EVE, True), (EVE, False), (ADA, False), ("ada+x@example.com", False)])
async def test_who_takes_no_part_gets_a_conversation_of_their_own_whatever_they_know(
    store: PostgresTicketStore, database: Database, sql: Sql, ties: dict[str, Any], writer: tuple[str, bool]
) -> None:
    """A stranger with DMARC of their own domain, and one who only writes Ada's address into From."""
    address, proven = writer
    first = await opened(store, subject="canary", body="canary")
    ties = dict(ties)
    if ties.pop("token", False):
        ties = {"reply_token": first.conversation_id.hex} | ELSEWHERE
    written = by(address, proven=proven, reply_to=EVE, body="What is this?", **ties)
    other = await store.ingest(written)
    assert other.conversation_id != first.conversation_id and other.ticket_id != first.ticket_id
    row = await conversation_row(sql, other.conversation_id)
    assert row["linked_to"] == first.conversation_id
    assert await sql("SELECT actor, action, subject, detail::jsonb ->> 'linked_to' AS linked FROM audit_log") == [
        {
            "actor": "ingest",
            "action": "thread_split",
            "subject": str(other.conversation_id),
            "linked": str(first.conversation_id),
        }
    ]
    claim = await store.claim("w", [other.conversation_id])
    assert claim is not None and claim.conversation_id == other.conversation_id
    assert [message.body for message in claim.context.burst] == ["What is this?"]
    assert "canary" not in repr(claim.context) and "ada-1" not in repr(claim.context)
    assert await PostgresCustomerStore(database).past(claim.context) == Past()
    assert await store.commit(claim, answer(), revision="r")
    [row] = await sql("SELECT target ->> 'parent_id' AS parent, target ->> 'references' AS named FROM deliveries")
    assert row == {"parent": written.external_id, "named": ""}


@pytest.mark.parametrize(("address", "proven"), [(EVE, True), (EVE, False), (ADA, False)])
async def test_what_they_write_next_goes_on_with_theirs(
    store: PostgresTicketStore, sql: Sql, address: str, proven: bool
) -> None:
    first = await opened(store)
    theirs = [(await store.ingest(by(address, proven=proven, in_reply_to="<ada-1>"))).conversation_id for _ in range(3)]
    assert len(set(theirs)) == 1 and theirs[0] != first.conversation_id
    hers = await store.ingest(by(ADA, in_reply_to="<ada-1>"))
    assert (hers.conversation_id, hers.seq) == (first.conversation_id, 2)
    assert await sql("SELECT count(*) AS n FROM audit_log") == [{"n": 1}]


async def test_who_claims_an_address_never_gets_into_what_its_owner_wrote_there(store: PostgresTicketStore) -> None:
    """Eve, a stranger in Ada's thread, has her own conversation; somebody else writes in Eve's name, then she again."""
    await opened(store)
    owner = [await store.ingest(by(EVE)) for _ in range(2)]
    claimed = [await store.ingest(by(EVE, proven=False)) for _ in range(2)]
    assert {each.conversation_id for each in owner}.isdisjoint(each.conversation_id for each in claimed)
    answered = await store.ingest(by(EVE, reply_token=claimed[0].conversation_id.hex))  # she reads what was answered
    assert answered.conversation_id == claimed[0].conversation_id
    third = await store.ingest(by(EVE, proven=False, reply_token=claimed[0].conversation_id.hex))
    assert third.conversation_id not in {answered.conversation_id, owner[0].conversation_id}


async def test_an_address_that_never_proved_itself_is_admitted_and_answered_at_itself_alone(
    store: PostgresTicketStore, sql: Sql
) -> None:
    """Many servers prove nothing; what somebody sends in their name is answered to them."""
    first = await replied(store, by(ADA, proven=False), answer())
    for wanted, answered in ((EVE, ADA), (BOB, BOB), ("ADA@example.com", "ADA@example.com")):
        if wanted == BOB:
            await sql("INSERT INTO conversation_participants VALUES ($1, $2)", first.conversation_id, BOB)
        assert (await replied(store, by(ADA, proven=False, reply_to=wanted), answer())).seq > first.seq
        [row] = await sql(
            "SELECT recipient, target ->> 'address' AS target FROM deliveries ORDER BY ordinal DESC LIMIT 1"
        )
        assert row == {"recipient": answered, "target": answered}
    assert await sql("SELECT count(*) AS n FROM conversations") == [{"n": 1}]


async def test_nobody_is_brought_in_by_an_address_that_is_only_claimed(store: PostgresTicketStore) -> None:
    """Except into the conversation that it opens, where there is nothing of anybody."""
    first = (
        await opened(store, sender=None)
        if False
        else await store.ingest(by(ADA, proven=False, external_id="<ada-1>", participants=(BOB,)))
    )
    await store.ingest(by(ADA, proven=False, participants=(EVE,), reply_to=EVE))
    assert (await store.ingest(by(BOB))).conversation_id == first.conversation_id
    assert (await store.ingest(by(EVE))).conversation_id != first.conversation_id


async def test_who_proves_the_address_may_have_the_answer_elsewhere_and_write_from_there(
    store: PostgresTicketStore, sql: Sql
) -> None:
    first = await replied(store, by(ADA, reply_to="ada@home.example"), answer())
    assert await sql("SELECT recipient FROM deliveries") == [{"recipient": "ada@home.example"}]
    again = await store.ingest(by("Ada@Home.example", reply_token=first.conversation_id.hex, **ELSEWHERE))
    assert again.conversation_id == first.conversation_id


async def test_a_colleague_in_copy_may_answer_and_is_answered(store: PostgresTicketStore, sql: Sql) -> None:
    first = await opened(store, participants=("Bob@Example.net",))
    again = await store.ingest(by(BOB, external_id="<bob-1>", in_reply_to="<ada-1>"))
    assert (again.conversation_id, again.seq) == (first.conversation_id, 2)
    claim = await store.claim("w")
    assert claim is not None and claim.context.customer_name == "bob"
    assert await store.commit(claim, answer(), revision="r")
    [row] = await sql("SELECT recipient, target ->> 'parent_id' AS parent FROM deliveries")
    assert row == {"recipient": BOB, "parent": "<bob-1>"}


async def test_whom_a_participant_writes_to_takes_part_as_well(store: PostgresTicketStore) -> None:
    first = await opened(store, participants=(BOB,))
    assert (await store.ingest(by(EVE, proven=True))).conversation_id != first.conversation_id
    await store.ingest(by(BOB, participants=(ADA, EVE)))
    assert (await store.ingest(by(EVE, in_reply_to="<ada-1>"))).conversation_id == first.conversation_id


async def test_to_whom_it_was_only_forwarded_it_stays_closed(store: PostgresTicketStore) -> None:
    """Carol has Ada's mail and our answer, token and all; nobody wrote to us that she takes part."""
    first = await opened(store, participants=(BOB,))
    carol = by(
        "carol@example.net", in_reply_to="<ada-1>", reply_token=first.conversation_id.hex, participants=(BOB, ADA)
    )
    assert (await store.ingest(carol)).conversation_id != first.conversation_id


@pytest.mark.parametrize("address", ["ADA@EXAMPLE.COM", "ada+orders@example.com", "Ada+Orders@Example.com"])
async def test_spellings_of_an_address_and_what_stands_behind_a_plus_are_one_person(
    store: PostgresTicketStore, address: str
) -> None:
    first = await opened(store)
    assert (await store.ingest(by(address, in_reply_to="<ada-1>"))).conversation_id == first.conversation_id


async def test_a_plus_lets_nobody_around_the_proof(store: PostgresTicketStore) -> None:
    first = await store.ingest(by("ada+orders@example.com", external_id="<ada-1>"))
    claimed = by(ADA, proven=False, in_reply_to="<ada-1>")
    assert (await store.ingest(claimed)).conversation_id != first.conversation_id


async def test_the_same_ids_in_another_mailbox_name_nothing(store: PostgresTicketStore, sql: Sql) -> None:
    """Nor does who takes part in the one take part in the other."""
    first = await opened(store, participants=(BOB,))
    ties = {"in_reply_to": "<ada-1>", "reply_token": first.conversation_id.hex, "channel_name": "billing@example.com"}
    other = await store.ingest(by(ADA, **ties))
    assert other.conversation_id != first.conversation_id
    assert (await conversation_row(sql, other.conversation_id))["linked_to"] is None
    bob = await store.ingest(by(BOB, **ties))
    assert bob.conversation_id not in {first.conversation_id, other.conversation_id}


@pytest.mark.parametrize("status", ["resolved", "closed"])
async def test_a_finished_conversation_goes_on_as_its_next_generation_with_the_same_people(
    store: PostgresTicketStore, sql: Sql, status: str
) -> None:
    first = await opened(store, participants=(BOB,))
    await sql("UPDATE tickets SET status = $1", status)
    await sql("UPDATE conversations SET status = $1", status)
    bob = await store.ingest(by(BOB, in_reply_to="<ada-1>", **ELSEWHERE))
    ada = await store.ingest(by(ADA, reply_token=first.conversation_id.hex))
    assert bob.conversation_id == ada.conversation_id != first.conversation_id
    row = await conversation_row(sql, bob.conversation_id)
    assert (row["thread_key"], row["generation"], row["linked_to"]) == ("thread-1", 2, None)
    eve = await store.ingest(by(EVE, in_reply_to="<ada-1>"))
    assert eve.conversation_id != bob.conversation_id


async def test_a_conversation_of_the_release_before_admits_who_wrote_in_it(
    store: PostgresTicketStore, sql: Sql
) -> None:
    """It has neither participants nor threads; that release, which still runs, lets anybody write there."""
    first = await opened(store, participants=(BOB,))
    await store.ingest(by(BOB))
    await sql("DELETE FROM conversation_participants")
    await sql("DELETE FROM conversation_threads")
    for address in (ADA, BOB):
        assert (await store.ingest(by(address))).conversation_id == first.conversation_id
    assert (await store.ingest(by(EVE))).conversation_id != first.conversation_id


async def test_a_conversation_has_so_many_participants_and_no_more(store: PostgresTicketStore, sql: Sql) -> None:
    for batch in range(3):
        listed = tuple(f"U{number}@example.net" for number in range(batch * 40, batch * 40 + 60))
        first = await store.ingest(by(ADA, participants=listed))
    [row] = await sql("SELECT count(*) AS n FROM conversation_participants")
    assert row["n"] == MAX_PARTICIPANTS
    assert (await store.ingest(by("u99@example.net"))).conversation_id == first.conversation_id
    assert (await store.ingest(by("u100@example.net"))).conversation_id != first.conversation_id


async def test_whoever_gets_a_stranger_s_conversation_sees_which_one_it_names(
    store: PostgresTicketStore, sql: Sql
) -> None:
    first = await opened(store)
    await replied(store, by(EVE), escalation())
    [row] = await sql("SELECT brief ->> 'linked_to' AS linked, brief ->> 'request' AS request FROM escalations")
    assert row == {"linked": str(first.conversation_id), "request": "My lawyer will call."}


async def test_who_answers_in_ada_s_conversation_is_told_nothing_of_her_others(
    store: PostgresTicketStore, database: Database
) -> None:
    """Nor is she, where others read along: the answer may go to any of them."""
    await replied(store, by(ADA, thread_key="old", subject="canary"), answer())
    await replied(store, by(ADA, participants=(BOB,)), answer())
    customers = PostgresCustomerStore(database)
    for address in (BOB, ADA):
        done = await store.ingest(by(address))
        claim = await store.claim("w", [done.conversation_id])
        assert claim is not None and "canary" not in repr(claim.context)
        assert await customers.past(claim.context) == Past()
        assert await store.commit(claim, answer(), revision="r")
    await store.ingest(by(ADA, thread_key="alone"))
    alone = await store.claim("w")
    assert alone is not None
    assert "canary" in [ticket.subject for ticket in (await customers.past(alone.context)).tickets]


PEOPLE = st.sampled_from([ADA, BOB, EVE, "ada+x@example.com"])
WRITTEN = st.tuples(
    PEOPLE,
    st.booleans(),
    st.sampled_from(["new", "thread-1", "thread-2"]),
    st.sets(PEOPLE, max_size=2),
    st.sampled_from(["nothing", "in_reply_to", "references", "reply_token"]),
    st.integers(0, 20),
)


def tied(how: str, external_id: str, conversation: UUID) -> dict[str, Any]:
    return {
        "nothing": {},
        "in_reply_to": {"in_reply_to": external_id},
        "references": {"references": ("<x@x>", external_id)},
        "reply_token": {"reply_token": conversation.hex},
    }[how]


def takes_part(address: str, proven: bool, once: bool, parties: set[str], wrote: set[tuple[str, bool]]) -> bool:
    """As the rule says it, in words of the test's own; who only claims an address goes on with what they began."""
    listed = address in parties and (proven or not once)
    behind_a_plus = proven and address.replace("+x", "") in {each.replace("+x", "") for each in parties}
    return listed or behind_a_plus or (not proven and wrote == {(address, False)})


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(WRITTEN, min_size=2, max_size=10))
async def test_a_mail_never_lands_where_its_sender_takes_no_part(
    store: PostgresTicketStore, written: list[tuple[str, bool, str, set[str], str, int]]
) -> None:
    """The oracle keeps its own account of who wrote, whom they wrote to, and who has proved their address."""
    world = uuid4().hex[:8]  # addresses, ids and the mailbox are this example's own
    parties: dict[UUID, set[str]] = {}
    wrote: dict[UUID, set[tuple[str, bool]]] = {}
    once: set[str] = set()
    before: list[tuple[str, UUID]] = []
    for number, (who, proven, thread, copied, how, which) in enumerate(written):
        address, listed = world + who, {world + each for each in copied}
        ties = tied(how, *before[which % len(before)]) if before else {}
        key, external_id = (f"new {number}" if thread == "new" else thread), f"<{world}.{number}>"
        facts = {"channel_name": f"{world}@example.com", "participants": tuple(sorted(listed)), "thread_key": key}
        done = await store.ingest(by(address, proven=proven, external_id=external_id, **facts, **ties))
        conversation, opens = done.conversation_id, done.conversation_id not in parties
        known, by_whom = parties.setdefault(conversation, set()), wrote.setdefault(conversation, set())
        assert opens or takes_part(address, proven, address in once, known, by_whom)
        known.update({address}, listed if proven or opens else ())
        by_whom.add((address, proven))
        once.update({address} if proven else ())
        before.append((external_id, conversation))


async def test_what_came_before_it_in_time_is_not_asked_for(store: PostgresTicketStore) -> None:
    """A reply that is read before the mail it answers opens a conversation; that mail then comes into its thread."""
    reply = await store.ingest(by(ADA, in_reply_to="<ada-1>", occurred_at=NOW + timedelta(hours=1)))
    assert (await opened(store)).conversation_id == reply.conversation_id
