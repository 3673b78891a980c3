"""Whatever people and impostors do, in whatever order: one customer where it is proven, nothing told to others.

The oracle is `identity_model`, and who really wrote a text, which no program knows.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from crm import answer
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from identity_model import Address, Claim, Model, Record, Said, Talk
from identity_world import by_chat, by_form, by_mail, identity_store, past, wish

from fte_agent.domain.identity import Claimed
from fte_agent.domain.messages import InboundMessage
from fte_agent.ports import Claim as Lease
from fte_database.errors import MergeRefused
from fte_database.pool import Database
from fte_database.repositories.merges import PostgresMergeStore

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(550)]

EXAMPLES, STEPS, ENOUGH = 50, 60, 2_000

ADA, BOB, MALLORY = "ada", "bob", "mallory"
OWNERS: dict[str, set[str]] = {
    "ada@example.com": {ADA},
    "ada+news@example.com": {ADA},
    "bob@example.com": {BOB},
    "info@shop.example": {ADA, BOB},
    "mal@evil.example": {MALLORY},
    "ada@ex\u0430mple.com": {MALLORY},
    "+491705550101": {ADA},
    "+491705550102": {BOB},
    "+491705550103": {MALLORY},
    "+491705550199": set(),
}
"""Who reads what comes there; the third of ada's is a look-alike of somebody else's, the last number nobody's."""

MAILS = [address for address in OWNERS if "@" in address]
NUMBERS = [address for address in OWNERS if address.startswith("+")]
MAILBOXES = {"ada+news@example.com": "ada@example.com"}
SHARED = {address for address, owners in OWNERS.items() if len(owners) > 1}
RIGHT = st.sampled_from([True, True, False])
RESET = (
    "TRUNCATE customers, channel_configs, inbound_events, outbox, audit_log, identifier_claims RESTART IDENTITY CASCADE"
)
LATER = """UPDATE deliveries SET due_since = due_since - interval '4 hours', copied_at = copied_at - interval '1 day'"""
EARLIER = "UPDATE messages SET created_at = created_at - interval '4 hours' WHERE direction = 'outbound'"
DAY = (
    "UPDATE identifier_claims SET (created_at, expires_at) = (created_at - interval '1 day', now())",
    "UPDATE conversations SET reply_window_until = reply_window_until - interval '1 day'",
)


def kind_of(address: str) -> Address:
    return ("email" if "@" in address else "phone", address)


@dataclass
class World:
    """One database for all examples, and how many events it saw."""

    runner: asyncio.Runner
    database: Database
    connection: "asyncpg.Connection[asyncpg.Record]"
    events: int = 0
    told: int = 0
    seen: set[str] = field(default_factory=set)
    """Outcomes that occurred, so that none is left out by chance."""


