"""``fte-mcp`` as any MCP client meets it: a process of its own, spoken to over its standard streams."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from fte_agent.reply.templates import CLARIFY_NOT_FOUND, acknowledgement
from fte_agent.turn import tools

pytestmark = pytest.mark.slow  # a process for each session

COMMAND = Path(sys.executable).parent / "fte-mcp"
DOCUMENT = """# Exports

## Export a board

Open the board's menu and choose **Export**. The file arrives by mail within ten minutes.

## Delete a board

Only owners can delete a board. A deleted board stays in the bin for thirty days.
"""
VERBATIM = "Only owners can delete a board."
RULES = """## legal
### Words
- penguin
### Examples
- I will sue you.
## threat
### Examples
- I will hurt you.
## safety
### Examples
- The battery is on fire.
## security
### Examples
- Somebody else is in my account.
## refund
### Examples
- Give me my money back.
## human
### Examples
- Let me talk to a person.
## pricing
### Examples
- How much does it cost?
## none
### Examples
- How do I delete a board?
- Where is the export?
"""
READING = {"get_customer_history", "search_knowledge_base", "get_ticket", "list_escalations"}
URI = "knowledge/boards.md#delete-a-board"
EXPORT = "knowledge/boards.md#export-a-board"
CLOSED = "Refused: the turn is closed."


class Open(Protocol):
    """Starts a session about one message."""

    def __call__(self, message: str = ..., *options: str) -> AbstractAsyncContextManager[Client]: ...


@pytest.fixture
def session(tmp_path: Path) -> Open:
    """A process each time, on a small folder of knowledge; on its way out it must have had nothing to complain of."""
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "boards.md").write_text(DOCUMENT, encoding="utf-8")
    rules = tmp_path / "rules.md"
    rules.write_text(RULES, encoding="utf-8")

    @asynccontextmanager
    async def opened(message: str = "Who can delete a board?", *options: str) -> AsyncIterator[Client]:
        arguments = ["--knowledge", str(tmp_path / "knowledge"), "--rules", str(rules), "--message", message, *options]
        errors = tmp_path / "stderr"
        with errors.open("w") as log:
            server = stdio_client(StdioServerParameters(command=str(COMMAND), args=arguments), errlog=log)
            async with Client(server) as client:
                yield client
        assert errors.read_text() == ""

    return opened


async def accepted(client: Client, name: str, **arguments: object) -> dict:
    """What a call gives that must be accepted; its text says the same."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refused(client: Client, name: str, **arguments: object) -> str:
    """Why a call has no effect that must be refused, as a result and not as an error of the protocol."""
    result = await client.call_tool(name, arguments)
    assert result.is_error
    assert result.structured_content is None
    return result.content[0].text


async def searched(client: Client) -> list[dict]:
    """A turn up to its first search, and what that found."""
    await accepted(client, "create_ticket")
    await accepted(client, "get_customer_history")
    return (await accepted(client, "search_knowledge_base", query="delete a board"))["passages"]


async def test_the_tools_as_they_are_listed(session: Open) -> None:
    async with session() as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert listed.keys() == {*tools.SPEC, "get_ticket", "list_escalations"}
    for name, spec in tools.SPEC.items():
        assert listed[name].input_schema == spec.model_json_schema()
        assert listed[name].description == spec.__doc__.replace("\n    ", "\n").strip()
        assert not [field for field in listed[name].input_schema["properties"] if field.endswith("_id")]
    for name, tool in listed.items():
        assert tool.title
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema["type"] == "object"
        assert tool.output_schema["required"]
        assert tool.annotations.read_only_hint is (name in READING)
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.idempotent_hint is (name != "send_response")


async def test_the_order_of_a_turn_is_enforced(session: Open) -> None:
    async with session() as client:
        answer = {"message": VERBATIM, "citations": [URI]}
        assert await refused(client, "send_response", **answer) == "Refused: create_ticket comes first."
        assert await accepted(client, "create_ticket", category="technical", priority="high") == {"ticket": "filed"}
        assert await refused(client, "create_ticket") == "Refused: already done."
        assert await refused(client, "send_response", **answer) == "Refused: get_customer_history comes first."
        assert "available" in (await accepted(client, "get_customer_history"))["account"]
        unsearched = await refused(client, "send_response", **answer)
        assert unsearched == "Refused: foreign_citation, not_verbatim"
        ticket = await accepted(client, "get_ticket")
        assert (ticket["status"], ticket["category"], ticket["priority"]) == ("open", "other", "medium")
        assert [message["author"] for message in ticket["messages"]] == ["customer"]


