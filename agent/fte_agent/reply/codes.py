"""The message that carries a code to an address which somebody named: docs/adr/0049.

None of its words are theirs: whoever names another's address could send them anything in our name.
"""

from fte_agent.channels import TRAITS
from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Channel
from fte_agent.text.cleaning import line


def code_message(code: str, company: Company, *, channel: Channel, minutes: int) -> tuple[str, str]:
    """Subject and body for ``code``, valid for ``minutes``, asked for on a channel of the kind ``channel``."""
    name = line(company.name)
    body = (
        f"Somebody who writes to {name} ({TRAITS[channel].topic}) named this address as theirs. If it was you, give "
        f"this code where you were asked for it, within {minutes} minutes:\n\n{code}\n\n"
        f"If it was not you, please ignore this message. Nobody at {name} asks for this code anywhere else."
    )
    return f"Your code for {name}", body
