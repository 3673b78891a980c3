"""The in-memory store keeps what PostgreSQL's keeps: order, leases, compare-and-set and whose past may be told."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from crm import answer, escalation, form, mail

from fte_agent.domain.identity import Past
from fte_agent.domain.messages import Author, Identifier
from fte_agent.domain.turns import Decision, Outcome, Reason, TurnContext, Usage
from fte_agent.ports import Claim
from fte_agent.testing import FixedClock
from fte_prototype.errors import Rejected, UnknownTicket
from fte_prototype.store import InMemoryCustomerStore, InMemoryTicketStore

EVE = Identifier("email", "eve@example.com", verified=True)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(clock: FixedClock) -> InMemoryTicketStore:
    return InMemoryTicketStore(clock)


async def claimed(store: InMemoryTicketStore, worker: str = "w") -> Claim:
    claim = await store.claim(worker)
    assert claim is not None
    return claim


def bodies(messages) -> list[str]:
    return [message.body for message in messages]


async def test_the_promised_ticket_is_a_conversation_of_its_own(store):
    message = form(category="billing", priority="high", thread_key="shared")
    other = await store.ingest(form(thread_key="shared"))
    done = await store.ingest(message)
    assert (done.ticket_id, done.seq, done.duplicate) == (message.ticket_id, 1, False)
    assert done.conversation_id != other.conversation_id
    ticket = store.ticket(done.ticket_id)
    assert (ticket.category, ticket.priority, ticket.status, ticket.number) == ("billing", "high", "open", 2)


async def test_a_duplicate_is_told_what_it_became(store):
    message = mail("one", key="k")
    done = await store.ingest(message)
    assert await store.ingest(replace(message, body="changed")) == replace(done, duplicate=True)
    assert bodies(store.messages(done.conversation_id)) == ["one"]
    other = replace(message, source="elsewhere")
    again = await store.ingest(other)
    assert (again.seq, again.duplicate) == (2, False)
    assert (store.filed(message), store.filed(other)) == (done, again)


async def test_one_live_conversation_per_thread_of_a_channel(store):
    done = [
        await store.ingest(message)
        for message in (
            mail("one"),
            mail("two", sender=EVE),
            mail("other thread", thread_key="thread-2"),
            mail("other mailbox", channel_name="sales@example.com"),
        )
    ]
    assert [each.seq for each in done] == [1, 2, 1, 1]
    assert len({each.conversation_id for each in done}) == 3
    assert done[0].ticket_id == done[1].ticket_id


async def test_seq_has_no_gaps_with_replies_between(store):
    done = await store.ingest(mail("one"))
    assert await store.commit(await claimed(store), answer("two"), revision="r")
    await store.ingest(mail("three"))
    await store.ingest(mail("four", automated=True))
    assert [(m.seq, m.direction, m.body) for m in store.messages(done.conversation_id)] == [
        (1, "inbound", "one"),
        (2, "outbound", "two"),
        (3, "inbound", "three"),
        (4, "inbound", "four"),
    ]


async def test_an_automated_message_is_kept_and_never_answered(store):
    done = await store.ingest(mail("out of office", automated=True))
    assert store.messages(done.conversation_id)[0].automated
    assert await store.claim("w") is None
    assert await store.unanswered([done.conversation_id]) == set()
    await store.ingest(mail("a person"))
    claim = await claimed(store)
    assert bodies(claim.context.burst) == ["a person"]
    assert await store.commit(claim, answer("reply"), revision="r")
    await store.ingest(mail("again"))
    assert bodies((await claimed(store)).context.history) == ["a person", "reply"]


async def test_what_cannot_be_stored_is_rejected_whole(store):
    message = form(sender=Identifier("carrier_pigeon", "ada@example.com"))
    with pytest.raises(Rejected):
        await store.ingest(message)
    taken = (await store.ingest(form())).ticket_id
    with pytest.raises(Rejected):
        await store.ingest(form(ticket_id=taken, channel_name="another form", dedupe_key="k"))
    assert len(store.tickets()) == 1
    with pytest.raises(UnknownTicket):
        store.filed(message)


async def test_text_comes_back_as_from_the_database(store):
    done = await store.ingest(mail("a\x00b\ud800c"))
    assert await store.commit(await claimed(store), answer("x\x00y"), revision="r")
    assert bodies(store.messages(done.conversation_id)) == ["ab?c", "xy"]


async def test_a_burst_its_history_and_its_facts(store):
    await store.ingest(mail("one"))
    await store.ingest(mail("two", subject="ignored", display_name=""))
    claim = await claimed(store)
    context = claim.context
    assert [(m.seq, m.body) for m in context.burst] == [(1, "one"), (2, "two")]
    assert (claim.answered_through_seq, claim.to_seq, context.attempt, context.max_chars) == (0, 2, 1, 20_000)
    assert (context.subject, context.customer_name, context.channel_name) == ("Invoice", "Ada", "help@example.com")
    assert await store.commit(claim, answer("three"), revision="r")
    await store.ingest(mail("four", display_name="Eve"))
    claim = await claimed(store)
    assert bodies(claim.context.burst) == ["four"]
    assert [(m.author, m.body) for m in claim.context.history] == [
        (Author.CUSTOMER, "one"),
        (Author.CUSTOMER, "two"),
        (Author.AI, "three"),
    ]
    assert claim.context.customer_name == "Eve"


async def test_history_is_the_last_twenty_messages(store):
    for number in range(15):
        await store.ingest(mail(f"question {number}"))
        assert await store.commit(await claimed(store), answer(f"answer {number}"), revision="r")
    await store.ingest(mail("now"))
    history = (await claimed(store)).context.history
    assert [m.seq for m in history] == list(range(11, 31))
    assert (history[0].body, history[-1].body) == ("question 5", "answer 14")


async def test_a_claim_is_exclusive_until_its_lease_ends(store, clock):
    await store.ingest(form())
    first = await claimed(store, "first")
    assert await store.claim("second") is None
    clock.seconds += 20
    assert await store.renew(first)
    clock.seconds += 29
    assert await store.claim("second") is None
    clock.seconds += 2
    second = await claimed(store, "second")
    assert (second.epoch, second.context.attempt) == (first.epoch + 1, 2)
    assert not await store.renew(first)
    assert not await store.commit(first, answer("from the dead"), revision="r")
    await store.release(first, "too late")
    assert await store.commit(second, answer("from the living"), revision="r")
    assert not await store.commit(second, answer("again"), revision="r")
    assert bodies(store.messages(first.conversation_id))[1:] == ["from the living"]
    assert [run.status for run in store.runs(first.conversation_id)] == ["abandoned", "committed"]


async def test_claims_go_by_what_is_due_longest_and_by_preference(store, clock):
    older = (await store.ingest(form())).conversation_id
    clock.seconds += 1
    mine = (await store.ingest(form())).conversation_id
    claim = await store.claim("w", [mine])
    assert claim is not None
    assert claim.conversation_id == mine
    await store.release(claim)
    assert (await claimed(store)).conversation_id == older
    await store.release(await claimed(store))
    orphan = (await store.ingest(form())).conversation_id
    clock.seconds += 31  # whatever is overdue by a lease comes before own work
    claim = await store.claim("w", [orphan])
    assert claim is not None
    assert claim.conversation_id == older


async def test_a_burst_may_settle(clock):
    store = InMemoryTicketStore(clock, quiet_seconds=4)
    await store.ingest(mail("one"))
    clock.seconds += 3
    await store.ingest(mail("two"))
    clock.seconds += 3
    assert await store.claim("w") is None
    await store.ingest(mail("three"))
    clock.seconds += 3.5
    assert await store.claim("w") is None
    await store.ingest(mail("four"))  # ten seconds after the first it is due, quiet or not
    clock.seconds += 0.5
    assert bodies((await claimed(store)).context.burst) == ["one", "two", "three", "four"]


async def test_an_answer_and_all_that_follows(store):
    done = await store.ingest(form())
    decision = answer("Like this.", priority="low")
    assert await store.commit(await claimed(store), decision, revision="abc")
    reply = store.messages(done.conversation_id)[-1]
    assert (reply.seq, reply.author, reply.latency_ms, reply.tokens_used) == (2, Author.AI, 34, 120)
    assert (reply.tool_calls, reply.citations) == (decision.tool_calls, decision.citations)
    assert reply.metadata == {"outcome": "answer", "model": "offline", "prompt_version": "1"}
    ticket = store.ticket(done.ticket_id)
    assert (ticket.status, ticket.category, ticket.priority, ticket.handler) == ("waiting", "account", "low", "ai")
    [run] = store.runs(done.conversation_id)
    assert (run.status, run.revision, run.decision, run.from_seq, run.to_seq) == ("committed", "abc", decision, 1, 1)
    assert await store.claim("w") is None
    assert await store.unanswered([done.conversation_id, uuid4()]) == set()


async def test_the_customer_s_answer_opens_the_ticket_again(store):
    done = await store.ingest(mail())
    assert await store.commit(await claimed(store), answer(), revision="r")
    await store.ingest(mail("more"))
    assert store.ticket(done.ticket_id).status == "open"
    assert await store.unanswered([done.conversation_id]) == {done.conversation_id}


async def test_silence_leaves_no_reply(store):
    done = await store.ingest(form())
    silence = Decision(outcome=Outcome.SILENCE, author=Author.SYSTEM, parts=())
    assert await store.commit(await claimed(store), silence, revision="r")
    assert len(store.messages(done.conversation_id)) == 1
    assert store.ticket(done.ticket_id).status == "open"
    assert await store.claim("w") is None


async def test_unknown_tokens_are_not_zero(store):
    done = await store.ingest(form())
    assert await store.commit(await claimed(store), answer(usage=Usage(None, 5)), revision="r")
    assert store.messages(done.conversation_id)[-1].tokens_used is None


async def test_escalation_hands_over_for_good(store):
    done = await store.ingest(mail("My lawyer will call."))
    decision = escalation()
    assert await store.commit(await claimed(store), decision, revision="r")
    ticket = store.ticket(done.ticket_id)
    assert (ticket.status, ticket.handler) == ("escalated", "human")
    [opened] = store.escalations()
    assert (opened.ticket_id, opened.conversation_id) == (done.ticket_id, done.conversation_id)
    assert (opened.reason, opened.trigger.value, opened.status) == (Reason.LEGAL, "rule", "open")
    assert opened.brief == decision.escalation.brief
    assert (opened.sla_due_at - opened.created_at).total_seconds() == 4 * 3600
    await store.ingest(mail("and another thing"))
    assert await store.claim("w") is None
    assert await store.unanswered([done.conversation_id]) == set()
    assert store.ticket(done.ticket_id).status == "escalated"
    assert [run.status for run in store.runs(done.conversation_id)] == ["escalated"]


async def test_escalations_are_never_doubled(store):
    done = await store.ingest(mail())
    claim = await claimed(store)
    committed = await asyncio.gather(*(store.commit(claim, escalation(), revision="r") for _ in range(4)))
    assert sorted(committed) == [False, False, False, True]
    store.tables.conversations[done.conversation_id].handler = "ai"  # given back while it is still open
    await store.ingest(mail("again"))
    assert await store.commit(await claimed(store), escalation(Reason.REFUND), revision="r")
    assert [each.reason for each in store.escalations()] == [Reason.LEGAL]


async def test_after_a_take_over_nothing_is_committed(store):
    done = await store.ingest(form())
    claim = await claimed(store)
    store.tables.conversations[done.conversation_id].handler = "human"
    assert not await store.renew(claim)
    assert not await store.commit(claim, answer(), revision="r")
    assert len(store.messages(done.conversation_id)) == 1


async def test_superseded_leaves_nothing_and_is_no_attempt(store):
    done = await store.ingest(mail("one"))
    claim = await claimed(store)
    await store.ingest(mail("two"))
    assert not await store.commit(claim, answer(), revision="r")
    assert not await store.commit(claim, escalation(), revision="r")  # the claim is spent
    assert bodies(store.messages(done.conversation_id)) == ["one", "two"]
    ticket = store.ticket(done.ticket_id)
    assert (ticket.status, ticket.category, ticket.handler) == ("open", "other", "ai")
    claim = await claimed(store)
    assert (bodies(claim.context.burst), claim.context.attempt) == (["one", "two"], 1)
    assert await store.commit(claim, answer(), revision="r")


async def test_an_automated_message_supersedes_nothing(store, clock):
    await store.ingest(mail("one"))
    claim = await claimed(store)
    await store.ingest(mail("out of office", automated=True))
    assert await store.commit(claim, answer(), revision="r")
    assert await store.claim("w") is None
    clock.seconds += 5
    await store.ingest(mail("two"))
    assert (await claimed(store)).unanswered_since == clock.now()


async def test_after_two_superseded_runs_the_third_is_committed(store):
    done = await store.ingest(mail("0"))
    for number in (1, 2):
        claim = await claimed(store)
        await store.ingest(mail(str(number)))
        assert not await store.commit(claim, answer(), revision="r")
    claim = await claimed(store)
    await store.ingest(mail("3"))
    assert await store.commit(claim, answer("to 0, 1 and 2"), revision="r")
    claim = await claimed(store)
    assert bodies(claim.context.burst) == ["3"]
    assert claim.context.history[-1].body == "to 0, 1 and 2"
    assert [run.status for run in store.runs(done.conversation_id)][:3] == ["superseded", "superseded", "committed"]


async def test_a_customer_waits_no_longer_than_ten_seconds_for_quiet(store, clock):
    await store.ingest(mail("one"))
    claim = await claimed(store)
    clock.seconds += 10
    await store.ingest(mail("two"))
    arrived = clock.now()
    assert await store.commit(claim, answer(), revision="r")
    clock.seconds += 1
    assert (await claimed(store)).unanswered_since == arrived


async def test_failures_wait_longer_each_time_and_are_counted(store, clock):
    done = await store.ingest(form())
    for attempt, wait in enumerate((1, 2, 4, 8, 16, 32, 60, 60), start=1):
        claim = await claimed(store)
        assert claim.context.attempt == attempt
        await store.release(claim, "model unreachable")
        clock.seconds += wait - 0.5
        assert await store.claim("w") is None
        clock.seconds += 0.5
    assert {run.error for run in store.runs(done.conversation_id)} == {"model unreachable"}


async def test_what_others_caused_is_no_attempt_and_waits_long(store, clock):
    await store.ingest(form())
    for wait in (5, 10, 20, 40, 80, 160, 300, 300):
        claim = await claimed(store)
        assert claim.context.attempt == 1
        await store.release(claim, "model unreachable", counts=False)
        clock.seconds += wait - 0.5
        assert await store.claim("w") is None
        clock.seconds += 0.5


async def test_a_release_without_error_is_no_attempt_and_ends_the_claim(store):
    done = await store.ingest(form())
    claim = await claimed(store)
    await store.release(claim)
    assert not await store.renew(claim)
    assert not await store.commit(claim, answer(), revision="r")
    assert (await claimed(store)).context.attempt == 1
    assert [run.status for run in store.runs(done.conversation_id)] == ["abandoned", "running"]


async def test_a_new_message_does_not_shorten_a_back_off(store, clock):
    await store.ingest(mail())
    await store.release(await claimed(store), "broken", counts=False)
    clock.seconds += 4
    await store.ingest(mail())
    assert await store.claim("w") is None
    clock.seconds += 1
    assert await store.claim("w") is not None


async def context_of(store: InMemoryTicketStore, message) -> TurnContext:
    done = await store.ingest(message)
    claim = await store.claim("w", [done.conversation_id])
    assert claim is not None
    assert claim.conversation_id == done.conversation_id
    assert await store.commit(claim, answer(), revision="r")
    return claim.context


async def test_a_verified_past_is_told_newest_first_and_not_for_ever(store, clock):
    for number in range(7):
        await context_of(store, mail(thread_key=f"t{number}", subject=f"matter {number}" if number != 5 else ""))
        clock.seconds += 24 * 3600
    now = await context_of(store, mail(thread_key="now", subject="today"))
    told = await InMemoryCustomerStore(store).past(now)
    assert [(f"{ticket.opened_at:%d}", ticket.channel, ticket.status, ticket.subject) for ticket in told.tickets] == [
        (f"0{number + 2}", "email", "waiting", f"matter {number}" if number != 5 else "") for number in (6, 5, 4, 3, 2)
    ]
    assert {(ticket.question, ticket.answer) for ticket in told.tickets} == {("Hello", "Open Settings, then Password.")}


@pytest.mark.parametrize(
    ("past", "now", "untold"),
    [
        ([mail(subject="canary")], form(sender=Identifier("email", "ada@example.com")), 0),
        ([mail(subject="canary")], mail(thread_key="new", sender=EVE), 0),
        ([form(subject="canary")], mail(), 1),
        (
            [mail(thread_key="old", subject="canary"), mail(thread_key="new")],
            mail(thread_key="new", sender=Identifier("email", "ada@example.com")),
            0,
        ),
        ([], mail(), 0),
    ],
    ids=["claimed", "somebody else", "past was claimed", "one unproven message", "no past"],
)
async def test_a_past_is_told_to_nobody_else(store, past, now, untold):
    for message in past:
        await context_of(store, message)
    told = await InMemoryCustomerStore(store).past(await context_of(store, now))
    assert told == Past(untold=untold)
