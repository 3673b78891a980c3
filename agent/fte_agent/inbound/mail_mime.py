"""Headers and encodings of a mail's parts (RFC 2045, 2047, 2231), by the standard library, as far as it is bounded."""

import binascii
import re
import string
from email.header import decode_header
from email.message import Message

from fte_agent.inbound.mail_charsets import decode
from fte_agent.text.cleaning import clean

MAX_MIME_CHARS = 4_000
"""Of a header with parameters. What stands behind is not read: the standard library takes far more than twice the
time for twice the length."""

_FAULTS = (ValueError, LookupError, AttributeError, TypeError, AssertionError, binascii.Error)
"""What the standard library raises on an encoded word or a parameter that is none; `MessageError` is a `ValueError`
or none, as its release likes."""

_KIND = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_NO_BASE64 = bytes(set(range(256)).difference(f"{string.ascii_letters}{string.digits}+/".encode()))


def content_type(value: str, default: str) -> tuple[str, dict[str, str]]:
    """The MIME type in a Content-Type header, in lower case, and its parameters; ``default`` where there is none."""
    message = Message()
    message["Content-Type"] = value
    kind = message.get_content_type() if value.strip() else default
    return kind if _KIND.fullmatch(kind) else "application/octet-stream", parameters(value)


def parameters(value: str) -> dict[str, str]:
    """The parameters of a header such as Content-Disposition, names in lower case; in doubt none."""
    message = Message()
    message["Content-Type"] = value[:MAX_MIME_CHARS]
    try:
        found = message.get_params(unquote=True) or []
        return {name.lower(): clean(_parameter(text)) for name, text in found[1:]}
    except _FAULTS:
        return {}


def _parameter(value: str | tuple[str | None, str | None, str]) -> str:
    """One value: of RFC 2231 a triple; an encoded word, which has no place there and often stands there, is read."""
    if isinstance(value, tuple):
        charset, _, text = value
        return decode(text.encode("raw-unicode-escape"), charset or "utf-8")
    return decoded_words(value) if "=?" in value else value


def decoded_words(value: str) -> str:
    """``value`` with its encoded words (RFC 2047) decoded; as it stands if one of them is none."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except Exception as error:
        if isinstance(error, _FAULTS) or type(error).__module__ == "email.errors":
            return value
        raise
    return "".join(_piece(piece, charset) for piece, charset in pieces)


def _piece(piece: bytes | str, charset: str | None) -> str:
    """A run of encoded words, or of what stands between: that is text, which the library hands out escaped."""
    if isinstance(piece, str):
        return piece
    return decode(piece, charset) if charset else piece.decode("raw-unicode-escape", "replace")


def decoded(raw: bytes, encoding: str, most: int) -> bytes:
    """The first ``most`` bytes of what ``raw`` is the Content-Transfer-Encoding of; damaged bytes as they stand."""
    message = Message()
    message["Content-Transfer-Encoding"] = encoding[:40]
    # An encoded byte takes three characters at most; the library reads a surrogate as the byte it came from.
    message.set_payload(raw[: most * 3].decode("ascii", "surrogateescape"))
    payload = message.get_payload(decode=True)
    return payload[:most] if isinstance(payload, bytes) else b""


def size_of(raw: bytes, encoding: str) -> int:
    """Bytes of what ``raw`` is the Content-Transfer-Encoding of, by counting."""
    name = encoding.strip().lower()
    if name == "base64":
        return len(raw.translate(None, _NO_BASE64)) * 3 // 4
    return len(binascii.a2b_qp(raw)) if name == "quoted-printable" else len(raw)
