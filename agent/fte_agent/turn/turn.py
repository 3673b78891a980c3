"""One turn's tools and ledger: whatever a model emits, this is all that can come of it.

The ledger's accepted lines read ``create_ticket get_customer_history search* [escalate_to_human]
send_response``, without the last where the customer asked not to be written to. Effects are only buffered, so a
turn that is dropped did nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from fte_agent.domain.knowledge import Passage
from fte_agent.domain.turns import Citation, Escalation, Reason, Statement, ToolCall, Trigger, TurnContext
from fte_agent.gate.checks import Evidence, Violation, statements_of, violations
from fte_agent.identity.told import history_text
from fte_agent.ports import Clock, CustomerStore, Search
from fte_agent.turn import choice, tools

MAX_CALLS = 16
"""Calls of a turn, refused ones included; what comes after them is refused and not written down."""

MAX_SEARCHES = 4
SEARCHES_OF_A_MISS = 2
"""A model may say "not found" only after as many searches."""

TICKET_FILED = '{"ticket": "filed"}'
NO_SUCH_TOOL = "There is no such tool."
UNAVAILABLE = "The tool is unavailable."
UNVERIFIED = "unverified"
"""The rule that a reply in a model's own words is read a second time."""

ACCEPTED = "Accepted. The turn is closed."

Verify = Callable[[Sequence[Statement]], Awaitable[bool]]
"""A second reading of a reply in a model's own words: whether each sentence is supported."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that passed the gate."""

    message: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _Result:
    """What one call comes to: its line's status and arguments, and the text for the model."""

    status: str
    text: str
    arguments: dict[str, object]


