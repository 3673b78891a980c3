"""What a turn's replies may rest on, put together from its context."""

from collections.abc import Callable, Sequence

from fte_agent.domain.behaviour import Company
from fte_agent.domain.knowledge import Passage
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import TurnContext
from fte_agent.formatting import room
from fte_agent.gate import Evidence, ReplyMode


def evidence_for(
    context: TurnContext, company: Company, mode: ReplyMode, secrets: Sequence[str]
) -> Callable[[dict[str, Passage]], Evidence]:
    """Everything but the passages, which are still to be found."""
    said = (*context.history, *context.burst)
    heard = (context.subject, *(message.body for message in said if message.author is Author.CUSTOMER))
    spoken = (
        *(message.body for message in said if message.author is not Author.CUSTOMER),
        *filter(None, (company.name, company.support_email, company.website, company.signature)),
    )
    free = room(context.channel, company, customer_name=context.customer_name, max_chars=context.max_chars)
    return lambda retrieved: Evidence(retrieved, spoken, free, mode, secrets, heard)
