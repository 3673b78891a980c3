"""What a mail says: the text of its parts, as a mail program shows them."""

import re

from fte_agent.inbound.mail_charsets import decode
from fte_agent.inbound.mail_enriched import enriched_text
from fte_agent.inbound.mail_flowed import unflowed
from fte_agent.inbound.mail_html import declared_charset, html_text
from fte_agent.inbound.mail_mime import parameters
from fte_agent.inbound.mail_parts import Part
from fte_agent.text.cleaning import clean, line

MAX_TEXT_BYTES = 1_000_000
"""Of one part's text; what stands behind is not read."""

MAX_BODY_BYTES = 50_000
"""Of a mail's text in UTF-8, quotes included: so much that a record of the bus holds it with and without quotes."""

ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
"""What no key of ours opens: a person has to answer."""

_TEXTS = frozenset({"text/plain", "text/html"})
_RARE_TEXTS = frozenset({"text/markdown", "text/x-markdown", "text/enriched", "text/richtext", "plain/text"})
"""What programs write as a mail's text besides, and a customer may attach as a file."""

_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\n"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END_OF_SIGNATURE = "-----END PGP SIGNATURE-----"
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"
_DASH_ESCAPED = re.compile(r"^- ", re.MULTILINE)
_WORD = re.compile(r"\w{3,}")
_STUB_CHARS = 400
"""A text longer than that says something itself, whatever its HTML says."""


def body_of(mail: Part) -> str:
    """All that a mail program shows of a mail, quotes included, as plain text; empty when it shows none.

    Of alternatives the plain text, unless that is blank or speaks of something else than the HTML. Parts that stand
    beside each other are read one after the other (RFC 2046 §5.1.3). A mail that is attached is forwarded, so it is
    read, too, below who wrote it.
    """
    whole = clean("\n\n".join(filter(None, _texts(mail, top=True)))[:MAX_BODY_BYTES])
    return whole.encode()[:MAX_BODY_BYTES].decode(errors="ignore").rstrip()


def is_unreadable(mail: Part, text: str) -> bool:
    """Whether a mail, which shows ``text``, is encrypted, or signed in a way that hides what it says."""
    return any(part.kind in ENCRYPTED for part in mail.walk()) or f"\n{_PGP_MESSAGE}" in f"\n{text}"


def is_attached(part: Part) -> bool:
    """Whether a part is called an attachment."""
    return part.headers.text("Content-Disposition").lower().lstrip().startswith("attachment")


def _texts(part: Part, *, top: bool = False) -> list[str]:
    if part.kind.startswith("multipart/") and not part.raw:
        return _of_parts(part)
    if part.kind in ("message/rfc822", "message/global"):
        return [_forwarded(part.parts[0])] if part.parts else []
    shown = is_text(part) and (top or not is_attached(part))
    # What calls itself a multipart without any of its boundaries is a text as it stands.
    return [_shown(part)] if shown or part.kind.startswith("multipart/") else []


def is_text(part: Part) -> bool:
    """Whether a part is of a kind that is read, and no file of such a kind that few programs show."""
    return part.kind in _TEXTS or (part.kind in _RARE_TEXTS and not name_of(part))


def _of_parts(part: Part) -> list[str]:
    if part.kind == "multipart/alternative":
        return _chosen(part)
    if part.kind == "multipart/related":
        return _of_related(part)
    if part.kind == "multipart/signed":
        return _texts(part.parts[0]) if part.parts else []
    if part.kind == "multipart/encrypted":
        return []
    return [text for each in part.parts for text in _texts(each)]


def _of_related(part: Part) -> list[str]:
    """The root's text, and what stands beside it unless something names it: that belongs to the root (RFC 2387).

    The root is the part that ``start`` names, else the first that says something: a picture may come before.
    """
    start = part.params.get("start", "").strip("<> ")
    readings = [(each.headers.text("Content-ID").strip("<> "), _texts(each)) for each in part.parts]
    root = next((number for number, (name, _) in enumerate(readings) if start and name == start), None)
    if root is None:
        root = next((number for number, (_, texts) in enumerate(readings) if any(texts)), None)
    return [text for number, (name, texts) in enumerate(readings) if number == root or not name for text in texts]


def _chosen(part: Part) -> list[str]:
    """The text of the alternatives that a reader is meant to see."""
    readings = [(each, _texts(each)) for each in part.parts]
    said = [(each, texts) for each, texts in readings if any(texts)]
    plain = next((texts for each, texts in said if each.kind == "text/plain"), None)
    other = next((texts for each, texts in reversed(said) if each.kind != "text/plain"), None)
    if plain is None or other is None:
        return plain or other or []
    return other if _is_stub("\n".join(plain), "\n".join(other)) else plain


def _is_stub(plain: str, other: str) -> bool:
    """Whether a short plain text shares no word with its HTML: it says that the reader's program is too old."""
    if len(plain) > _STUB_CHARS:
        return False
    words, others = ({word.lower() for word in _WORD.findall(text)} for text in (plain, other))
    return bool(words) and bool(others) and words.isdisjoint(others)


def _forwarded(mail: Part) -> str:
    """An attached mail with the headers that say whose it is."""
    headers = mail.headers
    named = [f"{name}: {line(headers.text(name))}" for name in ("From", "Date", "Subject") if name in headers]
    return "\n".join(["---------- Forwarded message ---------", *named, "", *_texts(mail, top=True)])


def _shown(part: Part) -> str:
    data = part.content(MAX_TEXT_BYTES)
    if part.kind == "text/html":
        return clean(html_text(decode(data, part.params.get("charset", "") or declared_charset(data))))
    text = clean(decode(data, part.params.get("charset", "")))
    if part.params.get("format", "").lower() == "flowed":
        text = unflowed(text, delete_space=part.params.get("delsp", "").lower() == "yes")
    if part.kind in ("text/enriched", "text/richtext"):
        text = enriched_text(text)
    return _unarmoured(text).strip()


def _unarmoured(text: str) -> str:
    """``text`` without the frame of a signature around its first signed part (RFC 9580 §7)."""
    above, begun, rest = text.partition(_SIGNED)
    signed, ended, below = rest.partition(_SIGNATURE)
    if not (begun and ended):
        return text
    _, _, said = signed.partition("\n\n" if not signed.startswith("\n") else "\n")
    return "".join((above, _DASH_ESCAPED.sub("", said), below.partition(_END_OF_SIGNATURE)[2]))


def name_of(part: Part) -> str:
    """The file name that a part bears, or nothing."""
    return disposition(part).get("filename") or part.params.get("name", "")


def disposition(part: Part) -> dict[str, str]:
    """The parameters of a part's Content-Disposition (RFC 2183)."""
    return parameters(part.headers.text("Content-Disposition", raw=True))