class Turn:
    """Implements `ToolPort` for one turn. ``evidence`` tells the gate what a reply may rest on.

    ``failure`` is the first error from behind a tool: after one, what the model decides is void.
    ``refusal`` is what the gate said of the last reply; until `reopen` no call has an effect.
    ``draft`` is the last text that was not sent and may help a person, ``missed`` whether the model gave up
    before it had searched twice. ``sentiments`` are those of the burst's messages, once read. ``excluded`` are uris of
    sections that no search of this turn finds.
    """

    def __init__(
        self,
        context: TurnContext,
        *,
        customers: CustomerStore,
        search: Search,
        clock: Clock,
        evidence: Callable[[dict[str, Passage]], Evidence],
        wording: tools.Wording = tools.Wording.MESSAGE,
        verify: Verify | None = None,
        excluded: frozenset[str] = frozenset(),
    ) -> None:
        self._context = context
        self._customers = customers
        self._search = search
        self._clock = clock
        self._evidence = evidence
        self._wording = wording
        self._verify = verify
        self._excluded = excluded
        self._serial = asyncio.Lock()
        self.ledger: list[ToolCall] = []
        self.retrieved: dict[str, Passage] = {}
        self.filed = tools.TicketInput()
        self.history = ""
        self.sentiments: list[int] = []
        self.escalation: Escalation | None = None
        self.reply: Reply | None = None
        self.refusal: list[Violation] = []
        self.draft = ""
        self.missed = False
        self.failure: Exception | None = None

    @property
    def open(self) -> bool:
        """Whether further calls can have an effect."""
        return not (self._closed or self.refusal or self.failure) and len(self.ledger) < MAX_CALLS

    async def invoke(self, name: str, raw_json: str) -> str:
        """Run one tool, one at a time; refused, invalid and failed calls are text and a line, never an error."""
        async with self._serial:
            if len(self.ledger) >= MAX_CALLS:
                return "Refused: too many calls."
            started = self._clock.monotonic()
            result = await self._attempt(name, raw_json)
            known = name if name in tools.SPEC else "unknown"
            self._record(known, result.arguments, result.status, started)
            return result.text

    def reopen(self) -> None:
        """Let the model try again after the gate refused its reply."""
        self.refusal = []

    def ask_back(self, approved: str) -> None:
        """Close the turn with an approved question in the place of the model's escalation."""
        self.escalation = None
        self._void(tools.ESCALATE_TO_HUMAN)
        self.close(approved)

    def hand_over(self, escalation: Escalation, acknowledgement: str | None) -> None:
        """Close the turn for a person, as the runtime decides; an escalation by the model is completed.

        ``acknowledgement`` is what the customer is told, None where nothing may be sent.
        """
        if self.reply is not None:
            self.draft, self.reply = self.reply.message, None
            self._void(tools.SEND_RESPONSE)
        if self.escalation is None:
            self.escalation = escalation
            line: dict[str, object] = {"reason": escalation.reason.value, "summary": escalation.summary}
            self._record(tools.ESCALATE_TO_HUMAN, line, "ok", self._clock.monotonic())
        if acknowledgement is not None:
            self.close(acknowledgement)

    def close(self, approved: str) -> None:
        """Close the turn with an approved text."""
        self._record(tools.SEND_RESPONSE, {"message": approved, "citations": []}, "ok", self._clock.monotonic())

    def _void(self, closing: str) -> None:
        """A closing call that was accepted has no effect after all: as it turns out, it was refused."""
        for at, call in enumerate(self.ledger):
            if (call.name, call.status) == (closing, "ok"):
                self.ledger[at] = replace(call, status="refused")

    @property
    def _closed(self) -> bool:
        return self.reply is not None or self.escalation is not None

    def _record(self, name: str, arguments: dict[str, object], status: str, started: float) -> None:
        ms = round((self._clock.monotonic() - started) * 1000, 3)
        self.ledger.append(ToolCall(name, arguments, status, ms))

    def _done(self, name: str) -> int:
        return sum(call.name == name and call.status in ("ok", "failed") for call in self.ledger)

    async def _attempt(self, name: str, raw_json: str) -> _Result:
        if name not in tools.SPEC:
            return _Result("invalid", NO_SUCH_TOOL, {})
        if refusal := self._out_of_order(name):
            return _Result("refused", f"Refused: {refusal}", {})
        if len(raw_json) > tools.MAX_ARGUMENT_CHARS:
            return _Result("invalid", "Invalid arguments: too long", {})
        try:
            given = tools.parse(name, raw_json, self._wording)
            reply = self._worded(given)
        except (ValidationError, choice.Unusable) as error:
            told = tools.describe_faults(error) if isinstance(error, ValidationError) else error
            return _Result("invalid", f"Invalid arguments: {told}", {})
        arguments = given.model_dump(mode="json", exclude_none=True)
        if reply is not None:
            arguments |= {"message": reply.message, "citations": list(reply.citations)}
        try:
            refused, text = await self._buffer(reply) if reply is not None else await self._perform(given)
        except Exception as error:  # noqa: BLE001 - kept: whoever runs the turn raises it again
            self.failure = error
            return _Result("failed", UNAVAILABLE, arguments)
        return _Result("refused" if refused else "ok", text, arguments)

    def _out_of_order(self, name: str) -> str | None:
        """Why the ledger's grammar or a limit forbids this call now, or None."""
        if self._closed or self.refusal or self.failure:
            return "the turn is closed."
        if name in (tools.CREATE_TICKET, tools.GET_CUSTOMER_HISTORY) and self._done(name):
            return "already done."
        if name != tools.CREATE_TICKET and not self._done(tools.CREATE_TICKET):
            return "create_ticket comes first."
        if name in (tools.SEARCH_KNOWLEDGE_BASE, *tools.CLOSING) and not self._done(tools.GET_CUSTOMER_HISTORY):
            return "get_customer_history comes first."
        if name == tools.SEARCH_KNOWLEDGE_BASE and self._done(name) >= MAX_SEARCHES:
            return "too many searches."
        return None

    async def _perform(self, given: tools.ToolInput) -> tuple[bool, str]:
        """Do what a valid call asks for: whether it was refused after all, and the text for the model."""
        match given:
            case tools.TicketInput():
                self.filed = given
                return False, TICKET_FILED
            case tools.HistoryInput():
                self.history = history_text(await self._customers.past(self._context))
                return False, self.history
            case tools.KnowledgeSearchInput():
                wanted = given.max_results
                listed = await self._search.search(given.query, wanted + len(self._excluded))
                found = [passage for passage in listed if passage.section.uri not in self._excluded][:wanted]
                self.retrieved |= {passage.section.uri: passage for passage in found}
                return False, self._passages_json(found)
            case tools.EscalationInput():
                return self._escalate(given)
        raise AssertionError(f"no effect for {type(given).__name__}")

    def _escalate(self, given: tools.EscalationInput) -> tuple[bool, str]:
        if given.reason is Reason.NOT_FOUND and self._done(tools.SEARCH_KNOWLEDGE_BASE) < SEARCHES_OF_A_MISS:
            self.missed = True
            return True, "Refused: search once more, in other words, before you give up."
        trigger = Trigger.GUARDRAIL if given.reason is Reason.GATE else Trigger.MODEL
        self.escalation = Escalation(given.reason, trigger, given.summary)
        self.draft = given.draft or self.draft
        return False, ACCEPTED

    def _passages_json(self, found: list[Passage]) -> str:
        if self._wording is tools.Wording.MESSAGE:
            return tools.passages_json(found)
        return choice.passages_json(found, self.retrieved, self._wording)

    def _worded(self, given: tools.ToolInput) -> choice.Worded | None:
        """The reply that a call asks for, None of a call that asks for none."""
        if isinstance(given, (tools.ResponseInput, tools.ChosenInput, tools.SupportedInput)):
            return choice.worded(given, self.retrieved)
        return None

    async def _buffer(self, reply: choice.Worded) -> tuple[bool, str]:
        evidence = self._evidence(self.retrieved)
        statements = reply.statements or statements_of(reply.message, reply.citations, evidence)
        self.refusal = violations(reply.message, reply.citations, evidence, statements)
        if not self.refusal and self._verify is not None and not await self._verify(statements):
            self.refusal = [Violation(UNVERIFIED)]
        if self.refusal:
            self.draft = reply.message
            return True, f"Refused: {', '.join(map(str, self.refusal))}"
        sections = [self.retrieved[uri].section for uri in dict.fromkeys(reply.citations)]
        self.reply = Reply(reply.message, tuple(Citation(s.uri, s.title, s.heading) for s in sections))
        return False, ACCEPTED
