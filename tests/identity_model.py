"""Who is whom, and what may be told of whom: the rules of docs/adr/0049 once more, in plain Python, no database.

It knows besides what no program can: which person really wrote a message.
"""

from dataclasses import dataclass, field
from uuid import UUID

Address = tuple[str, str]
"""Kind of identifier, and the value as compared."""

PER_DAY, ATTEMPTS, TICKETS = 3, 5, 5


@dataclass
class Record:
    """What one address made, in the order of ``age``; ``parent`` is whom it was merged into."""

    address: Address
    age: int
    email: bool = False
    parent: "Record | None" = None
    by_person: bool = False

    @property
    def root(self) -> "Record":
        return self if self.parent is None else self.parent.root


@dataclass
class Said:
    """A message of a customer's, really of ``person``."""

    record: Record
    person: str
    body: str
    proven: bool
    counts: bool = True
    """Whether it is a word to us, and no code."""


@dataclass
class Claim:
    claimant: Record
    target: Address
    code: str
    state: str = "sent"
    attempts: int = 0
    late: bool = False


@dataclass
class Talk:
    """One conversation; ``claims`` holds the newest of each claimant, ``owners`` who confirmed the ticket's address."""

    id: UUID
    opener: Record
    channel: str
    age: int
    ticket: UUID
    said: list[Said] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    claims: dict[Address, Claim] = field(default_factory=dict)
    owners: set[Address] = field(default_factory=set)

    @property
    def proven(self) -> bool:
        return all(each.proven for each in self.said)


@dataclass
class Model:
    records: dict[Address, Record] = field(default_factory=dict)
    talks: dict[UUID, Talk] = field(default_factory=dict)
    asked_by: dict[Address, int] = field(default_factory=dict)
    sent_to: dict[str, int] = field(default_factory=dict)
    windows: set[str] = field(default_factory=set)
    """Numbers that may be written to."""

    clock: int = 0

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def record(self, address: Address, *, proven: bool) -> Record:
        known = self.records.setdefault(address, Record(address, self.tick()))
        known.email = known.email or (proven and address[0] == "email")
        return known

    def family(self, record: Record) -> list[Record]:
        return [each for each in self.records.values() if each.root is record.root]

    def addressed(self, record: Record) -> bool:
        return any(each.email for each in self.family(record))

    def tellable(self, talk: Talk, root: Record) -> bool:
        return talk.proven and all(each.record.root is root for each in talk.said)

    def past(self, talk: Talk) -> tuple[list[tuple[str, str]], int]:
        """Questions and answers that may be told in ``talk``, newest ticket first; how many conversations may not."""
        root = talk.opener.root
        if not self.tellable(talk, root):
            return [], 0
        others = [each for each in self.talks.values() if each.opener.root is root and each is not talk]
        told = sorted((each for each in others if self.tellable(each, root)), key=lambda each: -each.age)
        pairs = [([s.body for s in each.said if s.counts][-1], each.answers[-1]) for each in told]
        return pairs[:TICKETS], len(others) - len(told)

    def claims(self, talk: Talk, claimant: Record, target: Address, mailbox: str, code: str) -> str:
        """Open a claim; what became of it."""
        if self.asked_by.get(claimant.address, 0) >= PER_DAY:
            return "capped"
        self.asked_by[claimant.address] = self.asked_by.get(claimant.address, 0) + 1
        for each in talk.claims.values():
            each.state = "replaced" if each.state == "sent" else each.state
        talk.claims[claimant.address] = Claim(claimant, target, code)
        if self.sent_to.get(mailbox, 0) >= PER_DAY:
            return "capped"
        if target[0] == "phone" and target[1] not in self.windows:
            return "unreachable"
        self.sent_to[mailbox] = self.sent_to.get(mailbox, 0) + 1
        return "sent"

    def hears(self, talk: Talk, writer: Record, code: str, *, proven: bool, ticket: bool) -> str | None:
        """What comes of a code that ``writer`` writes in ``talk``."""
        claim = talk.claims.get(writer.address)
        if claim is None or claim.state not in {"sent", "expired"}:
            return None
        own = claim.target == writer.address
        if claim.state == "sent" and not (own or proven):
            return None
        if claim.late or claim.state == "expired":
            claim.state = "expired"
            return "expired"
        if code == claim.code:
            return self._proves(talk, writer, claim, ticket=ticket)
        claim.attempts += 1
        claim.state = "refused" if claim.attempts == ATTEMPTS else "sent"
        return "wrong"

    def _proves(self, talk: Talk, writer: Record, claim: Claim, *, ticket: bool) -> str:
        if claim.target == writer.address:
            claim.state = "confirmed"
            self.record(claim.target, proven=True)
            if ticket:
                talk.owners.add(writer.address)
                for each in talk.said:
                    each.proven = each.proven or each.record is writer
            return "confirmed"
        if not talk.proven:
            claim.state = "refused"
            return "wrong"
        claim.state = self._join(writer, self.record(claim.target, proven=True))
        return claim.state

    def _join(self, one: Record, other: Record) -> str:
        if one.root is other.root:
            return "confirmed"
        if self.addressed(one) and self.addressed(other):
            return "conflict"
        survivor, victim = sorted((one.root, other.root), key=lambda each: (not self.addressed(each), each.age))
        victim.parent, victim.by_person = survivor, False
        return "confirmed"

    def merges(self, victim: Record, survivor: Record) -> str:
        """A person merges; the name of the error, or nothing."""
        if victim is survivor:
            return "SameCustomer"
        if victim.parent is not None:
            return "AlreadyMerged"
        if survivor.root is victim:
            return "MergeCycle"
        victim.parent, victim.by_person = survivor, True
        return ""

    def splits(self, victim: Record) -> str:
        if victim.parent is None:
            return "NotMerged"
        victim.parent, victim.by_person = None, False
        return ""

    def a_day_passes(self) -> None:
        self.asked_by.clear()
        self.sent_to.clear()
        self.windows.clear()
        for talk in self.talks.values():
            talk.claims.clear()
