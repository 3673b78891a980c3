"""Personal data in a text, replaced by its kind: who takes part, addresses, numbers, orders, links, secrets.

Patterns say what surely names somebody or something of theirs. What only may be personal is told by
`fte_agent.learning.doubts`.
"""

import re
from collections.abc import Container, Iterable

from fte_agent.learning import ordinary
from fte_agent.learning.postal import without_addresses
from fte_agent.text.redaction import redact

NAME, EMAIL, NUMBER, ORDER, LINK, ADDRESS, SECRET = (
    "[name]",
    "[email]",
    "[number]",
    "[order]",
    "[link]",
    "[address]",
    "[secret]",
)
MASK = re.compile(r"\[(?:name|email|number|order|link|address|secret|card number|account number)\]")

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]++\s?(?:@|\(at\)|\[at\])\s?[\w-]++(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\w-]++)++")
_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>()\[\]\"'`]++", re.IGNORECASE)
_TELLING_LINK = re.compile(r"[?#@%=]|/[^/\s]*\d{3}[^/\s]*|/[^/\s]{20,}")
"""A link that may be one person's: with a query, a fragment, a user, digits or a long part."""

LONG_NUMBER = re.compile(r"[+(]?\d(?:[ ./()-]{0,2}\d){5,}")
"""Six digits and more, however they are grouped."""

_NAMED_NUMBER = re.compile(
    r"\b((?:order|orders|room|ext|extension|transaction|ticket|case|invoice|parcel|tracking|customer|account|contract|booking|reference|ref|id|policy"
    r"|serial|member(?:ship)?|reservation|rma|bestell(?:ung|nummer)|auftrag(?:snummer)?|rechnung(?:snummer)?"
    r"|kunden(?:nummer|nr)|vorgang|vertrag(?:snummer)?|commande|facture|dossier|client|pedido|factura|cliente|ordine"
    r"|fattura|bestelling|factuur|klantnummer|encomenda)"
    r"(?:\s?(?:no|nr|num|number|nummer|numéro|número|id|code|ref|reference|n°|nº)\b\.?)?(?:\s(?:is|was|ist|est|es))?"
    r"\s?[:#]?\s?#?)(?=[\w-]*\d)[\w-]{2,}",
    re.IGNORECASE,
)
"""A word for a thing of one customer's, with what identifies it."""

_HASH = re.compile(r"(?<![\w&/])#\s?(?=[\w-]*\d)[\w-]{2,}")
_CODE = re.compile(
    r"(?<![\w-])(?=[\w-]*\d)(?:[A-Z]{1,6}[-/_]?\d{3,}[\w-]*|(?=\w*[A-Z])(?=(?:\w*\d){3})\w{8,}"
    r"|[A-Z0-9]{2,}(?:-[A-Z0-9]{2,}){2,})"
    r"(?![\w])"
)
"""An order, a parcel or a device: capitals with digits; of what is shorter nobody can tell it from a product's name."""

_UUID = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,}\b",
    re.IGNORECASE,
)
_IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)|\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", re.IGNORECASE)
_SECRET = re.compile(
    r"\b((?:(?:temporary|new|one-time) )?(?:password|passwort|kennwort|passcode|pin|otp|api key|token|secret"
    r"|mot de passe|contraseña|wachtwoord)(?: (?:is|was|ist|est|es)|:)\s*[:\"'“]?)"
    r"(?!(?:a|an|the|at|in|not|no|only|valid|too|your|sent|required|never|always|stored|changed|case|longer|reset|now"
    r"|at least)\b)[^\s,;\"”]{4,}",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@./])@[A-Za-z_]\w{2,}")

