"""The message that carries a code to an address which somebody says is theirs.

None of its words are the claimant's: whoever names another's address sends them nothing but this.
"""

from collections.abc import Mapping
from types import MappingProxyType

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Channel
from fte_agent.text.cleaning import line
from fte_agent.text.language import ENGLISH

_TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        ENGLISH: {
            EMAIL: "by e-mail",
            WHATSAPP: "by WhatsApp",
            WEB_FORM: "by the form on our website",
            "subject": "{company}: your code",
            "body": (
                "Somebody who writes to {company} {way} named this address as their own.\n\n"
                "If that was you, this is your code: {code}\n\n"
                "Write it where you wrote to us. It is valid for {minutes} minutes.\n\n"
                "If that was not you, ignore this message. Nobody from {company} asks you for this code anywhere else."
            ),
        },
        "de": {
            EMAIL: "per E-Mail",
            WHATSAPP: "per WhatsApp",
            WEB_FORM: "über das Formular auf unserer Website",
            "subject": "{company}: Ihr Code",
            "body": (
                "Jemand, der {way} an {company} schreibt, hat diese Adresse als die eigene genannt.\n\n"
                "Waren Sie das, so ist dies Ihr Code: {code}\n\n"
                "Schreiben Sie ihn dort, wo Sie uns geschrieben haben. Er gilt {minutes} Minuten.\n\n"
                "Waren Sie es nicht, so beachten Sie diese Nachricht nicht. Niemand von {company} fragt Sie "
                "anderswo nach "
                "diesem Code."
            ),
        },
        "es": {
            EMAIL: "por correo",
            WHATSAPP: "por WhatsApp",
            WEB_FORM: "por el formulario de nuestra web",
            "subject": "{company}: su código",
            "body": (
                "Alguien que escribe a {company} {way} dijo que esta dirección es suya.\n\n"
                "Si fue usted, este es su código: {code}\n\n"
                "Escríbalo donde nos escribió. Es válido durante {minutes} minutos.\n\n"
                "Si no fue usted, ignore este mensaje. Nadie de {company} le pide este código en otro lugar."
            ),
        },
        "fr": {
            EMAIL: "par e-mail",
            WHATSAPP: "par WhatsApp",
            WEB_FORM: "par le formulaire de notre site",
            "subject": "{company} : votre code",
            "body": (
                "Quelqu'un qui écrit à {company} {way} a dit que cette adresse est la sienne.\n\n"
                "Si c'était vous, voici votre code : {code}\n\n"
                "Écrivez-le là où vous nous avez écrit. Il est valable {minutes} minutes.\n\n"
                "Si ce n'était pas vous, ignorez ce message. Personne de {company} ne vous demande ce code ailleurs."
            ),
        },
    }
)


def code_message(
    code: str, company: Company, *, channel: Channel, minutes: int, language: str = ENGLISH
) -> tuple[str, str]:
    """Subject and body for the ``code`` of six digits, valid for ``minutes``.

    ``channel`` is the kind on which the address was named, ``language`` that of whoever named it: of the address
    nothing is known. It is no reply, so no channel's frame stands around it.
    """
    words = _TEXTS.get(language, _TEXTS[ENGLISH])
    name = line(company.name)
    way = words.get(channel, channel.replace("_", " "))
    return words["subject"].format(company=name), words["body"].format(
        company=name, way=way, code=code, minutes=minutes
    )
