"""What a mail says: its text, and of that what is new."""

import re
import unicodedata
from email.message import EmailMessage, MIMEPart

from fte_agent.inbound.mail_html import html_text
from fte_agent.text.cleaning import clean

_BLANKS = re.compile(r"\n{3,}")
_WROTE = re.compile(
    r"^(?:On|Am|Le|El)\b[^\n]{3,200}(?:\n[^\n]{0,120})?(?:wrote|schrieb[^\n:]{0,120}|a écrit|escribió)\s?:[ \t]*$",
    re.MULTILINE,
)
_TIME = re.compile(r"\d{1,2}[:.h]\d\d")
_FORWARD = re.compile(
    r"^(?:-{2,} ?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original) ?-{2,}"
    r"|(?:From|Von|De) ?: ?[^\n]{1,300}\n(?:Sent|Gesendet|Envoyé|Enviado)(?: le| el)? ?:"
    r"|Von: [^\n]{1,200}\bgesendet\b)",
    re.MULTILINE | re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)


def body_of(mail: EmailMessage) -> str:
    """The plain text of a mail, else what its HTML shows; empty when it has neither."""
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        text = "" if part is None else _decoded(part)
        if shown := clean(html_text(text) if kind == "html" else text):
            return shown
    return ""


def said_now(text: str) -> str:
    """``text`` without quotes, the lines that introduce them, and the signature (``-- ``, RFC 3676).

    All of ``text`` if that leaves nothing said: too much was taken for a quote, or there is nothing else.
    """
    kept = _above(_FORWARD.search(text), text)
    attributions = (found for found in _WROTE.finditer(kept) if _TIME.search(found.group()))
    if found := next(attributions, None):
        below = kept[found.end() :]  # with answers between the quotes, if these are marked
        kept = kept[: found.start()] + (below if below.lstrip().startswith(">") else "")
    kept = "\n".join(line for line in kept.split("\n") if not line.lstrip().startswith(">"))
    kept = _BLANKS.sub("\n\n", _above(_SIGNATURE.search(kept), kept)).strip()
    return kept if _says_something(kept) else text


def _says_something(text: str) -> bool:
    """Whether ``text`` has a letter, a digit or a symbol, such as an emoji, and not just blanks and punctuation."""
    return any(unicodedata.category(char)[0] in "LNS" for char in text)


def _above(found: re.Match[str] | None, text: str) -> str:
    return text[: found.start()] if found else text


def _decoded(part: MIMEPart) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    try:
        return raw.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")
