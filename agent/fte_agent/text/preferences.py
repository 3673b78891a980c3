"""Whether a message is nothing but a customer's word on being written to at all."""

from fte_agent.domain.messages import Preference

_WORDS = {
    Preference.STOP: frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"}),
    Preference.START: frozenset({"start", "unstop"}),
}
"""The words that carriers and Twilio know (https://help.twilio.com/articles/223134027), alone and in any case; but
not "yes", which answers questions, and "help", which asks one."""


def preference_of(text: str) -> Preference | None:
    """The preference that the whole of ``text`` is, or None."""
    word = text.strip().strip(".!").casefold()
    return next((preference for preference, words in _WORDS.items() if word in words), None)