async def test_an_accepted_answer_stands_in_the_ticket(session: Open) -> None:
    async with session("Who can delete a board?", "--channel", "email", "--company", "Fjord") as client:
        await accepted(client, "create_ticket", category="technical", priority="high")
        await accepted(client, "get_customer_history")
        await accepted(client, "search_knowledge_base", query="delete a board", max_results=1)
        assert await refused(client, "send_response", message="Everybody can.", citations=[URI])
        closed = await accepted(client, "send_response", message=VERBATIM, citations=[URI])
        letter = f"Hello,\n\n{VERBATIM}\n\nKind regards,\nFjord Support"
        assert closed == {"outcome": "answer", "reply": letter}
        assert await refused(client, "send_response", message=VERBATIM, citations=[URI]) == CLOSED
        ticket = await accepted(client, "get_ticket")
        assert (ticket["status"], ticket["channel"]) == ("waiting", "email")
        assert (ticket["category"], ticket["priority"]) == ("technical", "high")
        asked, answered = ticket["messages"]
        assert (asked["author"], asked["body"]) == ("customer", "Who can delete a board?")
        assert (answered["author"], answered["body"]) == ("ai", letter)
        assert [citation["uri"] for citation in answered["citations"]] == [URI]
        assert await accepted(client, "list_escalations") == {"escalations": []}


async def test_words_of_no_cited_section_are_refused_and_the_second_time_handed_over(session: Open) -> None:
    async with session() as client:
        await searched(client)
        for _ in range(3):
            await accepted(client, "search_knowledge_base", query="board", max_results=1)
        assert await refused(client, "search_knowledge_base", query="board") == "Refused: too many searches."
        elsewhere = await refused(client, "send_response", message=VERBATIM, citations=[EXPORT])
        assert elsewhere == "Refused: not_verbatim"
        assert (await accepted(client, "get_ticket"))["status"] == "open"
        own = await refused(client, "send_response", message="Owners can do it.", citations=[URI])
        assert own == "Refused: not_verbatim"
        assert await refused(client, "send_response", message=VERBATIM, citations=[URI]) == CLOSED
        assert (await accepted(client, "get_ticket"))["status"] == "escalated"
        (escalation,) = (await accepted(client, "list_escalations"))["escalations"]
        assert (escalation["reason"], escalation["trigger"]) == ("gate", "guardrail")
        assert escalation["brief"]["draft"] == "Owners can do it."


async def test_an_escalation_is_acknowledged_and_listed_with_its_brief(session: Open) -> None:
    async with session("Can your company plan our office party?") as client:
        await searched(client)
        note = {"reason": "human", "summary": "Wants an event.", "draft": VERBATIM}
        words = acknowledgement(tools.Reason.HUMAN)
        closed = await accepted(client, "escalate_to_human", **note)
        assert closed == {"outcome": "escalate", "reply": f"{words}\n\nNorthwind Desk Support"}
        assert await refused(client, "escalate_to_human", **note) == CLOSED
        ticket = await accepted(client, "get_ticket")
        assert (ticket["status"], ticket["handler"]) == ("escalated", "human")
        assert (ticket["messages"][-1]["author"], ticket["messages"][-1]["body"]) == ("system", closed["reply"])
        (escalation,) = (await accepted(client, "list_escalations"))["escalations"]
        assert escalation["ticket_id"] == ticket["ticket_id"]
        assert (escalation["reason"], escalation["summary"]) == ("human", "Wants an event.")
        brief = escalation["brief"]
        assert (brief["request"], brief["tried"]) == ("Can your company plan our office party?", ["delete a board"])
        assert brief["draft"] == VERBATIM
        assert URI in [section["uri"] for section in brief["evidence"]]


