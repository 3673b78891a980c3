"""Words around a reply that also goes to an address which somebody typed, and nobody has proven.

None of them are the sender's: whoever types another's address in a form could send them anything in our name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Channel
from fte_agent.reply.formatting import format_copy
from fte_agent.text.cleaning import line
from fte_agent.text.language import ENGLISH, guess_language

_SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        ENGLISH: "Your request to {company}, ticket {number}",
        "de": "Ihre Anfrage an {company}, Ticket {number}",
        "es": "Su consulta a {company}, ticket {number}",
        "fr": "Votre demande à {company}, ticket {number}",
    }
)
_NOTICES: Mapping[str, str] = MappingProxyType(
    {
        ENGLISH: (
            "You receive this because somebody, perhaps you, entered this address in a form of {company}. "
            "We have not verified that it is yours. If it was not you, please ignore this message."
        ),
        "de": (
            "Sie erhalten dies, weil jemand, vielleicht Sie selbst, diese Adresse in ein Formular von {company} "
            "eingetragen hat. Wir haben nicht geprüft, ob sie Ihnen gehört. Waren Sie es nicht, so beachten Sie diese "
            "Nachricht bitte nicht."
        ),
        "es": (
            "Recibe este mensaje porque alguien, quizá usted, escribió esta dirección en un formulario de {company}. "
            "No hemos comprobado que sea suya. Si no fue usted, ignore este mensaje."
        ),
        "fr": (
            "Vous recevez ce message parce que quelqu'un, peut-être vous, a saisi cette adresse dans un formulaire de "
            "{company}. Nous n'avons pas vérifié qu'elle est la vôtre. Si ce n'était pas vous, ignorez ce message."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A reply as another kind of channel carries it."""

    subject: str
    parts: tuple[str, ...]


def copy_of(text: str, company: Company, *, of: Channel, to: Channel, number: int) -> Copy:
    """``text``, a reply to ticket ``number`` in the form of the kind ``of``, for a channel of the kind ``to``.

    In the reply's language where we have the words, for the template it may be is in the customer's.
    """
    known = {"company": line(company.name), "number": number}
    language = guess_language(text)
    notice = _NOTICES.get(language, _NOTICES[ENGLISH]).format_map(known)
    subject = _SUBJECTS.get(language, _SUBJECTS[ENGLISH]).format_map(known)
    return Copy(subject, format_copy(to, text, company, of=of, notice=notice))