class People(RuleBasedStateMachine):
    """Every rule is one event; after each the database is compared with the model."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.model = Model()
        self.store = identity_store(self.world.database)
        self.merging = PostgresMergeStore(self.world.database)
        self.bodies: dict[str, str] = {}
        self.run(self.world.connection.execute(RESET))

    def run(self, awaited: Any) -> Any:
        return self.world.runner.run(awaited)

    # Customers and impostors write

    @rule(
        address=st.sampled_from(MAILS),
        thread=st.integers(0, 3),
        forged=st.booleans(),
        copied=st.sampled_from(["", *MAILS]),
        claimed=st.sampled_from(["", "", *OWNERS]),
    )
    def mails(self, address: str, thread: int, forged: bool, copied: str, claimed: str) -> None:
        """``forged``: Mallory writes in the name of ``address``, into whatever thread."""
        person = MALLORY if forged else min(OWNERS[address])
        parties = (copied,) if copied else ()
        body = self.words(person)
        message = by_mail(body, address, proven=not forged, thread_key=f"thread {thread}", participants=parties)
        self.says(message, person, claimed)

    @rule(number=st.sampled_from(NUMBERS[:3]), claimed=st.sampled_from(["", *OWNERS]))
    def chats(self, number: str, claimed: str) -> None:
        [person] = OWNERS[number]
        self.model.windows.add(number)
        self.says(by_chat(self.words(person), number), person, claimed)

    @rule(
        address=st.sampled_from(MAILS), person=st.sampled_from([ADA, BOB, MALLORY]), again=st.booleans(), data=st.data()
    )
    def fills_in_a_form(self, address: str, person: str, again: bool, data: Any) -> None:
        """Anybody types any address; who has a ticket may write under it."""
        talks = [
            each for each in self.model.talks.values() if each.channel == "web_form" and self.visitor(each) == person
        ]
        if again and talks:
            talk = data.draw(st.sampled_from(talks))
            theirs, key = talk.opener.address[1], str(uuid4())
            self.says(by_form(self.words(person), theirs, ticket_id=talk.ticket, dedupe_key=key), person, "")
        else:
            self.says(by_form(self.words(person), address), person, "")

    # Codes

    @rule(address=st.sampled_from(MAILS), person=st.sampled_from([ADA, BOB, MALLORY]), right=RIGHT)
    def confirms_a_new_form(self, address: str, person: str, right: bool) -> None:
        """As far as they read what comes there."""
        self.says(by_form(self.words(person), address), person, "")
        talk = list(self.model.talks.values())[-1]
        self.on_the_page(talk, "asked", right=right)
        self.on_the_page(talk, "code", right=right)

    @rule(data=st.data(), person=st.sampled_from([ADA, BOB, MALLORY]), thread=st.integers(0, 3), right=RIGHT)
    def proves_another_address(self, data: Any, person: str, thread: int, right: bool) -> None:
        theirs = [address for address, owners in OWNERS.items() if person in owners]
        address, other = data.draw(st.permutations(theirs))[:2]
        if "@" in address:
            message = by_mail(self.words(person), address, thread_key=f"thread {thread}")
        else:
            self.model.windows.add(address)
            message = by_chat(self.words(person), address)
        talk = self.says(message, person, other)
        if claim := talk.claims.get(kind_of(address)):
            self.writes(talk, claim, right=right, forged=False)

    @rule(data=st.data(), kind=st.sampled_from(["asked", "code"]), right=RIGHT)
    def uses_the_page(self, data: Any, kind: str, right: bool) -> None:
        if talks := [each for each in self.model.talks.values() if each.channel == "web_form"]:
            self.on_the_page(data.draw(st.sampled_from(talks)), kind, right=right)

    def on_the_page(self, talk: Talk, kind: str, *, right: bool) -> None:
        address, person = talk.opener.address[1], self.visitor(talk)
        known = address in {each[1] for each in talk.owners}
        if kind == "asked":
            self.ingest(wish(talk.ticket, "asked", address=address), Said(talk.opener, person, "", known, False))
            if not known:
                self.claim(talk, talk.opener, address)
            return
        claim = talk.claims.get(talk.opener.address)
        code = self.code(claim, person, right)
        message = wish(talk.ticket, "code", code, address)
        self.hears(talk, message, Said(talk.opener, person, "", known, False), code, proven=known)

    @rule(data=st.data(), right=RIGHT, forged=st.booleans())
    def writes_a_code(self, data: Any, right: bool, forged: bool) -> None:
        """The claimant does, as far as they can read it; or somebody in their name, who cannot."""
        claims = [
            (talk, claim)
            for talk in self.model.talks.values()
            for claim in talk.claims.values()
            if talk.channel != "web_form"
        ]
        if not claims:
            return
        self.writes(*data.draw(st.sampled_from(claims)), right=right, forged=forged)

    def writes(self, talk: Talk, claim: Claim, *, right: bool, forged: bool) -> None:
        address = claim.claimant.address[1]
        forged = forged and talk.channel == "email"
        person = MALLORY if forged else min(OWNERS[address])
        code = self.code(claim, person, right)
        made = by_mail if talk.channel == "email" else by_chat
        extra: dict[str, Any] = {"proven": not forged, "reply_token": talk.id.hex} if made is by_mail else {}
        message = made(f"My code is {code} {self.words(person)}", address, **extra)
        self.bodies[message.body] = person
        self.hears(talk, message, Said(claim.claimant, person, message.body, not forged), code, proven=not forged)

    @rule(data=st.data())
    def lets_a_code_get_old(self, data: Any) -> None:
        claims = [c for talk in self.model.talks.values() for c in talk.claims.values() if c.state == "sent"]
        if claims:
            claim = data.draw(st.sampled_from(claims))
            claim.late = True
            query = "UPDATE identifier_claims SET expires_at = now() WHERE state = 'sent' AND conversation_id = $1"
            talk = next(each for each in self.model.talks.values() if claim in each.claims.values())
            self.run(self.world.connection.execute(query, talk.id))
            self.world.events += 1

    @rule()
    def a_day_passes(self) -> None:
        self.model.a_day_passes()
        for statement in DAY:
            self.run(self.world.connection.execute(statement))
        self.world.events += 1

    # Persons of ours

    @rule(data=st.data(), backwards=st.booleans())
    def a_person_merges(self, data: Any, backwards: bool) -> None:
        """``backwards``: whom somebody stands for already, into them."""
        if not self.model.records:
            return
        records = st.sampled_from(list(self.model.records.values()))
        victim, survivor = data.draw(records), data.draw(records)
        victim = survivor.root if backwards else victim
        refused = self.model.merges(victim, survivor)
        self.decided(self.merging.merge(self.id_of(victim), self.id_of(survivor), actor="bob", reason=""), refused)

    @rule(data=st.data())
    def a_person_splits(self, data: Any) -> None:
        if not self.model.records:
            return
        victim = data.draw(st.sampled_from(list(self.model.records.values())))
        merged = self.id_of(victim)
        self.decided(self.merging.split(merged, actor="bob"), self.model.splits(victim))

    # What must hold

    @invariant()
    def customers_are_those_of_the_model(self) -> None:
        if not hasattr(self, "model"):
            return
        query = (
            "SELECT own.kind, own.value_norm, root.kind, root.value_norm, customers.email"
            " FROM customer_identifiers AS own JOIN customers ON customers.id = own.customer_id"
            " JOIN LATERAL (SELECT kind, value_norm FROM customer_identifiers AS top"
            " WHERE top.customer_id = customer_root(own.customer_id)) AS root ON true"
        )
        rows = self.run(self.world.connection.fetch(query))
        found = {(row[0], row[1]): ((row[2], row[3]), row["email"] is not None) for row in rows}
        assert found == {each.address: (each.root.address, each.email) for each in self.model.records.values()}

    # How it is done

    def words(self, person: str) -> str:
        body = f"<{person} {uuid4()}>".replace("-", "x")  # and no six digits of it alone
        self.bodies[body] = person
        return body

    def visitor(self, talk: Talk) -> str:
        return talk.said[0].person

    def code(self, claim: Claim | None, person: str, right: bool) -> str:
        """The right one only for who reads it."""
        if claim is None:
            return "000000"
        reads = person in OWNERS[claim.target[1]] and claim.code != ""
        return claim.code if reads and right else f"{(int(claim.code or 0) + 1) % 10**6:06d}"

    def says(self, message: InboundMessage, person: str, claimed: str) -> Talk:
        address = kind_of(message.sender.normalised)
        record = self.model.record(address, proven=message.sender.verified)
        talk = self.ingest(message, Said(record, person, message.body, message.sender.verified))
        if message.ticket_id is not None and address in talk.owners:
            talk.said[-1].proven = True
        self.answers(talk, record, claimed, None)
        return talk

    def ingest(self, message: InboundMessage, said: Said) -> Talk:
        done = self.run(self.store.ingest(message))
        model, self.world.events = self.model, self.world.events + 1
        if done.conversation_id not in model.talks:
            new = Talk(done.conversation_id, said.record, message.channel, model.tick(), done.ticket_id)
            model.talks[done.conversation_id] = new
        talk = model.talks[done.conversation_id]
        talk.said.append(said)
        return talk

    def hears(self, talk: Talk, message: InboundMessage, said: Said, code: str, *, proven: bool) -> None:
        done = self.run(self.store.ingest(message))
        self.world.events += 1
        page = message.metadata.get("confirmation") == "code"
        there = self.model.talks.get(done.conversation_id)
        if there is not talk:  # a forged one belongs nowhere else's
            assert not page
            if there is None:
                there = Talk(done.conversation_id, said.record, message.channel, self.model.tick(), done.ticket_id)
                self.model.talks[there.id] = there
            there.said.append(said)
            self.model.record(said.record.address, proven=proven)
            result = self.model.hears(there, said.record, code, proven=proven, ticket=False)
            said.counts = result is None
            return self.answers(there, said.record, "", result)
        self.model.record(said.record.address, proven=proven and not page)
        result = self.model.hears(talk, said.record, code, proven=proven, ticket=page)
        said.proven = said.proven or (page and said.record.address in talk.owners)
        said.counts = result is None and not page
        talk.said.append(said)
        self.world.seen.add(f"{'page' if page else 'talk'} {result}")
        if not page:
            self.answers(talk, said.record, "", result)
        return None

    def answers(self, talk: Talk, record: Record, claimed: str, result: str | None) -> None:
        lease = self.run(self.store.claim("w", [talk.id]))
        assert lease is not None and lease.conversation_id == talk.id
        self.tells_nobody_else(talk, lease, result)
        reply = f"<reply {uuid4()}>"
        target = Claimed(*kind_of(claimed)) if claimed else None
        assert self.run(self.store.commit(lease, answer(reply, claim=target), revision="r"))
        talk.answers.append(reply)
        if claimed:
            self.claim(talk, record, claimed)
        for statement in (LATER, EARLIER):
            self.run(self.world.connection.execute(statement))

    def claim(self, talk: Talk, record: Record, target: str) -> None:
        newest = self.run(
            self.world.connection.fetchrow(
                "SELECT body FROM deliveries WHERE part = 0 AND conversation_id IS NULL AND message_id IN"
                " (SELECT id FROM messages WHERE conversation_id = $1) ORDER BY copied_at DESC LIMIT 1",
                talk.id,
            )
        )
        body = newest["body"] if newest else ""
        code = next((word for word in body.split() if len(word) == 6 and word.isdecimal()), "")
        mailbox = MAILBOXES.get(target, target)
        outcome = self.model.claims(talk, record, kind_of(target), mailbox, code)
        assert (outcome == "sent") == bool(code) or outcome == "capped"
        self.world.seen.add(f"claim {outcome}")

    def tells_nobody_else(self, talk: Talk, lease: Lease, result: str | None) -> None:
        context = lease.context
        assert context.standing.proven == talk.proven
        assert context.standing.confirmation == result
        own = {each.body for each in talk.said} | set(talk.answers)
        assert {each.body for each in (*context.burst, *context.history)} <= own
        found = self.run(past(self.world.database, lease))
        told, untold = self.model.past(talk)
        assert [(each.question, each.answer) for each in found.tickets] == told
        assert found.untold == untold
        self.world.told += len(told)
        family = self.model.family(talk.opener)
        if any(each.by_person or each.address[1] in SHARED for each in family):
            return  # a person decided it, or several people prove one address
        readers = {each.person for each in talk.said}
        assert {self.bodies[question] for question, _ in told} <= readers and (not told or len(readers) == 1)

    def id_of(self, record: Record) -> UUID:
        query = "SELECT customer_id FROM customer_identifiers WHERE kind = $1 AND value_norm = $2"
        found: UUID = self.run(self.world.connection.fetchval(query, *record.address))
        return found

    def decided(self, decision: Any, refused: str) -> None:
        self.world.events += 1
        try:
            self.run(decision)
        except MergeRefused as error:
            assert type(error).__name__ == refused
        else:
            assert not refused
        self.world.seen.add(f"person {refused}")


def test_people_are_one_customer_where_it_is_proven_and_are_told_of_nobody_else(migrated_url: str) -> None:
    with asyncio.Runner() as runner:
        database = Database(migrated_url, owner="shop/helper", application_name="test")
        runner.run(database.open())
        connection = runner.run(asyncpg.connect(migrated_url))
        world = World(runner, database, connection)
        machine = type("Machine", (People,), {"world": world})
        chosen = settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),  # a shorter way to the same fault takes minutes to find
        )
        try:
            run_state_machine_as_test(machine, settings=chosen)
        finally:
            runner.run(connection.close())
            runner.run(database.close())
    assert world.events >= ENOUGH and world.told > 0
    assert world.seen >= {
        *("claim sent", "claim capped", "claim unreachable"),
        *("page confirmed", "page wrong", "talk confirmed", "talk wrong", "talk conflict", "talk expired", "talk None"),
        *("person ", "person AlreadyMerged", "person MergeCycle", "person SameCustomer", "person NotMerged"),
    }, world.seen
