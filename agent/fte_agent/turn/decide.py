"""Runs one turn from a burst of messages to a decision.

Order: file and look back, escalate what must be, answer courtesy by template, search once, ask the model,
let it repair its reply once. Whatever is left goes to a person. Who plays a turn by other means than a `Model`
takes the same steps: `open_turn`, `apply_rules`, `end_turn`, `decision_of`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from fte_agent.domain.behaviour import Company
from fte_agent.domain.knowledge import Passage
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Decision, Escalation, Outcome, Reason, Trigger, TurnContext
from fte_agent.errors import ToolFailed
from fte_agent.gate.checks import Evidence, ReplyMode, is_harmless
from fte_agent.gate.evidence import evidence_for
from fte_agent.ports import Clock, CustomerStore, Model, ModelRequest, Search
from fte_agent.reply.formatting import format_for_channel
from fte_agent.reply.templates import CLARIFY_NOT_FOUND, acknowledgement, asks_for_other_words, courtesy
from fte_agent.text.courtesy import Social
from fte_agent.text.language import guess_language
from fte_agent.turn import tools
from fte_agent.turn.brief import WITHHELD, brief
from fte_agent.turn.model_call import ModelUsage
from fte_agent.turn.policy import (
    EscalationClassifier,
    customer_words,
    first_query,
    is_bare_courtesy,
    is_empty,
    last_reply,
    may_ask_again,
    must_escalate,
    social,
)
from fte_agent.turn.turn import Turn

MAX_ATTEMPTS = 5
"""Claims of one burst: a turn that fails in the last one goes to a person, in an earlier one it is tried again.

Errors that may pass by themselves do not count against it: a short outage must not hand over every
conversation there is. How old a burst may grow meanwhile is the worker's to say, by `escalate_exhausted`.
"""

FIRST_RESULTS = 10

Ending = tuple[Outcome, str]
"""How a turn ends, and the text to send, before it gets the form of its channel."""


@dataclass(frozen=True, slots=True)
class TurnPorts:
    """What a turn needs of the world, the same for every turn of an employee."""

    company: Company
    customers: CustomerStore
    search: Search
    model: Model
    classifier: EscalationClassifier
    clock: Clock
    mode: ReplyMode = ReplyMode.VERBATIM
    secrets: tuple[str, ...] = ()
    """What must never stand in a reply, such as a canary in the model's instructions."""


async def run_turn(context: TurnContext, ports: TurnPorts) -> Decision:
    """Decide one burst. To what no person wrote there is no answer.

    Raises:
        Exception: a port failed, and attempts are left or ``retryable`` is true on it, as its adapter says.
    """
    if context.automated:
        return Decision(outcome=Outcome.SILENCE, author=Author.SYSTEM, parts=())
    started = ports.clock.monotonic()
    turn, spent = open_turn(context, ports), ModelUsage()
    try:
        ending = await _play(turn, context, ports, spent)
    except Exception as error:
        if context.attempt < MAX_ATTEMPTS or _is_retryable(error):
            raise
        summary = f"Attempt failed: {type(error).__name__}."
        ending = _hand_over(turn, context, Reason.FAILURE, Trigger.FAILURE, summary)
    return replace(
        decision_of(turn, context, ports, ending),
        usage=spent.usage,
        model=ports.model.name if spent.times else "",
        prompt_version=ports.model.prompt_version if spent.times else "",
        model_ms=round(spent.seconds * 1000),
        total_ms=round((ports.clock.monotonic() - started) * 1000),
    )


def open_turn(context: TurnContext, ports: TurnPorts) -> Turn:
    """The turn of one burst, without a call yet."""
    return Turn(
        context,
        customers=ports.customers,
        search=ports.search,
        clock=ports.clock,
        evidence=_evidence(context, ports),
    )


def decision_of(turn: Turn, context: TurnContext, ports: TurnPorts, ending: Ending) -> Decision:
    """What a turn decided that ended so, but for what a model cost."""
    outcome, text = ending
    return Decision(
        outcome=outcome,
        author=Author.AI if outcome is Outcome.ANSWER else Author.SYSTEM,
        parts=format_for_channel(context.channel, text, ports.company, customer_name=context.customer_name),
        citations=turn.reply.citations if turn.reply else (),
        escalation=_briefed(turn, context, ports),
        category=turn.filed.category,
        priority=turn.filed.priority,
        tool_calls=tuple(turn.ledger),
        top_score=max((passage.score for passage in turn.retrieved.values()), default=None),
    )


def escalate_exhausted(context: TurnContext, company: Company, reason: Reason = Reason.FAILURE) -> Decision:
    """Hand a burst over without a turn, when its attempts broke off or there is no more time for another."""
    words = customer_words(context)
    text = acknowledgement(reason, guess_language(words))
    summary = f"No decision after attempt {context.attempt}."
    return Decision(
        outcome=Outcome.ESCALATE,
        author=Author.SYSTEM,
        parts=format_for_channel(context.channel, text, company, customer_name=context.customer_name),
        escalation=Escalation(reason, Trigger.FAILURE, summary, brief(words, (), (), "")),
    )


