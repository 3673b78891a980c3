"""Japanese text with signs that its labels do not have: NEC's and IBM's, and katakana of half width.

Mail programs write ``①`` and ``髙`` into ISO-2022-JP and EUC-JP since Windows-31J has them, and readers take them so
(https://encoding.spec.whatwg.org/#index-jis0208). Python's codecs of these names refuse them; cp932 knows them all.
"""

import re
from collections.abc import Callable

_SHIFT = re.compile(rb"\x1b(\([BJI]|\$\(?[@B]|\$\([DOPQ])|([\x0e\x0f])")
_ONE_BYTE = frozenset({b"(B", b"(J", b"\x0f"})
_KANA = frozenset({b"(I", b"\x0e"})
_PAIRS = re.compile(rb"(?:[\x21-\x7e]{2})+")
_EUC = re.compile(rb"(?:[\xa1-\xfe]{2})+|\x8f[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]")


def from_iso2022(data: bytes) -> str:
    """Text of ISO-2022-JP (RFC 1468); what is no sign becomes U+FFFD."""
    pieces, mode, at = [], b"(B", 0
    for found in _SHIFT.finditer(data):
        pieces.append(_segment(data[at : found.start()], mode))
        mode, at = found[1] or found[2], found.end()
    return "".join([*pieces, _segment(data[at:], mode)])


def from_euc(data: bytes) -> str:
    """Text of EUC-JP; what is no sign becomes U+FFFD."""
    return _replaced(_EUC, data, _euc_sign)


def _segment(data: bytes, mode: bytes) -> str:
    """What stands between two escape sequences. Ends of lines are themselves in every mode."""
    if mode in _KANA:
        return bytes(byte | 0x80 if 0x20 < byte < 0x60 else byte for byte in data).decode("cp932", "replace")
    if mode in _ONE_BYTE:
        return data.decode("cp932", "replace")
    if mode in (b"$(D", b"$(O", b"$(P", b"$(Q"):
        codec = "iso2022_jp_1" if mode == b"$(D" else "iso2022_jp_2004"
        return (b"\x1b" + mode + data + b"\x1b(B").decode(codec, "replace")
    return _replaced(_PAIRS, data, _of_pairs)


def _replaced(pattern: re.Pattern[bytes], data: bytes, sign: Callable[[bytes], str]) -> str:
    """``data`` with ``sign`` made of what ``pattern`` finds; what stands between is ASCII."""
    pieces, at = [], 0
    for found in pattern.finditer(data):
        pieces += [data[at : found.start()].decode("ascii", "replace"), sign(found[0])]
        at = found.end()
    return "".join([*pieces, data[at:].decode("ascii", "replace")])


def _euc_sign(data: bytes) -> str:
    if data[0] == 0x8F:
        return data.decode("euc_jp", "replace")
    if data[0] == 0x8E:
        return data[1:].decode("cp932", "replace")
    return _of_pairs(bytes(byte & 0x7F for byte in data))


def _of_pairs(data: bytes) -> str:
    """Pairs of 7 bits, row and cell of JIS X 0208 plus 0x20 each, by way of Shift_JIS."""
    shifted = bytearray()
    for row, cell in zip(data[::2], data[1::2], strict=True):
        shifted.append((row + 1 >> 1) + (0x70 if row <= 0x5E else 0xB0))
        shifted.append(cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell < 0x60 else 0x20))
    return shifted.decode("cp932", "replace")
