"""``fte-mcp``: the employee's tools over the Model Context Protocol, on standard input and output.

A session is one turn on one customer's message. The arguments of the five tools go to the turn as they come, so
that it judges them: the SDK's own tool manager drops arguments it does not know and repeats those it refuses.
"""

import argparse
import asyncio
import inspect
import json
import logging
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from mcp import types
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from pydantic import TypeAdapter, ValidationError

from fte_agent.channels import EMAIL_IDENTIFIER, TRAITS, WEB_FORM
from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_agent.inbound.addresses import mail_address
from fte_agent.inbound.faults import InvalidMessage
from fte_agent.turn import tools
from fte_prototype.clock import SystemClock
from fte_prototype.errors import PrototypeError
from fte_prototype.knowledge import DOCUMENTS, RULES
from fte_prototype.mcp_session import Account, Closed, Filed, Findings, McpSandbox, Refusal, Session
from fte_prototype.sandbox import COMPANY
from fte_prototype.store import EscalationView, TicketView

GET_TICKET = "get_ticket"
LIST_ESCALATIONS = "list_escalations"


class TicketQuery(tools.ToolInput):
    """Read the session's ticket: status, category, priority and messages. It is the only one there is."""

    ticket_id: UUID | None = None


class EscalationQuery(tools.ToolInput):
    """List the hand-overs that wait for a person, each with its brief."""


@dataclass(frozen=True, slots=True)
class Escalations:
    """The hand-overs that wait for a person, oldest first."""

    escalations: tuple[EscalationView, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool as it is listed. ``repeatable``: a second call like the first adds nothing to its effect."""

    title: str
    gives: TypeAdapter[Any]
    writes: bool = False
    repeatable: bool = True


INPUTS: dict[str, type[tools.ToolInput]] = {**tools.SPEC, GET_TICKET: TicketQuery, LIST_ESCALATIONS: EscalationQuery}
OFFERS = {
    tools.CREATE_TICKET: Offer("File the ticket", TypeAdapter(Filed), writes=True),
    tools.GET_CUSTOMER_HISTORY: Offer("Look back", TypeAdapter(Account)),
    tools.SEARCH_KNOWLEDGE_BASE: Offer("Search the documents", TypeAdapter(Findings)),
    tools.ESCALATE_TO_HUMAN: Offer("Hand over to a person", TypeAdapter(Closed), writes=True),
    # A reply that the gate refuses twice hands over.
    tools.SEND_RESPONSE: Offer("Answer the customer", TypeAdapter(Closed), writes=True, repeatable=False),
    GET_TICKET: Offer("Show the ticket", TypeAdapter(TicketView)),
    LIST_ESCALATIONS: Offer("List open escalations", TypeAdapter(Escalations)),
}


class TurnServer(MCPServer):
    """The server of one session: lists `OFFERS` and answers every call with a result, an error too."""

    def __init__(self, session: Session) -> None:
        super().__init__("fte-mcp", version=version("digital-fte"))
        self._session = session

    async def list_tools(self) -> list[types.Tool]:
        """The five tools of the employee, and the two that look."""
        return [_listing(name, offer) for name, offer in OFFERS.items()]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context | None = None
    ) -> types.CallToolResult:
        """What the call gives, as text and structured; a refusal is an error result."""
        found = await _answer(self._session, name, arguments)
        if isinstance(found, Refusal):
            return types.CallToolResult(content=[types.TextContent(type="text", text=found.text)], is_error=True)
        value = OFFERS[name].gives.dump_python(found, mode="json")
        text = types.TextContent(type="text", text=json.dumps(value, ensure_ascii=False))
        return types.CallToolResult(content=[text], structured_content=value)


def _listing(name: str, offer: Offer) -> types.Tool:
    return types.Tool(
        name=name,
        title=offer.title,
        description=inspect.getdoc(INPUTS[name]),
        input_schema=INPUTS[name].model_json_schema(),
        output_schema=offer.gives.json_schema(mode="serialization"),
        annotations=types.ToolAnnotations(
            read_only_hint=not offer.writes,
            destructive_hint=False,
            idempotent_hint=offer.repeatable,
            open_world_hint=False,
        ),
    )


async def _answer(session: Session, name: str, arguments: dict[str, Any]) -> object:
    """What a call gives, or its `Refusal`. A name that nobody knows is for the turn to refuse, too."""
    if name in tools.SPEC or name not in OFFERS:
        return await session.call(name, arguments)
    try:
        given = INPUTS[name].model_validate_json(json.dumps(arguments))
    except ValidationError as error:
        return Refusal(f"Invalid arguments: {tools.describe_faults(error)}")
    if not isinstance(given, TicketQuery):
        return Escalations(session.escalations)
    if given.ticket_id not in (None, session.ticket.ticket_id):
        return Refusal("Refused: this session has another ticket; leave ticket_id out.")
    return session.ticket


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fte-mcp", description="The employee's tools over MCP, on standard streams.")
    parser.add_argument("--knowledge", type=Path, default=DOCUMENTS, help="a Markdown file, or a folder of them")
    parser.add_argument("--rules", type=Path, default=RULES, help="escalation rules")
    parser.add_argument("--company", type=Company, default=COMPANY, help="the company's name")
    parser.add_argument("--channel", choices=list(TRAITS), default=WEB_FORM)
    parser.add_argument("--customer-email", default="customer@example.com", help="who wrote the message")
    parser.add_argument(
        "--message", default="How do I use your product?", help="the customer's message that this session answers"
    )
    return parser.parse_args()


def _message(given: argparse.Namespace) -> InboundMessage:
    """The message of the command line. Its address is a claim: nothing proves it."""
    return InboundMessage(
        source="mcp",
        dedupe_key=str(uuid4()),
        channel=given.channel,
        channel_name="mcp",
        thread_key=str(uuid4()),
        sender=Identifier(EMAIL_IDENTIFIER, mail_address("--customer-email", given.customer_email)),
        body=given.message,
        occurred_at=SystemClock().now(),
    )


async def _serve(given: argparse.Namespace) -> None:
    message = _message(given)
    sandbox = await McpSandbox.open(knowledge=given.knowledge, rules=given.rules, company=given.company)
    await TurnServer(await sandbox.session(message)).run_stdio_async()


def main() -> None:
    """Serve one session; standard output is the protocol's, so whatever else there is to say goes to standard error."""
    given = _arguments()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        asyncio.run(_serve(given))
    except (PrototypeError, InvalidMessage) as error:
        sys.exit(f"fte-mcp: {error}")
