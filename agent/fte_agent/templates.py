"""Approved texts: all that is sent without a citation. No template promises a time or an outcome."""

from collections.abc import Mapping
from types import MappingProxyType

from fte_agent.domain.turns import Outcome, Reason
from fte_agent.policy import Social

_DEFAULT = "Thank you for your message. A member of our team will read it and answer you here."
_ACKNOWLEDGEMENTS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.HUMAN: "Of course. I have passed your message to a member of our team, who will answer you here.",
        Reason.NOT_FOUND: (
            "Thank you for your question. I could not find a reliable answer, "
            "so I have passed it to a member of our team, who will answer you here."
        ),
        Reason.PRICING: (
            "Thank you for your interest. Questions about prices are answered by a member of our team, "
            "who will reply to you here."
        ),
        Reason.REFUND: (
            "Thank you for telling us. Payments are looked at by a member of our team, who will reply to you here."
        ),
    }
)
_SOCIAL: Mapping[Social, str] = MappingProxyType(
    {
        Social.GREETING: "Hello! What can we help you with?",
        Social.THANKS: "You are welcome. Write to us again whenever you need help.",
    }
)
CLARIFY = "We received your message, but it holds no text. What can we help you with?"


def acknowledgement(reason: Reason) -> str:
    """What a customer reads when the conversation goes to a person."""
    return _ACKNOWLEDGEMENTS.get(reason, _DEFAULT)


def courtesy(kind: Social | None) -> tuple[Outcome, str]:
    """Outcome and text for a message that asks nothing; None is a message without any text."""
    return (Outcome.CLARIFY, CLARIFY) if kind is None else (Outcome.SOCIAL, _SOCIAL[kind])
