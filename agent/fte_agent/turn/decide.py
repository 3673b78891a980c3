"""Runs one turn from a burst of messages to a decision.

Order: file and look back, escalate what must be, answer courtesy by template, search once, ask the model,
let it repair its reply once. Whatever is left goes to a person. To whoever asked not to be written to nothing is
sent, whatever the turn comes to. Who plays a turn by other means than a `Model` takes the same steps: `open_turn`,
`apply_rules`, `end_turn`, `decision_of`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from fte_agent.domain.behaviour import Company
from fte_agent.domain.knowledge import Passage
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Decision, Escalation, Outcome, Reason, Trigger, TurnContext
from fte_agent.errors import BudgetRefused, ModelFailed, ToolFailed
from fte_agent.gate.checks import Evidence, ReplyMode, is_harmless
from fte_agent.gate.evidence import evidence_for
from fte_agent.ports import Clock, CustomerStore, Model, ModelRequest, Search, Verifier
from fte_agent.reply.back_from import back_from
from fte_agent.reply.formatting import format_for_channel, has_room
from fte_agent.reply.templates import acknowledgement
from fte_agent.reply.working_hours import is_open, next_opening
from fte_agent.turn import tools
from fte_agent.turn.brief import WITHHELD, brief
from fte_agent.turn.endings import (
    Ending,
    apply_rules,
    cap_reached,
    end_turn,
    hand_over,
    of_another_language,
    speaks_otherwise,
)
from fte_agent.turn.model_call import ModelUsage
from fte_agent.turn.policy import EscalationClassifier, customer_language, first_query
from fte_agent.turn.rejections import rejected
from fte_agent.turn.turn import Turn

MAX_ATTEMPTS = 5
"""Claims of one burst: a turn that fails in the last one goes to a person, in an earlier one it is tried again.

