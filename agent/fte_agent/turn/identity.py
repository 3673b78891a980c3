"""What a turn says about who writes, before any model is asked: codes, claimed addresses, earlier contacts.

To whoever has proven nothing every text depends on their own words and on the channels there are, never on what is
stored: docs/adr/0049.
"""

from fte_agent.channels import EMAIL_IDENTIFIER, TRAITS
from fte_agent.domain.identity import Confirmation
from fte_agent.domain.turns import Escalation, Outcome, Reason, Trigger, TurnContext
from fte_agent.identity import references
from fte_agent.identity.claims import Claim, claim_in
from fte_agent.identity.code_alone import is_code
from fte_agent.identity.references import Reference, reference_in
from fte_agent.reply import identity as texts
from fte_agent.reply.earlier_tickets import fullest
from fte_agent.text.language import known_language
from fte_agent.turn.policy import customer_language, customer_words, last_reply, said_now
from fte_agent.turn.turn import Turn


def conflict(context: TurnContext) -> Escalation | None:
    """The hand-over of a code that was right and joins two customers who both have an address of their own."""
    summary = "The customer proved an address of another record, and both have an e-mail address: merge them or not."
    found = context.standing.confirmation is Confirmation.CONFLICT
    return Escalation(Reason.IDENTITY, Trigger.RULE, summary) if found else None


def is_only_code(context: TurnContext) -> bool:
    """Whether the burst is a code and nothing else."""
    return is_code([message.body for message in context.burst])


def says_little(context: TurnContext) -> bool:
    """Whether the burst is a code, or an address, or is about who writes in small words alone: what they resemble is
    chance, and of an address it hangs on its letters."""
    if is_only_code(context):
        return True
    claim = _claimed(context)
    if claim is not None and claim.bare:
        return True
    return references.says_little(said_now(context)) and (_referred(context) or claim) is not None


def identify(turn: Turn, context: TurnContext) -> tuple[Outcome, str] | None:
    """End a turn that is about nothing but who writes, or note what is to be said of it beside the answer."""
    ended = _code(turn, context) or _claim(turn, context) or _reference(turn, context)
    if ended is not None:
        turn.close(ended[1])
    return ended


def _code(turn: Turn, context: TurnContext) -> tuple[Outcome, str] | None:
    result, language = context.standing.confirmation, _language(context)
    if result is None:
        unexpected = is_only_code(context) and not context.standing.awaited
        return (Outcome.CLARIFY, texts.unexpected_code(language)) if unexpected else None
    text = texts.confirmation(result, language)
    if result is Confirmation.CONFIRMED:
        told = fullest(turn.past, lambda told: turn.fits(f"{text}\n\n{told}"), language)
        text = f"{text}\n\n{told}"
    if is_only_code(context):
        return Outcome.SOCIAL if result is Confirmation.CONFIRMED else Outcome.CLARIFY, text
    turn.beside = text
    return None


def _claim(turn: Turn, context: TurnContext) -> tuple[Outcome, str] | None:
    """A code to the first address that is of another kind than the channel's own: two of one kind are two customers."""
    standing = context.standing
    claim = _claimed(context)
    if not standing.proven or standing.confirmation is not None or claim is None:
        return None
    others = [each for each in claim.addresses if each.kind != TRAITS[context.channel].identifier_kind]
    if not others:
        return None
    language = _language(context, claim.language)
    target = next((each for each in others if each.kind in standing.reachable), None)
    if target is None or not standing.claims_left:
        said = texts.no_code(language, reachable=target is not None)
        return (Outcome.CLARIFY, said) if claim.bare else None
    turn.claim = target
    said = texts.code_sent(target, language)
    if claim.bare:
        return Outcome.CLARIFY, said
    turn.beside = said
    return None


def _reference(turn: Turn, context: TurnContext) -> tuple[Outcome, str] | None:
    found = _referred(context)
    if found is None or not found.bare or turn.claim is not None or context.standing.confirmation is not None:
        return None
    language = _language(context, found.language)
    if not context.standing.proven:
        on_page = TRAITS[context.channel].confirmed_on_page and EMAIL_IDENTIFIER in context.standing.reachable
        return Outcome.CLARIFY, texts.unseen(language, on_page=on_page)
    told = fullest(turn.past, turn.fits, language)
    known = {ticket.channel for ticket in turn.past.tickets}
    if known and (found.ways <= known or not found.ways):
        return Outcome.SOCIAL, told
    more = f"{told}\n\n{texts.what_next(language, offered=texts.offer(_offered(context, found), language))}"
    return Outcome.CLARIFY, more if turn.fits(more) else told


def _offered(context: TurnContext, found: Reference) -> frozenset[str]:
    """The kinds of identifier, other than the channel's own, by which the contact that is meant could be found."""
    standing = context.standing
    if not standing.claims_left:
        return frozenset()
    kinds = frozenset(TRAITS[way].identifier_kind for way in found.ways if way in TRAITS) or standing.reachable
    return (kinds & standing.reachable) - {TRAITS[context.channel].identifier_kind}


def _referred(context: TurnContext) -> Reference | None:
    return reference_in(said_now(context), channel=context.channel, anew=not context.history)


def _claimed(context: TurnContext) -> Claim | None:
    replied = last_reply(context)
    asked = replied is not None and texts.asks_for_address(replied.body)
    return claim_in([message.body for message in context.burst], asked=asked)


def _language(context: TurnContext, heard: str = "") -> str:
    """The language to answer in: of the customer's words, or where they are too few, ``heard``, or that of before."""
    before = "\n".join(message.body for message in context.history)
    return known_language(customer_words(context)) or heard or known_language(before) or customer_language(context)
