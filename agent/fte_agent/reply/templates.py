"""Approved texts: all that is sent without a citation. No template promises a time or an outcome."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from fte_agent.domain.turns import Outcome, Reason
from fte_agent.text.courtesy import Social
from fte_agent.text.language import ENGLISH

_DEFAULT: Mapping[str, str] = MappingProxyType(
    {
        ENGLISH: "Thank you for your message. A member of our team will read it and answer you here.",
        "de": "Vielen Dank für Ihre Nachricht. Jemand aus unserem Team wird sie lesen und Ihnen hier antworten.",
        "es": "Gracias por su mensaje. Una persona de nuestro equipo lo leerá y le responderá aquí.",
        "fr": "Merci pour votre message. Une personne de notre équipe le lira et vous répondra ici.",
    }
)
_DANGER: Mapping[str, str] = MappingProxyType(
    {
        ENGLISH: (
            "I am sorry to read this. If you or somebody else is in danger, please call your local emergency number "
            "now. You do not have to be alone with it. I have passed your message to a member of our team, who will "
            "answer you here."
        ),
        "de": (
            "Es tut mir leid, das zu lesen. Wenn Sie oder jemand anderes in Gefahr sind, rufen Sie bitte jetzt die "
            "örtliche Notrufnummer an. Sie müssen damit nicht allein sein. Jemand aus unserem Team wird Ihre "
            "Nachricht lesen und Ihnen hier antworten."
        ),
        "es": (
            "Lamento leer esto. Si usted u otra persona está en peligro, llame ahora al número de emergencias de su "
            "zona. No tiene que afrontarlo a solas. Una persona de nuestro equipo leerá su mensaje y le responderá "
            "aquí."
        ),
        "fr": (
            "Je suis désolé de lire cela. Si vous ou quelqu'un d'autre êtes en danger, appelez maintenant le numéro "
            "d'urgence local. Vous n'avez pas à affronter cela sans aide. Une personne de notre équipe lira votre "
            "message et vous répondra ici."
        ),
    }
)
"""Who is hurt and who wants to hurt themselves read the same: a program must not tell them apart. No advice."""
_ACKNOWLEDGEMENTS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.SECURITY: (
            "Thank you for telling us. Matters of security and of personal data are looked at by a member of our "
            "team, who will answer you here. Please do not send us passwords or codes."
        ),
        Reason.REJECTED: (
            "I am sorry that my answer was not what you need. "
            "I have passed your question to a member of our team, who will answer you here."
        ),
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
        Reason.BUDGET: (
            "Thank you for your message. I cannot answer it myself at the moment, "
            "so I have passed it to a member of our team, who will answer you here."
        ),
        Reason.FAILURE: (
            "Thank you for your message. I was not able to answer it, "
            "so I have passed it to a member of our team, who will answer you here."
        ),
        Reason.IDENTITY: (
            "Thank you, the code is right. Both addresses already have a record of their own with us, "
            "so a member of our team looks at it and will answer you here."
        ),
        Reason.OVERDUE: (
            "Thank you for your patience. You have waited too long for an answer, "
            "so I have passed your message to a member of our team, who will answer you here."
        ),
    }
)
_UNREAD: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        ENGLISH: {
            "audio": "listen to voice messages",
            "image": "look at pictures",
            "video": "watch videos",
            "location": "read locations",
            "encrypted": "read encrypted or sealed messages",
            "": "open files",
            "and": " or ",
            "told": "I cannot {}, so I have passed your message to a member of our team, who will answer you here.",
        },
        "de": {
            "audio": "keine Sprachnachrichten anhören",
            "image": "keine Bilder ansehen",
            "video": "keine Videos ansehen",
            "location": "keine Standorte lesen",
            "encrypted": "keine verschlüsselten oder versiegelten Nachrichten lesen",
            "": "keine Dateien öffnen",
            "and": " und ",
            "told": "Ich kann {}. Jemand aus unserem Team wird sich Ihre Nachricht ansehen und Ihnen hier antworten.",
        },
        "es": {
            "audio": "escuchar mensajes de voz",
            "image": "ver imágenes",
            "video": "ver vídeos",
            "location": "leer ubicaciones",
            "encrypted": "leer mensajes cifrados o sellados",
            "": "abrir archivos",
            "and": " ni ",
            "told": "No puedo {}. He pasado su mensaje a una persona de nuestro equipo, que le responderá aquí.",
        },
        "fr": {
            "audio": "écouter de messages vocaux",
            "image": "regarder d'images",
            "video": "regarder de vidéos",
            "location": "lire de positions",
            "encrypted": "lire de messages chiffrés ou scellés",
            "": "ouvrir de fichiers",
            "and": " ni ",
            "told": "Je ne peux pas {}. Une personne de notre équipe regardera votre message et vous répondra ici.",
        },
    }
)
"""By language: what is not done with each kind of attachment, and the sentence around it."""
_ENCRYPTED = frozenset({"application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_SOCIAL: Mapping[Social, str] = MappingProxyType(
    {
        Social.GREETING: "Hello! What can we help you with?",
        Social.THANKS: "You are welcome. Write to us again whenever you need help.",
    }
)
CLARIFY_EMPTY = "We received your message, but it holds no text. What can we help you with?"
CLARIFY_NOT_FOUND = (
    "I could not find that in our documentation. Could you say it in other words, or tell me a little more?"
)


def acknowledgement(reason: Reason, language: str = ENGLISH) -> str:
    """What a customer reads when the conversation goes to a person, in their language where we have the words."""
    if reason is Reason.SAFETY:
        return _DANGER.get(language, _DANGER[ENGLISH])
    if language == ENGLISH:
        return _ACKNOWLEDGEMENTS.get(reason, _DEFAULT[ENGLISH])
    return _DEFAULT.get(language, _DEFAULT[ENGLISH])


def unread(kinds: Sequence[str], language: str = ENGLISH) -> str:
    """What a customer reads who sent something else than text; ``kinds`` as in `Attachment`, one at least."""
    words = _UNREAD.get(language, _UNREAD[ENGLISH])
    named = ("encrypted" if kind in _ENCRYPTED else kind.partition("/")[0] for kind in kinds)
    undone = dict.fromkeys(words.get(name, words[""]) for name in named)
    return words["told"].format(words["and"].join(undone))


def courtesy(kind: Social | None) -> tuple[Outcome, str]:
    """Outcome and text for a message that asks nothing; None is a message without any text."""
    return (Outcome.CLARIFY, CLARIFY_EMPTY) if kind is None else (Outcome.SOCIAL, _SOCIAL[kind])


def asks_for_other_words(text: str) -> bool:
    """Whether a reply asked the customer to say again what could not be found.

    Any question does but those of the other templates: a person or a hosted model words it differently.
    """
    asked = text.rstrip().endswith("?") or CLARIFY_NOT_FOUND in text
    return asked and not any(template in text for template in (CLARIFY_EMPTY, _SOCIAL[Social.GREETING]))
