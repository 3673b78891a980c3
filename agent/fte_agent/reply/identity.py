"""Approved texts about who writes: codes, offers to send one, and what earlier tickets there are.

None says whether an address or a customer exists; what went before is told to whoever has proven that it is theirs.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from fte_agent.channels import EMAIL_IDENTIFIER, PHONE_IDENTIFIER
from fte_agent.domain.identity import Claimed, Confirmation
from fte_agent.identity.addresses import masked
from fte_agent.text.language import ENGLISH

CODE_MINUTES = 30
"""How long a code is valid."""

_TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        ENGLISH: {
            "confirmed": "Thank you, the code is right: the address is confirmed.",
            "wrong": (
                "That code is not right. Please compare it with our latest message to you, and write it here again."
            ),
            "expired": "That code is no longer valid. Tell me the address once more if you want a new one.",
            "unexpected": "That looks like a code, but I am expecting none here. Please write what it is about.",
            "sent_email": (
                "A code goes to {masked}. Write its six digits here within {minutes} minutes. No address gets more "
                "than "
                "three codes a day."
            ),
            "sent_phone": (
                "A code goes by WhatsApp to {masked}, if we were written to from there within a day. Write its six "
                "digits here within {minutes} minutes."
            ),
            "offer": "If you wrote from {kinds}, tell me which: a code goes there, and you write it here.",
            EMAIL_IDENTIFIER: "an e-mail address",
            PHONE_IDENTIFIER: "a WhatsApp number",
            "or": " or ",
            "unseen": "I can see nothing of that contact here.",
            "ask_anew": "Please write here what it is about.",
            "page": "On the page of this ticket you can confirm your e-mail address.",
            "unreachable": "I cannot send a code to that address or number.",
            "none_left": "No further code can be sent today.",
        },
        "de": {
            "confirmed": "Vielen Dank, der Code stimmt: Die Adresse ist bestätigt.",
            "wrong": (
                "Dieser Code stimmt nicht. Bitte vergleichen Sie ihn mit unserer letzten Nachricht an Sie und "
                "schreiben "
                "Sie ihn hier noch einmal."
            ),
            "expired": (
                "Dieser Code gilt nicht mehr. Nennen Sie mir die Adresse noch einmal, wenn Sie einen neuen möchten."
            ),
            "unexpected": (
                "Das sieht wie ein Code aus, ich erwarte hier aber keinen. Bitte schreiben Sie, worum es geht."
            ),
            "sent_email": (
                "Ein Code geht an {masked}. Schreiben Sie die sechs Ziffern innerhalb von {minutes} Minuten hier. "
                "Keine "
                "Adresse bekommt mehr als drei Codes am Tag."
            ),
            "sent_phone": (
                "Ein Code geht per WhatsApp an {masked}, wenn uns von dort innerhalb eines Tages geschrieben wurde. "
                "Schreiben Sie die sechs Ziffern innerhalb von {minutes} Minuten hier."
            ),
            "offer": (
                "Wenn Sie von {kinds} geschrieben haben, nennen Sie sie mir: Dorthin geht ein Code, den Sie hier "
                "schreiben."
            ),
            EMAIL_IDENTIFIER: "einer E-Mail-Adresse",
            PHONE_IDENTIFIER: "einer WhatsApp-Nummer",
            "or": " oder ",
            "unseen": "Ich kann hier nichts von diesem Kontakt sehen.",
            "ask_anew": "Bitte schreiben Sie hier, worum es geht.",
            "page": "Auf der Seite dieses Tickets können Sie Ihre E-Mail-Adresse bestätigen.",
            "unreachable": "An diese Adresse oder Nummer kann ich keinen Code senden.",
            "none_left": "Heute kann kein weiterer Code gesendet werden.",
        },
        "es": {
            "confirmed": "Gracias, el código es correcto: la dirección está confirmada.",
            "wrong": "Ese código no es correcto. Compárelo con nuestro último mensaje y escríbalo aquí otra vez.",
            "expired": "Ese código ya no es válido. Dígame otra vez la dirección si desea uno nuevo.",
            "unexpected": "Parece un código, pero aquí no espero ninguno. Escriba por favor de qué se trata.",
            "sent_email": (
                "Enviamos un código a {masked}. Escriba aquí sus seis cifras en {minutes} minutos. Ninguna dirección "
                "recibe más de tres códigos al día."
            ),
            "sent_phone": (
                "Enviamos un código por WhatsApp a {masked}, si nos escribieron desde allí en las últimas 24 horas. "
                "Escriba aquí sus seis cifras en {minutes} minutos."
            ),
            "offer": "Si escribió desde {kinds}, dígame cuál: enviamos allí un código y usted lo escribe aquí.",
            EMAIL_IDENTIFIER: "una dirección de correo",
            PHONE_IDENTIFIER: "un número de WhatsApp",
            "or": " o ",
            "unseen": "Aquí no puedo ver nada de ese contacto.",
            "ask_anew": "Escriba aquí por favor de qué se trata.",
            "page": "En la página de este ticket puede confirmar su dirección de correo.",
            "unreachable": "No puedo enviar un código a esa dirección o número.",
            "none_left": "Hoy no se puede enviar ningún código más.",
        },
        "fr": {
            "confirmed": "Merci, le code est juste : l'adresse est confirmée.",
            "wrong": "Ce code n'est pas juste. Comparez-le avec notre dernier message et écrivez-le ici de nouveau.",
            "expired": "Ce code n'est plus valable. Redites-moi l'adresse si vous en voulez un nouveau.",
            "unexpected": "Cela ressemble à un code, mais je n'en attends pas ici. Écrivez-moi de quoi il s'agit.",
            "sent_email": (
                "Un code part vers {masked}. Écrivez ici ses six chiffres dans les {minutes} minutes. Une adresse ne "
                "reçoit pas plus de trois codes par jour."
            ),
            "sent_phone": (
                "Un code part par WhatsApp vers {masked}, si on nous a écrit de là depuis moins d'un jour. Écrivez ici "
                "ses six chiffres dans les {minutes} minutes."
            ),
            "offer": "Si vous avez écrit depuis {kinds}, dites-moi lequel : un code y part, et vous l'écrivez ici.",
            EMAIL_IDENTIFIER: "une adresse e-mail",
            PHONE_IDENTIFIER: "un numéro WhatsApp",
            "or": " ou ",
            "unseen": "Je ne peux rien voir ici de ce contact.",
            "ask_anew": "Écrivez ici de quoi il s'agit, je vous prie.",
            "page": "Sur la page de ce ticket, vous pouvez confirmer votre adresse e-mail.",
            "unreachable": "Je ne peux pas envoyer de code à cette adresse ou à ce numéro.",
            "none_left": "Aucun autre code ne peut être envoyé aujourd'hui.",
        },
    }
)


def confirmation(result: Confirmation, language: str = ENGLISH) -> str:
    """What a customer reads of a code that they wrote; `CONFLICT` has an acknowledgement of its own."""
    return _words(language)[result.value]


def unexpected_code(language: str = ENGLISH) -> str:
    """The answer to six digits that nobody waits for."""
    return _words(language)["unexpected"]


def code_sent(claimed: Claimed, language: str = ENGLISH) -> str:
    """That a code goes to an address that the customer named, and what to do with it.

    It is the same text whether the address is known, reachable or at its bound, since none of that is told.
    """
    kind = "phone" if claimed.kind == PHONE_IDENTIFIER else "email"
    return _words(language)[f"sent_{kind}"].format(masked=masked(claimed.kind, claimed.value), minutes=CODE_MINUTES)


def no_code(language: str = ENGLISH, *, reachable: bool) -> str:
    """That none can be sent: to that kind of address at all, or where it is ``reachable`` no more today."""
    words = _words(language)
    return f"{words['none_left' if reachable else 'unreachable']} {words['ask_anew']}"


def offer(kinds: Iterable[str], language: str = ENGLISH) -> str:
    """The question for an address of one of ``kinds``, to which a code can be sent; empty where there is none."""
    words = _words(language)
    named = [words[kind] for kind in sorted(kinds) if kind in words]
    return words["offer"].format(kinds=words["or"].join(named)) if named else ""


def what_next(language: str = ENGLISH, *, offered: str = "") -> str:
    """What to do where nothing is found: take what is ``offered``, or write what it is about."""
    return offered or _words(language)["ask_anew"]


def unseen(language: str = ENGLISH, *, on_page: bool) -> str:
    """The answer to a reference to another contact by somebody who has proven nothing: the same whatever there is."""
    words = _words(language)
    return f"{words['unseen']} {words['page' if on_page else 'ask_anew']}"


def asks_for_address(text: str) -> bool:
    """Whether a reply of ours asked for an address."""
    openings = (words[which].partition("{")[0] for words in _TEXTS.values() for which in ("offer", "expired"))
    return any(opening in text for opening in openings)


def _words(language: str) -> Mapping[str, str]:
    return _TEXTS.get(language, _TEXTS[ENGLISH])
