"""The text that bytes of a mail stand for, whatever their label says."""

import codecs
import re

_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "x-gbk": "gb18030",
    "x-mac-roman": "mac-roman",
}
"""What a label means that says less than its writers do (https://encoding.spec.whatwg.org/#names-and-labels;
iso-8859-8-i: RFC 1556)."""

_KNOWN = re.compile(
    r"utf-(?:7|8|8-sig|16|16-le|16-be|32|32-le|32-be)|cp(?:125[0-8]|874|932|949|437|850|852|866|1125)|iso8859-\d{1,2}"
    r"|koi8-[rtu]|mac-(?:roman|cyrillic)|gb18030|big5|big5hkscs|euc_jp|iso2022_(?:jp|jp_1|jp_2|kr)|johab|ptcp154|tis-620"
)
"""Names of Python's codecs that are charsets of mail. The others are none, or take the square of the time."""

_ESCAPES = re.compile(rb"\x1b(?:\$[@B]|\([BJ])")
"""How ISO-2022-JP begins its double-byte text, and ends it (RFC 1468)."""

_LABEL = re.compile(r"[\w.:+-]{1,40}", re.ASCII)


def decode(data: bytes, label: str) -> str:
    """``data`` as text: by ``label`` if that fits, else by what it looks like; never an error.

    An encoding with escape sequences is recognised by them, UTF-8 by being valid, but for a few bytes. What is
    neither is read as windows-1252, which gives every byte a sign or U+FFFD.
    """
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :].decode("utf-8", "replace")
    named = codec_of(label)
    for codec in filter(None, (_escaped(data), named if named != "cp1252" else None, "utf-8", named)):
        try:
            return data.decode(codec)
        except UnicodeError:
            continue
    if named and not named.startswith("utf-"):
        return data.decode(named, "replace")
    damaged = data.decode("utf-8", "replace")
    return damaged if _is_damaged_utf8(damaged) else data.decode("cp1252", "replace")


def _is_damaged_utf8(text: str) -> bool:
    """Whether more signs of ``text`` were whole than broken, as in a text that was cut, or has one wrong byte."""
    return len(text.encode("ascii", "ignore")) + 2 * text.count("\ufffd") <= len(text)


def codec_of(label: str) -> str | None:
    """The codec that ``label`` means, or None when it names no charset of mail."""
    cut = label.strip().strip("\"'").lower()
    if not _LABEL.fullmatch(cut):
        return None
    if cut in _MEANT:
        return _MEANT[cut]
    try:
        name = codecs.lookup(cut).name
    except LookupError:
        return None
    name = _MEANT.get(name, name)
    return name if _KNOWN.fullmatch(name) else None


def _escaped(data: bytes) -> str | None:
    return "iso2022_jp_2" if b"\x1b" in data and _ESCAPES.search(data) and data.isascii() else None
