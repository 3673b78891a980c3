"""Whether a text gives away a secret, also in the usual disguises.

Checked: other letters for the same sign, invisible characters, marks between the letters, reversal, ROT13, and
what base64, hexadecimal, percent-encoding and HTML entities decode to. A secret told in a riddle is not found;
that no reply holds one by construction is said of Verbatim replies alone.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

_MAX_CHARS = 20_000
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){6,}")
_LEAST_CHARS = 6
"""A shorter secret stands in any text by chance."""


def discloses(text: str, secrets: Iterable[str]) -> int:
    """How many of ``secrets`` can be read out of ``text``."""
    wanted = {squeezed for secret in secrets if len(squeezed := _squeezed(secret)) >= _LEAST_CHARS}
    if not wanted:
        return 0
    found = {secret for reading in _readings(text[:_MAX_CHARS]) for secret in wanted if secret in reading}
    return len(found)


def _readings(text: str) -> Iterator[str]:
    for decoded in (text, *_decoded(html.unescape(unquote(text)))):
        plain = _squeezed(decoded)
        yield plain
        yield plain[::-1]
        yield codecs.encode(plain, "rot13")


def _decoded(text: str) -> Iterator[str]:
    yield text
    for match in _BASE64.finditer(text):
        run = match.group().rstrip("=").translate(_URL_SAFE)
        yield from _text_of(base64.b64decode, run[: len(run) // 4 * 4])
        yield from _text_of(base64.b64decode, run + "=" * (-len(run) % 4))
    for match in _HEX.finditer(text):
        yield from _text_of(bytes.fromhex, match.group().replace(":", " "))


_URL_SAFE = str.maketrans("-_", "+/")


def _text_of(decode: Callable[[str], bytes], run: str) -> Iterator[str]:
    try:
        yield decode(run).decode("utf-8", "ignore")
    except (ValueError, binascii.Error):
        return


def _squeezed(text: str) -> str:
    """Letters and digits alone, in one case and one form, without accents."""
    decomposed = unicodedata.normalize("NFKD", text).translate(_LOOKALIKES).casefold()
    return "".join(char for char in decomposed if char.isalnum() and char.isascii())


_CYRILLIC_AND_GREEK = "аеорсухіјѕԁһкмнтвАВЕКМНОРСТУХІЈЅαοερτυνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_AS_LATIN = "aeopcyxijsdhkmhtbABEKMHOPCTYXIJSaoeptuvikABEZHIKMNOPTYX"
_LOOKALIKES = str.maketrans(_CYRILLIC_AND_GREEK, _AS_LATIN)
