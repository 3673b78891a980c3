"""What a turn's replies may rest on, put together from its context."""

from collections.abc import Callable, Sequence

from fte_agent.domain.behaviour import Company
from fte_agent.domain.knowledge import Passage
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import TurnContext
from fte_agent.gate.checks import Evidence, ReplyMode
from fte_agent.reply.formatting import max_body_chars, max_body_words
from fte_agent.text.language import known_language


def evidence_for(
    context: TurnContext, company: Company, mode: ReplyMode, secrets: Sequence[str], competitors: Sequence[str] = ()
) -> Callable[[dict[str, Passage]], Evidence]:
    """Everything but the passages, which are still to be found."""
    said = (*context.history, *context.burst)
    customer_texts = (context.subject, *(message.body for message in said if message.author is Author.CUSTOMER))
    allowed_texts = (
        *(message.body for message in said if message.author is not Author.CUSTOMER),
        *filter(None, (company.name, company.support_email, company.website, company.signature)),
    )
    free = max_body_chars(context.channel, company, customer_name=context.customer_name, max_chars=context.max_chars)
    words = max_body_words(context.channel, company, customer_name=context.customer_name)
    language = known_language("\n".join((context.subject, *(message.body for message in context.burst))))
    return lambda retrieved: Evidence(
        retrieved, allowed_texts, free, mode, secrets, customer_texts, words, language, tuple(competitors)
    )
