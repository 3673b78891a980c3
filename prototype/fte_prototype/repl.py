"""The terminal chat: each line is a customer's message; what the employee decides and why stands below it."""

import asyncio
import sys
from collections.abc import Coroutine
from io import TextIOWrapper
from typing import TextIO
from uuid import UUID

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import Channel
from fte_agent.errors import AgentError
from fte_agent.inbound.faults import InvalidMessage
from fte_agent.ports import Clock
from fte_prototype.customer import Customer
from fte_prototype.errors import PrototypeError
from fte_prototype.render import as_text, facts, reply_text, ticket_facts
from fte_prototype.sandbox import Sandbox

CHANNELS = tuple(TRAITS)
HELP = (
    "Each line is a customer's message. /new begins another conversation, /ticket shows the ticket,\n"
    f"/channel {'|'.join(CHANNELS)} switches, /quit ends.\n"
)
SILENT = "  no reply: a person has this conversation, so the employee keeps out of it; /new begins another.\n"


class Chat:
    """One customer in one sandbox. `answer` says what to show for a line, or None when the chat is over."""

    def __init__(self, sandbox: Sandbox, channel: Channel, *, name: str, clock: Clock) -> None:
        self.channel = channel
        self._sandbox = sandbox
        self._customer = Customer(name, clock)
        self._ticket: UUID | None = None

    async def answer(self, line: str) -> str | None:
        """What a line leads to; faults of a message are told, not raised."""
        text = line.strip()
        command, _, argument = text.partition(" ")
        match command:
            case "":
                return ""
            case "/quit":
                return None
            case "/new":
                self._customer.start_anew()
                self._ticket = None
                return "  a new conversation\n"
            case "/channel":
                return self._switch(argument.strip())
            case "/ticket":
                return self._show_ticket()
        return HELP if command.startswith("/") else await self._say(text)

    def _switch(self, name: str) -> str:
        if name not in CHANNELS:
            return f"  no such channel; there are {', '.join(CHANNELS)}\n"
        self.channel = name
        return f"  now on {name}\n"

    def _show_ticket(self) -> str:
        if self._ticket is None:
            return "  no ticket yet: say something first\n"
        return as_text(ticket_facts(self._sandbox.store.ticket(self._ticket), self._sandbox.store.escalations()))

    async def _say(self, text: str) -> str:
        try:
            message = self._customer.says(self.channel, text)
            decision = await self._sandbox.receive(message)
        except (PrototypeError, InvalidMessage) as error:
            return f"  not taken: {error}\n"
        except AgentError as error:
            return f"  the turn failed and will be tried again with the next message: {error}\n"
        self._ticket = self._sandbox.store.filed(message).ticket_id
        if decision is None:
            return SILENT
        return f"{as_text(facts(decision, self._sandbox.searches))}\n{reply_text(decision)}"


def run(opening: Coroutine[None, None, Sandbox], channel: Channel, *, name: str, clock: Clock) -> None:
    """Chat on the terminal until /quit or the end of input."""
    # Between two lines nothing runs, so the terminal is simply waited for, and an interrupt ends it at once.
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    with asyncio.Runner() as runner:
        sys.stdout.write("Reading rules and documents ...\n")
        chat = Chat(runner.run(opening), channel, name=name, clock=clock)
        sys.stdout.write(HELP)
        while line := _ask(f"{chat.channel}> ", sys.stdin, sys.stdout):
            shown = runner.run(chat.answer(line))
            if shown is None:
                return
            sys.stdout.write(shown)
        sys.stdout.write("\n")


def _ask(prompt: str, source: TextIO, screen: TextIO) -> str:
    """The next line with its end, or nothing at the end of input."""
    screen.write(prompt)
    screen.flush()
    return source.readline()