async def test_on_chat_a_first_miss_is_asked_back(session: Open) -> None:
    async with session("Can you plan our office party?", "--channel", "whatsapp") as client:
        await searched(client)
        miss = {"reason": "not_found", "summary": "no section"}
        assert "search once more" in await refused(client, "escalate_to_human", **miss)
        await accepted(client, "search_knowledge_base", query="office party")
        assert await accepted(client, "escalate_to_human", **miss) == {"outcome": "clarify", "reply": CLARIFY_NOT_FOUND}
        assert await accepted(client, "list_escalations") == {"escalations": []}


@pytest.mark.parametrize(("closing", "error"), [("send_response", True), ("escalate_to_human", False)])
async def test_what_the_rules_demand_no_client_decides(session: Open, closing: str, error: bool) -> None:
    arguments = {
        "send_response": {"message": VERBATIM, "citations": [URI]},
        "escalate_to_human": {"reason": "human", "summary": "A penguin."},
    }
    async with session("Who can delete a board? My penguin asks.") as client:
        await searched(client)
        result = await client.call_tool(closing, arguments[closing])
        assert result.is_error is error
        (escalation,) = (await accepted(client, "list_escalations"))["escalations"]
        assert (escalation["reason"], escalation["trigger"]) == ("legal", "rule")
        assert await refused(client, "search_knowledge_base", query="board") == CLOSED
        assert len((await accepted(client, "get_ticket"))["messages"]) == 2


async def test_a_courtesy_is_answered_by_template(session: Open) -> None:
    async with session("Thank you very much!") as client:
        await searched(client)
        told = await refused(client, "escalate_to_human", reason="human", summary="Wants nothing.")
        assert told == "Refused: rules decided what this customer is told. The turn is closed."
        assert (await accepted(client, "get_ticket"))["messages"][-1]["author"] == "system"
        assert await accepted(client, "list_escalations") == {"escalations": []}


async def test_bad_arguments_are_told_by_their_field_and_not_repeated(session: Open) -> None:
    async with session() as client:
        secret = "4111-1111"
        assert await refused(client, "create_ticket", category=secret) == ("Invalid arguments: category: literal_error")
        await accepted(client, "create_ticket")
        for name in ("customer_id", "ticket_id", "channel"):
            told = await refused(client, "get_customer_history", **{name: secret})
            assert told == f"Invalid arguments: {name}: extra_forbidden"
        await accepted(client, "get_customer_history")
        told = await refused(client, "search_knowledge_base", query="board", max_results="3", ticket_id=secret)
        assert told == "Invalid arguments: max_results: int_type; ticket_id: extra_forbidden"
        told = await refused(client, "send_response", message=VERBATIM, recipient=secret)
        assert told == "Invalid arguments: recipient: extra_forbidden"
        assert await refused(client, "escalate_to_human", reason="gate") == "Invalid arguments: summary: missing"
        assert await refused(client, "get_ticket", ticket_id=secret) == "Invalid arguments: ticket_id: uuid_parsing"
        assert await refused(client, "list_escalations", status=secret) == "Invalid arguments: status: extra_forbidden"
        assert await refused(client, "delete_ticket") == "There is no such tool."
        await accepted(client, "search_knowledge_base", query="board")


async def test_two_sessions_share_nothing(session: Open) -> None:
    async with session() as one, session("Where is the export?") as other:
        await asyncio.gather(searched(one), accepted(other, "create_ticket"))
        assert await refused(other, "send_response", message=VERBATIM, citations=[URI]) == (
            "Refused: get_customer_history comes first."
        )
        await accepted(one, "escalate_to_human", reason="human", summary="Insists.")
        mine, theirs = await accepted(one, "get_ticket"), await accepted(other, "get_ticket")
        assert (mine["status"], theirs["status"]) == ("escalated", "open")
        assert [message["body"] for message in theirs["messages"]] == ["Where is the export?"]
        assert await accepted(other, "list_escalations") == {"escalations": []}
        assert mine["ticket_id"] != theirs["ticket_id"]
        told = await refused(other, "get_ticket", ticket_id=mine["ticket_id"])
        assert told == "Refused: this session has another ticket; leave ticket_id out."
        assert await accepted(other, "get_ticket", ticket_id=theirs["ticket_id"]) == theirs


def test_what_cannot_be_used_is_said_on_standard_error(tmp_path: Path) -> None:
    command = [COMMAND, "--knowledge", tmp_path / "nothing"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"fte-mcp: {tmp_path / 'nothing'}: ")
    assert "Traceback" not in done.stderr
