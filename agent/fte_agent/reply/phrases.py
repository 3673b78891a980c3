"""Approved phrases that a hosted model may put before sentences, chosen by id.

They say which question is answered and nothing of their own: no order in time, cause or condition, which the sections
alone may state.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from fte_agent.text.language import ENGLISH

PhraseId = Literal["first", "second", "third", "also"]
PHRASE_IDS: tuple[str, ...] = get_args(PhraseId)

_PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        ENGLISH: {
            "first": "To your first question:",
            "second": "To your second question:",
            "third": "To your third question:",
            "also": "In addition:",
        },
        "de": {
            "first": "Zu Ihrer ersten Frage:",
            "second": "Zu Ihrer zweiten Frage:",
            "third": "Zu Ihrer dritten Frage:",
            "also": "Außerdem:",
        },
        "es": {
            "first": "Sobre su primera pregunta:",
            "second": "Sobre su segunda pregunta:",
            "third": "Sobre su tercera pregunta:",
            "also": "Además:",
        },
        "fr": {
            "first": "Pour votre première question :",
            "second": "Pour votre deuxième question :",
            "third": "Pour votre troisième question :",
            "also": "De plus :",
        },
    }
)
APPROVED = frozenset(text for phrases in _PHRASES.values() for text in phrases.values())


def phrase(name: str, language: str) -> str:
    """The phrase in the language of the sentences after it, or nothing where we have no words."""
    return _PHRASES.get(language, {}).get(name, "")