async def _play(turn: Turn, context: TurnContext, ports: TurnPorts, spent: ModelUsage) -> Ending:
    """The turn itself."""
    await _call(turn, tools.CREATE_TICKET)
    await _call(turn, tools.GET_CUSTOMER_HISTORY)
    if ended := await apply_rules(turn, context, ports):
        return ended
    query = first_query(context, tools.MAX_QUERY_CHARS)
    await _call(turn, tools.SEARCH_KNOWLEDGE_BASE, query=query, max_results=FIRST_RESULTS)
    request = ModelRequest(context, turn.history, query, tuple(turn.retrieved.values()))
    await spent.call(ports.model, request, turn, ports.clock)
    _raise_failure(turn)
    if turn.refusal:
        refused = ", ".join(map(str, turn.refusal))
        turn.reopen()
        await spent.call(ports.model, replace(request, repair=refused), turn, ports.clock)
        _raise_failure(turn)
    return end_turn(turn, context)


async def apply_rules(turn: Turn, context: TurnContext, ports: TurnPorts) -> Ending | None:
    """End a turn that has looked back, where that needs no model: by a rule, a template or the budget."""
    if is_empty(context):
        return _courtesy(turn, None)
    words = customer_words(context)
    kind = social(context)
    bare = kind if is_bare_courtesy(context) else None
    if found := must_escalate(await ports.classifier.classify(words), bare):
        return _hand_over(turn, context, found.reason, found.trigger, found.summary)
    if kind is not None:
        return _courtesy(turn, kind)
    if context.budget_spent:
        _hand_over(turn, context, Reason.BUDGET, Trigger.FAILURE, "The budget for answers is used up.")
        return Outcome.ACKNOWLEDGE_CAP, acknowledgement(Reason.BUDGET, guess_language(words))
    return None


def end_turn(turn: Turn, context: TurnContext) -> Ending:
    """What the model's calls came to; a turn that it left open goes to a person."""
    if turn.reply is not None:
        return Outcome.ANSWER, turn.reply.message
    if turn.escalation is not None and turn.escalation.reason is Reason.NOT_FOUND and _first_miss(context):
        turn.ask_back(CLARIFY_NOT_FOUND)
        return Outcome.CLARIFY, CLARIFY_NOT_FOUND
    if turn.refusal:
        refused = ", ".join(map(str, turn.refusal))
        summary = f"The repaired reply was refused: {refused}."
        return _hand_over(turn, context, Reason.GATE, Trigger.GUARDRAIL, summary)
    reason = Reason.NOT_FOUND if turn.missed else Reason.FAILURE
    return _hand_over(turn, context, reason, Trigger.MODEL, "The model ended without an answer.")


def _first_miss(context: TurnContext) -> bool:
    """Whether the customer may be asked to say it again: on chat, unless the last reply did that already."""
    replied = last_reply(context)
    return may_ask_again(context) and not (replied is not None and asks_for_other_words(replied.body))


async def _call(turn: Turn, name: str, **arguments: object) -> None:
    """A call by the runtime, on the same path as a model's."""
    await turn.invoke(name, json.dumps(arguments))
    _raise_failure(turn)


def _raise_failure(turn: Turn) -> None:
    if turn.failure is not None:
        cause = type(turn.failure).__name__
        raise ToolFailed(cause, retryable=_is_retryable(turn.failure)) from None  # its text may repeat the customer's


def _is_retryable(error: Exception) -> bool:
    return getattr(error, "retryable", False) is True


def _hand_over(turn: Turn, context: TurnContext, reason: Reason, trigger: Trigger, summary: str) -> Ending:
    """Close the turn for a person; the reason given first, by a model or a rule, stands."""
    escalation = turn.escalation or Escalation(reason, trigger, summary)
    text = acknowledgement(escalation.reason, guess_language(customer_words(context)))
    turn.hand_over(escalation, text)
    return Outcome.ESCALATE, text


def _briefed(turn: Turn, context: TurnContext, ports: TurnPorts) -> Escalation | None:
    """The turn's escalation with its brief. What a model wrote with a foreign fact or a secret is shown to nobody."""
    if turn.escalation is None:
        return None
    evidence = _evidence(context, ports)(turn.retrieved)
    told = turn.escalation.summary
    summary = told if is_harmless(told, evidence, may_count=True) else WITHHELD
    draft = turn.draft if is_harmless(turn.draft, evidence) else ""
    made = brief(customer_words(context), turn.ledger, turn.retrieved.values(), draft)
    known = replace(
        evidence, allowed_texts=(*evidence.allowed_texts, *evidence.customer_texts)
    )  # the first search is the customer's words
    tried = tuple(query for query in made.tried if is_harmless(query, known, may_count=True))
    return replace(turn.escalation, summary=summary, brief=replace(made, tried=tried))


def _evidence(context: TurnContext, ports: TurnPorts) -> Callable[[dict[str, Passage]], Evidence]:
    return evidence_for(context, ports.company, ports.mode, ports.secrets)


def _courtesy(turn: Turn, kind: Social | None) -> Ending:
    outcome, text = courtesy(kind)
    turn.close(text)
    return outcome, text
