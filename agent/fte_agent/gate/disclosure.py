"""Whether a text gives away a secret, also in the usual disguises.

Checked: other letters for the same sign, invisible characters and those of Unicode's tags, marks and tags between
the letters, reversal, ROT13, and what base64, hexadecimal, percent-encoding and HTML entities decode to. A secret
told in a riddle is not found; that no reply holds one by construction is said of Verbatim replies alone.
"""

import base64
import codecs
import html
import re
import string
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

_MAX_CHARS = 20_000
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_URL_SAFE = str.maketrans("-_", "+/")
_HEX = re.compile(r"[0-9a-f]{12,}")
_HEX_MARKS = re.compile(r"0x|\\[xu]|[\s:,;-]")
_MARKUP = re.compile(r"<[^<>]*>")
_LEAST_CHARS = 6
"""A shorter secret stands in any text by chance."""


def discloses(text: str, secrets: Iterable[str]) -> int:
    """How many of ``secrets`` can be read out of ``text``."""
    wanted = {squeezed for secret in secrets if len(squeezed := _squeezed(secret)) >= _LEAST_CHARS}
    if not wanted:
        return 0
    told = "\n".join(_readings(text[:_MAX_CHARS]))
    return sum(any(form in told for form in _turned(squeezed)) for squeezed in wanted)


def _turned(secret: str) -> Iterator[str]:
    """The secret as it stands, in ROT13, and both backwards."""
    for form in (secret, codecs.encode(secret, "rot13")):
        yield form
        yield form[::-1]


def _readings(text: str) -> Iterator[str]:
    """Letters and digits of all that ``text`` may be read as."""
    shown = _normalised(html.unescape(unquote(text)))
    yield from dict.fromkeys(map(_squeezed, (text, shown, _MARKUP.sub("", shown))))
    yield from map(_letters, _decoded(shown))


def _normalised(text: str) -> str:
    """Compatibility forms as plain ones, without what a reader does not see; tag characters as what they tell."""
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFKC", text.translate(_TAGS))
    return "".join(char for char in composed if unicodedata.category(char) not in ("Cf", "Mn"))


def _decoded(text: str) -> Iterator[bytes]:
    """Whatever the runs of base64 and hexadecimal decode to; a run may begin with letters that are not its own."""
    for match in _BASE64.finditer("".join(text.split())):
        run = match.group().translate(_URL_SAFE)
        yield from (base64.b64decode(run[at:] + "A" * ((at - len(run)) % 4)) for at in range(4))
    for match in _HEX.finditer(_HEX_MARKS.sub("", text.casefold())):
        run = match.group()
        yield from (bytes.fromhex(run[at : len(run) - (len(run) - at) % 2]) for at in range(2))


def _letters(raw: bytes) -> str:
    """ASCII letters, in lower case, and digits alone."""
    return raw.lower().translate(None, _OTHER_BYTES).decode("ascii")


_OTHER_BYTES = bytes(set(range(256)) - set(f"{string.ascii_letters}{string.digits}".encode()))
_TAGS = {0xE0000 + code: code for code in range(0x20, 0x7F)}


def _squeezed(text: str) -> str:
    """Letters and digits alone, in one case and one form, without accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_LOOKALIKES).casefold()
    return _letters(text.encode("ascii", "ignore"))


_CYRILLIC_AND_GREEK = "аеорсухіјѕԁһкмнтвАВЕКМНОРСТУХІЈЅαοερτυνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_AS_LATIN = "aeopcyxijsdhkmhtbABEKMHOPCTYXIJSaoeptuvikABEZHIKMNOPTYX"
_LOOKALIKES = str.maketrans(_CYRILLIC_AND_GREEK, _AS_LATIN)