Errors that may pass by themselves do not count against it: a short outage must not hand over every
conversation there is. How old a burst may grow meanwhile is the worker's to say, by `escalate_exhausted`.
"""

FIRST_RESULTS = 10


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
    wording: tools.Wording = tools.Wording.MESSAGE
    """How the model was told to word its replies."""
    verifier: Verifier | None = None
    """Who reads Grounded replies a second time."""
    competitors: tuple[str, ...] = ()
    """Names that no reply holds."""


async def run_turn(context: TurnContext, ports: TurnPorts) -> Decision:
    """Decide one burst. To what no person wrote there is no answer.

    Raises:
        Exception: a port failed, and attempts are left or ``retryable`` is true on it, as its adapter says.
    """
    if context.automated:
        return Decision(outcome=Outcome.SILENCE, author=Author.SYSTEM, parts=())
    started = ports.clock.monotonic()
    spent = ModelUsage()
    turn = open_turn(context, ports, spent)
    try:
        ending = await _play(turn, context, ports, spent)
    except BudgetRefused as error:
        if error.retryable:
            raise
        ending = cap_reached(turn, context, str(error))
    except Exception as error:
        if context.attempt < MAX_ATTEMPTS or _is_retryable(error):
            raise
        summary = f"Attempt failed: {type(error).__name__}."
        ending = hand_over(turn, context, Escalation(Reason.FAILURE, Trigger.FAILURE, summary))
    return replace(
        decision_of(turn, context, ports, ending),
        usage=spent.usage,
        model=ports.model.name if spent.times else "",
        prompt_version=ports.model.prompt_version if spent.times else "",
        model_ms=round(spent.seconds * 1000),
        total_ms=round((ports.clock.monotonic() - started) * 1000),
    )


def open_turn(context: TurnContext, ports: TurnPorts, spent: ModelUsage | None = None) -> Turn:
    """The turn of one burst, without a call yet. What a second reading costs is added to ``spent``."""
    verifier = ports.verifier if ports.mode is ReplyMode.GROUNDED else None
    return Turn(
        context,
        customers=ports.customers,
        search=ports.search,
        clock=ports.clock,
        evidence=_evidence(context, ports),
        wording=ports.wording,
        verify=None if verifier is None else partial((spent or ModelUsage()).verify, verifier),
        excluded=rejected(context).sections,
        fits=partial(_fits, context, ports.company),
    )


def decision_of(turn: Turn, context: TurnContext, ports: TurnPorts, ending: Ending) -> Decision:
    """What a turn decided that ended so, but for what a model cost.

    Who may be in danger is not told when people are back: help is not to be waited for.
    """
    outcome, text = ending
    if turn.escalation is None or turn.escalation.reason is not Reason.SAFETY:
        text = _with_hours(ending, context, ports.company, ports.clock.now())
    beside = _beside(turn, outcome, text)
    return Decision(
        outcome=outcome,
        author=Author.AI if outcome is Outcome.ANSWER else Author.SYSTEM,
        parts=_sent(context, "\n\n".join(filter(None, (text, beside))), ports.company),
        claim=turn.claim if beside == turn.beside else None,
        citations=turn.reply.citations if turn.reply else (),
        escalation=_briefed(turn, context, ports),
        category=turn.filed.category,
        priority=turn.filed.priority,
        tool_calls=tuple(turn.ledger),
        sentiments=tuple(turn.sentiments),
        top_score=max((passage.score for passage in turn.retrieved.values()), default=None),
    )


def escalate_exhausted(
    context: TurnContext, company: Company, reason: Reason = Reason.FAILURE, *, now: datetime | None = None
) -> Decision:
    """Hand a burst over without a turn, when its attempts broke off or there is no more time for another.

    ``reason`` is FAILURE or OVERDUE, as the customer is told of either; without ``now`` they are not told when people
    are back.
    """
    text = acknowledgement(reason, customer_language(context))
    if now is not None:
        text = _with_hours((Outcome.ESCALATE, text), context, company, now)
    summary = f"No decision after attempt {context.attempt}."
    return Decision(
        outcome=Outcome.ESCALATE,
        author=Author.SYSTEM,
        parts=_sent(context, text, company),
        escalation=Escalation(reason, Trigger.FAILURE, summary, brief(context, (), (), "")),
    )


def _with_hours(ending: Ending, context: TurnContext, company: Company, now: datetime) -> str:
    """The text of an ending; a hand-over while nobody works says when people are back, where there is room for it."""
    outcome, text = ending
    hours = company.business_hours
    if hours is None or outcome not in (Outcome.ESCALATE, Outcome.ACKNOWLEDGE_CAP) or is_open(hours, now):
        return text
    opening = next_opening(hours, now)
    if opening is None:
        return text
    told = f"{text} {back_from(opening, hours.time_zone, customer_language(context))}"
    return told if _fits(context, company, told) else text


def _beside(turn: Turn, outcome: Outcome, text: str) -> str:
    """What stands below an answer or a template about who writes, where there is room; a person says it otherwise."""
    return (
        turn.beside
        if outcome in (Outcome.ANSWER, Outcome.CLARIFY, Outcome.SOCIAL) and turn.fits(f"{text}\n\n{turn.beside}")
        else ""
    )


def _fits(context: TurnContext, company: Company, text: str) -> bool:
    """Whether the channel has room for ``text``."""
    name, most = context.customer_name, context.max_chars
    return has_room(context.channel, text, company, customer_name=name, max_chars=most)


def _sent(context: TurnContext, text: str, company: Company) -> tuple[str, ...]:
    """What goes out of ``text``: its parts in the form of the channel, or nothing to whoever asked for that."""
    if context.opted_out:
        return ()
    return format_for_channel(context.channel, text, company, customer_name=context.customer_name)


async def _play(turn: Turn, context: TurnContext, ports: TurnPorts, spent: ModelUsage) -> Ending:
    """The turn itself."""
    await _call(turn, tools.CREATE_TICKET)
    await _call(turn, tools.GET_CUSTOMER_HISTORY)
    if ended := await apply_rules(turn, context, ports.classifier):
        return ended
    query = first_query(context, tools.MAX_QUERY_CHARS)
    await _call(turn, tools.SEARCH_KNOWLEDGE_BASE, query=query, max_results=FIRST_RESULTS)
    if ports.wording is tools.Wording.CHOSEN and (ended := of_another_language(turn, context)):
        return ended
    request = ModelRequest(context, turn.history, query, tuple(turn.retrieved.values()))
    await spent.call(ports.model, request, turn, ports.clock)
    _raise_failure(turn)
    if turn.refusal and not (ports.mode is ReplyMode.VERBATIM and speaks_otherwise(turn)):
        refused = ", ".join(map(str, turn.refusal))
        turn.reopen()
        await spent.call(ports.model, replace(request, repair=refused), turn, ports.clock)
        _raise_failure(turn)
    return end_turn(turn, context)


async def _call(turn: Turn, name: str, **arguments: object) -> None:
    """A call by the runtime, on the same path as a model's."""
    await turn.invoke(name, json.dumps(arguments))
    _raise_failure(turn)


def _raise_failure(turn: Turn) -> None:
    if isinstance(turn.failure, BudgetRefused):
        raise turn.failure
    if isinstance(turn.failure, ModelFailed):
        raise turn.failure from None  # an embedder's, with its reason; it tells the kind alone
    if turn.failure is not None:
        cause = type(turn.failure).__name__
        raise ToolFailed(cause, retryable=_is_retryable(turn.failure)) from None  # its text may repeat the customer's


def _is_retryable(error: Exception) -> bool:
    return getattr(error, "retryable", False) is True


def _briefed(turn: Turn, context: TurnContext, ports: TurnPorts) -> Escalation | None:
    """The turn's escalation with its brief. What a model wrote with a foreign fact or a secret is shown to nobody."""
    if turn.escalation is None:
        return None
    evidence = _evidence(context, ports)(turn.retrieved)
    told = turn.escalation.summary
    summary = told if is_harmless(told, evidence, may_count=True) else WITHHELD
    draft = turn.draft if is_harmless(turn.draft, evidence) else ""
    made = brief(context, turn.ledger, turn.retrieved.values(), draft)
    known = replace(
        evidence, allowed_texts=(*evidence.allowed_texts, *evidence.customer_texts)
    )  # the first search is the customer's words
    tried = tuple(query for query in made.tried if is_harmless(query, known, may_count=True))
    return replace(turn.escalation, summary=summary, brief=replace(made, tried=tried))


def _evidence(context: TurnContext, ports: TurnPorts) -> Callable[[dict[str, Passage]], Evidence]:
    return evidence_for(context, ports.company, ports.mode, ports.secrets, ports.competitors)