_WORD = r"[A-ZÀ-Þ][\w'’.-]*"  # noqa: RUF001 - the mark meant
_TITLED = re.compile(
    rf"\b(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam|Mme|Mlle|Sr|Sra|Srta|Sig|Dhr|Mevr|Frau|Herrn?|Señora?|Madame|Monsieur"
    rf"|Mademoiselle|Signora?|Senhora?|Mevrouw|Meneer)\.?\s+)(?:{_WORD}\s?(?:(?:van|von|de|der|den|da|dos|del)\s)*){{1,3}}"
)
_INTRODUCED = re.compile(
    r"\b((?i:my name is|name's|je m'appelle|mein name ist|ich heiße|me llamo|mi nombre es|mi chiamo|o meu nome é"
    r"|mijn naam is|ask for|attn\.?:?|attention:|colleagues?|colleagues? (?:named|called)|kollegen?|kollegin|collègue"
    r"|this is|it's|i am|i'm|signed,?))\s+"
    rf"({_WORD}(?:\s{_WORD}){{0,2}})(?=\s*(?:[,.!;:)]|$|\s(?:from|in|at|of|and|will|here|speaking|von|vom|aus|de|du)\b))"
)


class People:
    """The names of those who take part in a conversation, as they may stand in a text.

    What is an ordinary word as well, by ``words`` or the lists, is a name only where it is written like one, and what
    is no name at all, such as ``info`` of ``info@example.com``, is none.
    """

    def __init__(self, names: Iterable[str], addresses: Iterable[str], words: Container[str] = ()) -> None:
        parts = {part for name in names for part in re.split(r"[\s,.;()\"<>@_]+", name)}
        parts |= {part for each in addresses if "@" in each for part in re.split(r"[._+\d-]+", each.split("@")[0])}
        folded = {part.casefold() for part in parts if len(part) > 1 and part.isalpha()}
        kept = sorted(
            folded - (ordinary.OPENERS - ordinary.ALSO_NAMES) - ordinary.ROLES, key=lambda part: (-len(part), part)
        )
        written = "|".join(re.escape(form) for part in kept for form in dict.fromkeys((part.title(), part.upper())))
        said = [part for part in kept if len(part) > 3 and part not in ordinary.ALSO_NAMES and part not in words]
        patterns = [rf"(?<!\w)(?:{written})(?!\w)"] if written else []
        patterns += [rf"(?<!\w)(?i:{'|'.join(map(re.escape, said))})(?!\w)"] if said else []
        self._pattern = re.compile("|".join(patterns)) if patterns else None

    def masked(self, text: str) -> str:
        """``text`` with their names replaced; several in a row are one."""
        if self._pattern is None:
            return text
        return re.sub(r"\[name\](?:[ .-]{1,2}\[name\])+", NAME, self._pattern.sub(NAME, text))


NOBODY = People((), ())


def masked(text: str, people: People = NOBODY) -> str:
    """``text`` with every piece of personal data that is surely one replaced by its kind in brackets."""
    text = _EMAIL.sub(EMAIL, text)
    text = _LINK.sub(_link, text)
    text = redact(text)
    text = _UUID.sub(ORDER, text)
    text = _IP.sub(NUMBER, text)
    text = _SECRET.sub(rf"\1{SECRET}", text)
    text = people.masked(text)
    text = _TITLED.sub(lambda found: NAME + " " * found[0].endswith(" "), text)
    text = _INTRODUCED.sub(rf"\1 {NAME}", text)
    text = without_addresses(text, ADDRESS)
    text = _NAMED_NUMBER.sub(rf"\1{ORDER}", text)
    text = _HASH.sub(ORDER, text)
    text = _CODE.sub(ORDER, text)
    text = LONG_NUMBER.sub(NUMBER, text)
    return _HANDLE.sub(NAME, text)


def _link(found: re.Match[str]) -> str:
    """A link that may lead to one person's page is replaced; what closes the sentence stays."""
    link = found[0].rstrip(".,;:!?")
    host, _, path = re.sub(r"^[^:/]*://", "", link).partition("/")
    telling = _TELLING_LINK.search(f"/{path}") or _TELLING_LINK.search(host)
    return (LINK if telling else link) + found[0][len(link) :]
