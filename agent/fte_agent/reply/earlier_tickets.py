"""Earlier tickets as they are told to the customer whose they are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_agent.domain.identity import EarlierTicket, Past
from fte_agent.reply.back_from import day_of
from fte_agent.text.cleaning import line
from fte_agent.text.language import ENGLISH

_TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        ENGLISH: {
            "found": "This is what I have from before:",
            "ticket": "- Ticket {number} of {day}, {channel}{subject}: {status}",
            "answer": "Our last answer to it: “{answer}”",
            "none": "I have nothing from before that I could tell here.",
            "untold": "There is more that I cannot tell here ({count}).",
            EMAIL: "by e-mail",
            WHATSAPP: "by WhatsApp",
            WEB_FORM: "by the form",
            "waiting": "answered",
            "escalated": "with a member of our team",
            "resolved": "resolved",
            "": "being worked on",
        },
        "de": {
            "found": "Das habe ich von früher:",
            "ticket": "- Ticket {number} vom {day}, {channel}{subject}: {status}",
            "answer": "Unsere letzte Antwort dazu: „{answer}“",
            "none": "Von früher habe ich nichts, was ich hier sagen könnte.",
            "untold": "Es gibt noch mehr, was ich hier nicht sagen kann ({count}).",
            EMAIL: "per E-Mail",
            WHATSAPP: "per WhatsApp",
            WEB_FORM: "über das Formular",
            "waiting": "beantwortet",
            "escalated": "bei einer Person aus unserem Team",
            "resolved": "erledigt",
            "": "in Arbeit",
        },
        "es": {
            "found": "Esto es lo que tengo de antes:",
            "ticket": "- Ticket {number} del {day}, {channel}{subject}: {status}",
            "answer": "Nuestra última respuesta: «{answer}»",
            "none": "No tengo nada de antes que pueda decir aquí.",
            "untold": "Hay algo más que no puedo decir aquí ({count}).",
            EMAIL: "por correo",
            WHATSAPP: "por WhatsApp",
            WEB_FORM: "por el formulario",
            "waiting": "respondido",
            "escalated": "con una persona de nuestro equipo",
            "resolved": "resuelto",
            "": "en curso",
        },
        "fr": {
            "found": "Voici ce que j'ai d'avant :",
            "ticket": "- Ticket {number} du {day}, {channel}{subject} : {status}",
            "answer": "Notre dernière réponse : « {answer} »",
            "none": "Je n'ai rien d'avant que je puisse dire ici.",
            "untold": "Il y a encore autre chose que je ne peux pas dire ici ({count}).",
            EMAIL: "par e-mail",
            WHATSAPP: "par WhatsApp",
            WEB_FORM: "par le formulaire",
            "waiting": "répondu",
            "escalated": "auprès d'une personne de notre équipe",
            "resolved": "résolu",
            "": "en cours",
        },
    }
)
_SAME = {"closed": "resolved", "waiting_customer": "waiting", "waiting_human": "escalated"}
"""States that customers need not tell apart."""

MAX_SUBJECT_CHARS = 80
MAX_ANSWER_CHARS = 300
_FOREIGN = ("://", "www.", "@", "<", "{")
"""Marks of what would come back in the company's name: a subject that holds one is left out."""


def tellings(past: Past, language: str = ENGLISH) -> Iterator[str]:
    """What can be said of ``past``, the fullest text first: the caller takes the first for which there is room.

    With the answer to the newest ticket and without, then with fewer and fewer tickets; the last one says nothing of
    any. Days are UTC's.
    """
    words = _TEXTS.get(language, _TEXTS[ENGLISH])
    lines = [_told(ticket, words, language) for ticket in past.tickets]
    if not lines:
        yield _joined(words["none"], _rest(words, past.untold))
        return
    if answer := _answer(past.tickets, words):
        yield _joined("\n".join((words["found"], *lines)), answer, _rest(words, past.untold))
    for shown in range(len(lines), 0, -1):
        rest = _rest(words, past.untold + len(lines) - shown)
        yield _joined("\n".join((words["found"], *lines[:shown])), rest)
    yield _rest(words, past.untold + len(lines))


def fullest(past: Past, fits: Callable[[str], bool], language: str = ENGLISH) -> str:
    """The fullest of the `tellings` that ``fits``, or the shortest."""
    told = list(tellings(past, language))
    return next(filter(fits, told), told[-1])


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))


def _rest(words: Mapping[str, str], count: int) -> str:
    """That there is more, or nothing where there is not."""
    return words["untold"].format(count=count) if count else ""


def _told(ticket: EarlierTicket, words: Mapping[str, str], language: str) -> str:
    subject = _shown(ticket.subject, MAX_SUBJECT_CHARS)
    return words["ticket"].format(
        number=ticket.number,
        day=day_of(ticket.opened_at, language),
        channel=words.get(ticket.channel, ticket.channel.replace("_", " ")),
        subject=f", “{subject}”" if subject else "",
        status=words.get(_SAME.get(ticket.status, ticket.status), words[""]),
    )


def _answer(tickets: Sequence[EarlierTicket], words: Mapping[str, str]) -> str:
    """The last answer to the newest ticket: all that may be quoted of it was sent to this customer before."""
    answer = line(tickets[0].answer)
    if not answer:
        return ""
    shown = answer if len(answer) <= MAX_ANSWER_CHARS else f"{answer[: MAX_ANSWER_CHARS - 1].rstrip()}…"
    return words["answer"].format(answer=shown)


def _shown(subject: str, most: int) -> str:
    """A subject as it may stand in a reply of ours, or nothing."""
    told = line(subject)
    if any(mark in told for mark in _FOREIGN):
        return ""
    return told if len(told) <= most else f"{told[: most - 1].rstrip()}…"
