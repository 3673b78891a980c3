"""The sandbox: the product's own turn over a store in memory, and what it refuses to open."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from crm import form, mail

from fte_agent.domain.behaviour import Company
from fte_agent.domain.knowledge import Passage
from fte_agent.domain.turns import Outcome, Reason
from fte_agent.errors import ToolFailed
from fte_agent.testing import FixedClock
from fte_prototype.errors import CannotOpen, Rejected
from fte_prototype.knowledge import read_rules, read_sections
from fte_prototype.sandbox import Sandbox

QUESTION = "How large may a file be that I upload?"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def sandbox(knowledge: Path, rules: Path, clock: FixedClock) -> Sandbox:
    return await Sandbox.open(knowledge=knowledge, rules=rules, company=Company("Lumen"), clock=clock)


async def test_a_question_is_answered_from_the_documents_and_committed(sandbox):
    message = form(QUESTION, subject="Uploads")
    decision = await sandbox.receive(message)
    assert decision is not None
    assert decision.outcome is Outcome.ANSWER
    assert "up to 40 MB" in decision.parts[0]
    assert [cited.uri for cited in decision.citations] == ["knowledge/handbook.md#upload-limits"]
    assert sandbox.searches[0].passages[0].section.uri == "knowledge/handbook.md#upload-limits"
    done = sandbox.store.filed(message)
    assert [m.body for m in sandbox.store.messages(done.conversation_id)] == [QUESTION, decision.text]
    [run] = sandbox.store.runs(done.conversation_id)
    assert (run.status, run.decision) == ("committed", decision)


async def test_a_person_has_what_was_escalated(sandbox):
    decision = await sandbox.receive(mail("My lawyer will call you."))
    assert decision is not None
    assert decision.escalation is not None
    assert decision.escalation.reason is Reason.LEGAL
    assert sandbox.searches == []
    assert await sandbox.receive(mail(QUESTION)) is None
    [opened] = sandbox.store.escalations()
    assert sandbox.store.ticket(opened.ticket_id).handler == "human"


async def test_neither_duplicates_nor_programs_get_a_reply(sandbox):
    message = form(QUESTION)
    assert await sandbox.receive(message) is not None
    assert await sandbox.receive(message) is None
    assert sandbox.searches == []
    assert await sandbox.receive(mail("Out of office", automated=True)) is None


async def test_what_was_said_before_is_known(sandbox):
    assert await sandbox.receive(mail(QUESTION)) is not None
    decision = await sandbox.receive(mail("thanks"))
    assert decision is not None
    assert decision.outcome is Outcome.SOCIAL
    [ticket] = sandbox.store.tickets()
    assert [m.direction for m in ticket.messages] == ["inbound", "outbound", "inbound", "outbound"]


async def test_messages_at_once_each_get_their_own_decision_and_searches(sandbox):
    async def ask(body: str) -> tuple[Outcome, int]:
        decision = await sandbox.receive(form(body, subject=""))
        assert decision is not None
        searched = sum(call.name == "search_knowledge_base" for call in decision.tool_calls)
        assert len(sandbox.searches) == searched
        return decision.outcome, searched

    sandbox._ports.search._search = Slow(sandbox._ports.search._search)
    bodies = (QUESTION, "My lawyer will call you.", "Do you also sell umbrellas or raincoats?", "thanks")
    (answer, one), (handed, none), (_, several), (social, _) = await asyncio.gather(*map(ask, bodies))
    assert [answer, handed, social] == [Outcome.ANSWER, Outcome.ESCALATE, Outcome.SOCIAL]
    assert (one >= 1, none, several >= 2) == (True, 0, True)


class Slow:
    """A search during which others get their turn."""

    def __init__(self, search):
        self._search = search

    async def search(self, query: str, max_results: int) -> list[Passage]:
        found = await self._search.search(query, max_results)
        for _ in range(50):
            await asyncio.sleep(0)
        return found


class Broken:
    """A search whose database is away."""

    async def search(self, query: str, max_results: int) -> list[Passage]:
        raise ConnectionError(query)


async def test_a_turn_that_fails_is_raised_and_tried_again_with_the_next_message(sandbox, clock):
    works, sandbox._ports.search._search = sandbox._ports.search._search, Broken()
    failed = form(QUESTION)
    with pytest.raises(ToolFailed, match="ConnectionError"):
        await sandbox.receive(failed)
    conversation = sandbox.store.filed(failed).conversation_id
    [run] = sandbox.store.runs(conversation)
    assert run.status == "failed"
    assert QUESTION not in (run.error or "")
    assert await sandbox.store.unanswered([conversation]) == {conversation}
    for broken in (True, False):
        sandbox._ports.search._search = Broken() if broken else works
        clock.seconds += 4
        decision = await sandbox.receive(form("thanks", subject=""))
        assert decision is not None
        assert decision.outcome is Outcome.SOCIAL
        assert sandbox.searches == []
        assert sandbox.store.runs(conversation)[-1].status == ("failed" if broken else "committed")


async def test_a_message_that_cannot_be_stored_leaves_the_desk_open(sandbox):
    taken = form("thanks")
    assert await sandbox.receive(taken) is not None
    with pytest.raises(Rejected):
        await sandbox.receive(form(ticket_id=taken.ticket_id, channel_name="other", dedupe_key=str(uuid4())))
    assert await sandbox.receive(form("thanks")) is not None


def test_knowledge_is_a_file_or_a_folder_without_hidden_files(knowledge):
    (knowledge / ".DS_Store").write_bytes(b"\x00\xff")
    whole = read_sections(knowledge)
    assert [section.uri for section in whole] == [
        "knowledge/handbook.md#upload-limits",
        "knowledge/handbook.md#restoring-deleted-files",
        "knowledge/handbook.md#changing-the-e-mail-address",
    ]
    assert read_sections(knowledge / "handbook.md") == whole


@pytest.mark.parametrize(
    ("read", "content", "words"),
    [
        (read_sections, None, "No such file"),
        (read_sections, b"", "is empty"),
        (read_sections, b"\xff\xfe", "UTF-8"),
        (read_rules, None, "No such file"),
        (read_rules, b"\xff\xfe", "utf-8"),
        (read_rules, b"## gossip", "unknown reason"),
        (read_rules, b"", "no examples"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_remedy(tmp_path, read, content, words):
    path = tmp_path / "given.md"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CannotOpen, match=words) as caught:
        read(path)
    assert "given.md" in str(caught.value)


def test_an_empty_folder_holds_no_documents(tmp_path):
    with pytest.raises(CannotOpen, match="no documents"):
        read_sections(tmp_path)
