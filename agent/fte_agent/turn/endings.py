"""How a turn ends: by a rule before any model is asked, by what the model's calls came to, or with a person."""

from fte_agent.domain.turns import Escalation, Outcome, Reason, Trigger, TurnContext
from fte_agent.gate.checks import LANGUAGE
from fte_agent.reply.templates import CLARIFY_NOT_FOUND, acknowledgement, asks_for_other_words, courtesy, unread
from fte_agent.text.courtesy import Social
from fte_agent.text.language import known_language
from fte_agent.turn.identity import conflict, identify, says_little
from fte_agent.turn.policy import (
    EscalationClassifier,
    attached,
    customer_language,
    customer_words,
    is_bare_courtesy,
    is_empty,
    last_reply,
    may_ask_again,
    must_escalate,
    opts_in,
    rejected_twice,
    social,
    too_low,
)
from fte_agent.turn.rejections import rejected
from fte_agent.turn.turn import Turn

_FOREIGN = Escalation(Reason.LANGUAGE, Trigger.GUARDRAIL, "Nothing approved answers in the customer's language.")

Ending = tuple[Outcome, str]
"""How a turn ends, and the text to send, before it gets the form of its channel."""


async def apply_rules(turn: Turn, context: TurnContext, classifier: EscalationClassifier) -> Ending | None:
    """End a turn that has looked back, where that needs no model: by a rule, a template or the budget.

    What the customer's words demand comes before what is attached to them.
    """
    if context.opted_out:
        summary = "The customer asked not to be written to: nothing was sent."
        return hand_over(turn, context, Escalation(Reason.OPTED_OUT, Trigger.CUSTOMER, summary))
    kinds = attached(context)
    if is_empty(context) and not kinds:
        return _courtesy(turn, None)
    kind = Social.GREETING if opts_in(context) else social(context)
    verdict = await classifier.classify(customer_words(context))
    turn.sentiments = [await classifier.sentiment(message.body) for message in context.burst]
    bare = says_little(context) or (kind is not None and is_bare_courtesy(context))
    listed = must_escalate(verdict, bare=bare) or too_low(turn.sentiments)
    if found := listed or _unread(kinds) or rejected_twice(rejected(context)) or conflict(context):
        return hand_over(turn, context, found)
    if identified := identify(turn, context):
        return identified
    if kind is not None:
        return _courtesy(turn, kind)
    return cap_reached(turn, context) if context.budget_spent else None


def cap_reached(turn: Turn, context: TurnContext, why: str = "The budget for answers is used up.") -> Ending:
    """A person has it, and is told ``why``, and the customer is told so: there is no money for an answer."""
    spent = Escalation(Reason.BUDGET, Trigger.FAILURE, why)
    return Outcome.ACKNOWLEDGE_CAP, hand_over(turn, context, spent)[1]


def of_another_language(turn: Turn, context: TurnContext) -> Ending | None:
    """Hand over before a model that may only choose among sentences is asked, if none is in the customer's language."""
    spoken = known_language(customer_words(context))
    if spoken is None or not turn.retrieved:
        return None
    written = {known_language(passage.section.content) for passage in turn.retrieved.values()}
    return None if written & {spoken, None} else hand_over(turn, context, _FOREIGN)


def speaks_otherwise(turn: Turn) -> bool:
    """Whether the last reply was refused for its language, also if for something else, too."""
    return any(violation.name == LANGUAGE for violation in turn.refusal)


def end_turn(turn: Turn, context: TurnContext) -> Ending:
    """What the model's calls came to; a turn that it left open goes to a person."""
    if turn.reply is not None:
        return Outcome.ANSWER, turn.reply.message
    if rejected(context).answers and (turn.missed or turn.escalation is not None):
        turn.escalation = _no_other(turn.escalation)
    if turn.escalation is not None and turn.escalation.reason is Reason.NOT_FOUND and _first_miss(context):
        turn.ask_back(CLARIFY_NOT_FOUND)
        return Outcome.CLARIFY, CLARIFY_NOT_FOUND
    if speaks_otherwise(turn):
        return hand_over(turn, context, _FOREIGN)
    if turn.refusal:
        refused = ", ".join(map(str, turn.refusal))
        summary = f"The repaired reply was refused: {refused}."
        return hand_over(turn, context, Escalation(Reason.GATE, Trigger.GUARDRAIL, summary))
    reason = Reason.NOT_FOUND if turn.missed else Reason.FAILURE
    return hand_over(turn, context, Escalation(reason, Trigger.MODEL, "The model ended without an answer."))


def hand_over(turn: Turn, context: TurnContext, demanded: Escalation) -> Ending:
    """Close the turn for a person; the reason given first, by a model or a rule, stands."""
    escalation = turn.escalation or demanded
    language = customer_language(context)
    kinds = attached(context) if escalation.reason is Reason.ATTACHMENT else ()
    text = unread(kinds, language) if kinds else acknowledgement(escalation.reason, language)
    turn.hand_over(escalation, None if context.opted_out else text)
    return Outcome.ESCALATE, text


def _no_other(found: Escalation | None) -> Escalation:
    """A miss after the customer rejected an answer: there is no other, and nothing is asked back."""
    if found is not None and found.reason is not Reason.NOT_FOUND:
        return found
    summary = "The customer rejected the answer, and no other section answers."
    return Escalation(Reason.REJECTED, Trigger.CUSTOMER, summary)


def _first_miss(context: TurnContext) -> bool:
    """Whether the customer may be asked to say it again: on chat, unless the last reply did that already."""
    replied = last_reply(context)
    return may_ask_again(context) and not (replied is not None and asks_for_other_words(replied.body))


def _unread(kinds: tuple[str, ...]) -> Escalation | None:
    """The hand-over of what nobody but a person can look at."""
    summary = "Only a person can look at what came with the message."
    return Escalation(Reason.ATTACHMENT, Trigger.RULE, summary) if kinds else None


def _courtesy(turn: Turn, kind: Social | None) -> Ending:
    outcome, text = courtesy(kind)
    turn.close(text)
    return outcome, text
