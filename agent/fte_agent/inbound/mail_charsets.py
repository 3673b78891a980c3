"""The text that bytes of a mail stand for, whatever their label says."""

import codecs
import re

from fte_agent.inbound.mail_japanese import from_euc, from_iso2022

_BY_CODEC = {
    "cp1252": "ascii iso8859-1",
    "cp1254": "iso8859-9",
    "cp874": "iso8859-11 tis-620 windows-874 dos-874",
    "gb18030": "gb2312 gbk hz gb_2312-80 csgb2312 x-gbk windows-936 x-windows-936",
    "cp932": "shift_jis x-sjis windows-31j windows-932 x-windows-932 cp943",
    "cp949": "euc_kr ks_c_5601-1987 ks_c_5601-1989 ksc_5601 iso-ir-149 windows-949 x-windows-949",
    "cp950": "big5 x-x-big5 cn-big5 csbig5 windows-950 x-windows-950",
    "euc_jp": "x-euc-jp cseucpkdfmtjapanese cp51932",
    "iso2022_jp": "iso2022_jp_ext iso-2022-jp-ms cp50220 cp50221 cp50222",
    "iso8859-6": "iso-8859-6-e iso-8859-6-i csiso88596e csiso88596i",
    "iso8859-7": "sun_eu_greek",
    "iso8859-8": "iso-8859-8-i iso-8859-8-e logical visual csiso88598e csiso88598i",
    "iso8859-15": "csisolatin9 latin-9",
    "koi8-r": "koi koi8 cskoi8r",
    "koi8-u": "koi8-ru",
    "mac-roman": "x-mac-roman macintosh mac csmacintosh",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "utf-7": "unicode-1-1-utf-7",
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 x-utf-8",
}
_MEANT = {label: codec for codec, labels in _BY_CODEC.items() for label in labels.split()}
"""What a label means that says less than its writers do, or that Python does not know
(https://encoding.spec.whatwg.org/#names-and-labels; iso-8859-8-i: RFC 1556)."""

_WINDOWS = re.compile(r"(?:x-)?(?:cp|win|windows|ibm)[-_]?(\d{3,4})")
"""A code page, however it is spelled."""

_KNOWN = re.compile(
    r"utf-(?:7|8|8-sig|16|16-le|16-be|32|32-le|32-be)|cp(?:125[0-8]|874|932|949|950|437|850|852|866|1125)|iso8859-\d{1,2}"
    r"|koi8-[rtu]|mac-(?:roman|cyrillic)|gb18030|big5|big5hkscs|euc_jp|iso2022_(?:jp|jp_1|jp_2|kr)|johab|ptcp154|tis-620"
)
"""Names of Python's codecs that are charsets of mail. The others are none, or take the square of the time."""

_ONE_BYTE = re.compile(r"cp(?:125\d|1125|874|437|8\d\d)|iso8859-\d+|koi8-\w|mac-\w+|ptcp154|tis-620")
"""Codecs that make signs of any bytes, so that fitting says nothing."""

_WIDER = {"cp950": "big5hkscs"}
"""What a label stands for as well where its codec does not fit."""

_JAPANESE = {"iso2022_jp": from_iso2022, "euc_jp": from_euc}

_ESCAPES = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")
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
    escaped = _escaped(data)
    first = "utf-8" if named is None or _ONE_BYTE.fullmatch(named) else named
    for codec in filter(None, ("iso2022_jp_2" if escaped else None, first, _WIDER.get(first), named, "utf-8")):
        if escaped and codec == "utf-8":  # as which all of it is valid, and nothing is readable
            break
        try:
            return data.decode(codec)
        except UnicodeError:
            continue
    japanese = _JAPANESE.get("iso2022_jp" if escaped else named or "")
    if japanese is not None:
        return japanese(data)
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
    page = _WINDOWS.fullmatch(cut)
    try:
        name = codecs.lookup(f"cp{page[1]}" if page else cut).name
    except LookupError:
        return None
    name = _MEANT.get(name, name)
    return name if _KNOWN.fullmatch(name) else None


def _escaped(data: bytes) -> bool:
    """Whether it is ISO-2022-JP by its looks."""
    return b"\x1b" in data and data.isascii() and _ESCAPES.search(data) is not None
